import { StringDecoder } from 'node:string_decoder'
import { Agent, type Dispatcher } from 'undici'
import type { AllowedNetworks } from './addresses.ts'
import { type AttemptError, Failure, isOwnFault, reasonOf } from './attempt-error.ts'
import { createCheckedConnector } from './checked-connector.ts'
import { lookAhead, masked } from './masked.ts'
import type { NameLookup } from './name-lookup.ts'

/** Bytes of an answer that are kept. */
const MOST_KEPT = 4 * 1024
/** Bytes of an answer after which its connection is dropped. */
const MOST_READ = 64 * 1024
const MOST_HEADER_BYTES = 16 * 1024
/** Interim answers (1xx), which the endpoint may send without end. */
const MOST_INTERIM = 8
/** Milliseconds that a connection waits for the next webhook; longer, up to a minute, where the endpoint says so. */
const IDLE = 4_000
const LONGEST_IDLE = 60_000

/** What came of one attempt to send a webhook. */
export interface Attempted {
  readonly startedAt: Date
  readonly durationMs: number
  /** Of the answer, if one began, also where it then broke off. */
  readonly statusCode: number | null
  /** `null`: the webhook has arrived, the status is 2xx. */
  readonly error: AttemptError | null
  /**
   * The beginning of the answer, at most 4 KiB of UTF-8, `null` where no answer began. What is not UTF-8, and NUL,
   * which PostgreSQL can't keep, is U+FFFD. Secrets are masked.
   */
  readonly responseBody: string | null
  /** Milliseconds from now that the answer asks to wait (`Retry-After`), however many; 0 where the time has passed. */
  readonly retryAfterMs: number | null
}

export interface HttpSender {
  /**
   * Makes one attempt. Whatever the endpoint does is in the result.
   * @throws where the request itself can't be made: the URL is none, a header is malformed, the sender is closed.
   */
  send(request: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    /** What is not to be kept of an answer that quotes it. */
    readonly secrets?: readonly string[]
  }): Promise<Attempted>
  /** Lets attempts that have begun come to their end, then closes all connections. */
  close(): Promise<void>
}

export interface HttpSenderOptions {
  /** Milliseconds in all: waiting for a connection, name look-up, connecting, TLS, sending, headers and body. */
  readonly timeout: number
  /** Networks that may be called although they are not public. */
  readonly allowed: AllowedNetworks
  /** Connections to one origin (scheme, host and port), which may be shared by many bots. Default 256. */
  readonly connectionsPerOrigin?: number
  /** How names are looked up. What it finds is checked. Default: the hosts file, then DNS. */
  readonly lookUp?: NameLookup
}

/**
 * Posts webhooks over connections that are kept, to addresses that may be called. See docs/decisions/webhook-sender.md.
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
    // An attempt has one limit for everything, and a clock of its own.
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

/** Follows a request to its end, or ends it when it has lasted too long or too much has come. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly result: Promise<Attempted>
  readonly #resolve: (attempted: Attempted) => void
  readonly #reject: (error: Error) => void
  readonly #origin: string
  readonly #secrets: readonly string[]
  /** Bytes of the answer that are looked at. */
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

  /** Whether it waits for a connection to the origin. */
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
    // A copy: the chunk is a view of all that the socket has read.
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

  /** Ends it with the connection, on which more would come. */
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
 * Text of at most `MOST_KEPT` bytes that PostgreSQL can keep. `cut`: more bytes followed, so the last character may
 * lack some.
 */
function storable(bytes: Buffer, cut: boolean): string {
  const decoder = new StringDecoder('utf8')
  const text = (decoder.write(bytes) + (cut ? '' : decoder.end())).replaceAll('\0', '\uFFFD')
  return text.slice(0, encoder.encodeInto(text, space).read)
}

const encoder = new TextEncoder()
const space = new Uint8Array(MOST_KEPT)
