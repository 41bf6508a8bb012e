import { StringDecoder } from 'node:string_decoder'
import { Agent, type Dispatcher } from 'undici'
import type { AllowedNetworks } from './addresses.ts'
import { type AttemptError, Failure, isOwnFault, reasonOf } from './attempt-error.ts'
import { createCheckedConnector } from './checked-connector.ts'
import { lookAhead, masked } from './masked.ts'
import type { NameLookup } from './name-lookup.ts'

/** Bytes of a response that are kept. */
const MOST_KEPT = 4 * 1024
/** Bytes of a response after which its connection is dropped. */
const MOST_READ = 64 * 1024
const MOST_HEADER_BYTES = 16 * 1024
/** Interim responses (1xx), which an endpoint could send endlessly. */
const MOST_INTERIM = 8
/** Milliseconds for which an idle connection is kept; longer, up to a minute, if the endpoint says so. */
const IDLE = 4_000
const LONGEST_IDLE = 60_000

/** The result of one attempt to send a webhook. */
export interface Attempted {
  readonly startedAt: Date
  readonly durationMs: number
  /** Of the response, if one began, even if it then broke off. */
  readonly statusCode: number | null
  /** `null`: the webhook has arrived; the status is 2xx. */
  readonly error: AttemptError | null
  /**
   * The beginning of the response, at most 4 KiB of UTF-8; `null` if no response began. Invalid UTF-8 is replaced with U+FFFD, and so is
   * NUL, which PostgreSQL can't store. Secrets are masked.
   */
  readonly responseBody: string | null
  /** Milliseconds from now that the response asks to wait (`Retry-After`), without a limit; 0 if the time has passed. */
  readonly retryAfterMs: number | null
}

export interface HttpSender {
  /**
   * Makes one attempt. Whatever the endpoint does is part of the result.
   * @throws if the request itself can't be made: the URL or a header is not valid, or the sender is closed
   */
  send(request: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    /** Masked in a response that contains them. */
    readonly secrets?: readonly string[]
  }): Promise<Attempted>
  /** Waits for attempts in progress to end, then closes all connections. */
  close(): Promise<void>
}

export interface HttpSenderOptions {
  /** Milliseconds for the whole attempt: waiting for a connection, name look-up, connecting, TLS, sending, headers and body. */
  readonly timeout: number
  readonly allowed: AllowedNetworks
  /** Connections to one origin (scheme, host and port), which may be shared by many bots. Default 256. */
  readonly connectionsPerOrigin?: number
  /** How names are looked up. The addresses it finds are checked. Default: the hosts file, then DNS. */
  readonly lookUp?: NameLookup
}

/**
 * Posts webhooks to addresses that may be called, over connections that are kept alive. See docs/decisions/webhook-sender.md.
 */
export function createHttpSender(options: HttpSenderOptions): HttpSender {
  const attempts = new Set<Attempt>()
  const agent = new Agent({
    connect: createCheckedConnector({
      ...options,
      isNeeded: (origin) => [...attempts].some((attempt) => attempt.needs(origin)),
    }),
    connections: options.connectionsPerOrigin ?? 256,
    keepAliveTimeout: IDLE,
    keepAliveMaxTimeout: LONGEST_IDLE,
    maxHeaderSize: MOST_HEADER_BYTES,
    // An attempt has one limit for everything, and its own timer.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    async send({ url, headers, body, secrets = [] }) {
      const { origin, pathname, search } = new URL(url)
      const attempt = new Attempt(origin, secrets, options.timeout)
      attempts.add(attempt)
      try {
        const identity = { ...headers, 'accept-encoding': 'identity' }
        agent.dispatch({ origin, path: pathname + search, method: 'POST', headers: identity, body }, attempt)
        return await attempt.result
      } finally {
        attempts.delete(attempt)
      }
    },

    async close() {
      await Promise.allSettled([...attempts].map(({ result }) => result))
      await agent.destroy()
    },
  }
}

/** Follows a request to its end, or ends it when it takes too long or the response is too large. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly result: Promise<Attempted>
  readonly #resolve: (attempted: Attempted) => void
  readonly #reject: (error: Error) => void
  readonly #origin: string
  readonly #secrets: readonly string[]
  /** Bytes of the response that are kept to search for secrets. */
  readonly #most: number
  readonly #startedAt = new Date()
  readonly #start = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly #kept: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #statusCode: number | null = null
  #retryAfterMs: number | null = null
  #interim = 0
  #read = 0
  #ended = false

  constructor(origin: string, secrets: readonly string[], timeout: number) {
    const { promise, resolve, reject } = Promise.withResolvers<Attempted>()
    this.result = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#origin = origin
    this.#secrets = secrets
    this.#most = MOST_KEPT + lookAhead(secrets)
    this.#timer = setTimeout(() => this.#abandon('TIMEOUT'), timeout)
  }

  /** Whether it is waiting for a connection to the origin. */
  needs(origin: string): boolean {
    return this.#origin === origin && !this.#controller && !this.#ended
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#ended) controller.abort(new Failure('CONNECTION'))
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: Record<string, unknown>): void {
    if (statusCode < 200) {
      this.#interim += 1
      if (this.#interim > MOST_INTERIM) this.#abandon('CONNECTION')
      return
    }
    this.#statusCode = statusCode
    this.#retryAfterMs = millisecondsUntil(headers['retry-after'])
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    // A copy: the chunk is a view of the whole buffer that the socket has read.
    if (this.#read < this.#most) this.#kept.push(Buffer.from(chunk.subarray(0, this.#most - this.#read)))
    this.#read += chunk.length
    if (this.#read >= MOST_READ) this.#abandon(this.#verdict())
  }

  onResponseEnd(): void {
    this.#end(this.#verdict())
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (isOwnFault(error)) this.#fail(error)
    else this.#end(reasonOf(error))
  }

  #verdict(): AttemptError | null {
    return this.#statusCode !== null && this.#statusCode < 300 ? null : 'HTTP_STATUS'
  }

  #end(error: AttemptError | null): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#resolve({
      startedAt: this.#startedAt,
      durationMs: Math.round(performance.now() - this.#start),
      statusCode: this.#statusCode,
      error,
      responseBody: this.#statusCode === null ? null : this.#beginning(),
      retryAfterMs: this.#retryAfterMs,
    })
  }

  #beginning(): string {
    return storable(masked(Buffer.concat(this.#kept), this.#secrets, MOST_KEPT), this.#read > MOST_KEPT)
  }

  /** Ends the attempt, and closes its connection, because more data would arrive on it. */
  #abandon(error: AttemptError | null): void {
    this.#end(error)
    this.#controller?.abort(new Failure('CONNECTION'))
  }

  #fail(error: Error): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#reject(error)
  }
}

/** `Retry-After`, which is seconds or a date, in milliseconds from now. */
function millisecondsUntil(header: unknown): number | null {
  const value = String(header ?? '').trim()
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, Number.MAX_SAFE_INTEGER)
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)
  const time = isDate ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) : Number.NaN
  return Number.isNaN(time) ? null : Math.max(0, time - Date.now())
}

/**
 * @returns text of at most `MOST_KEPT` bytes that PostgreSQL can store
 * @param cut more bytes followed, so the last character may be incomplete
 */
function storable(bytes: Buffer, cut: boolean): string {
  const decoder = new StringDecoder('utf8')
  const text = (decoder.write(bytes) + (cut ? '' : decoder.end())).replaceAll('\0', '\uFFFD')
  return text.slice(0, encoder.encodeInto(text, space).read)
}

const encoder = new TextEncoder()
const space = new Uint8Array(MOST_KEPT)
