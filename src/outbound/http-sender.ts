import type { AllowedNetworks } from './addresses.ts'
import { type AttemptDetail, type Progress, timingsOf } from './attempt-detail.ts'
import { type AttemptError, causeOf, type Failure } from './attempt-error.ts'
import { createOpenSocket } from './checked-socket.ts'
import type { Connection, Exchange } from './connection.ts'
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts'
import { type Header, keptHeaders } from './kept-headers.ts'
import { LOOK_AHEAD, masked } from './masked.ts'
import type { NameLookup } from './name-lookup.ts'
import { requestHeaders, requestText } from './request-text.ts'
import { type ResponseHead, valuesOf } from './response-reader.ts'
import { retryAfterOf } from './retry-after.ts'
import { storable } from './storable.ts'

/** Bytes of a response that are kept. */
const MOST_KEPT = 4 * 1024
/** Bytes of a response in which secrets are searched for. */
const MOST_SEARCHED = MOST_KEPT + LOOK_AHEAD
/** What a secret value of a header is replaced with. */
const MASK = '…'
/** Milliseconds after which a connection takes no more webhooks, so that a change of an address in DNS is followed. */
const LIFE = 300_000

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
  /** Whether there was more of the response than is kept. */
  readonly responseBodyCut: boolean
  /** Milliseconds from now that the response asks to wait (`Retry-After`), without a limit; 0 if the time has passed. */
  readonly retryAfterMs: number | null
  readonly detail: AttemptDetail
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
    /** The names of headers whose values are secret: the result has `…` for them. */
    readonly secretHeaders?: readonly string[]
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
  /** Milliseconds after which a connection takes no more webhooks. Default 5 minutes. */
  readonly connectionLife?: number
  /** How names are looked up. The addresses it finds are checked. Default: the hosts file, then DNS. */
  readonly lookUp?: NameLookup
}

/**
 * Posts webhooks to addresses that may be called, over connections that are kept alive. See docs/decisions/webhook-sender.md.
 */
export function createHttpSender(options: HttpSenderOptions): HttpSender {
  const { timeout, allowed, lookUp, connectionsPerOrigin: most = 256, connectionLife: life = LIFE } = options
  const pool = createConnectionPool({ openSocket: createOpenSocket({ allowed, lookUp }), most, life })
  const attempts = new Set<Attempt>()
  let isClosed = false
  return {
    async send({ url, headers: given, body, secrets = [], secretHeaders = [] }) {
      if (isClosed) throw new Error('The sender is closed')
      const to = new URL(url)
      if (to.protocol !== 'http:' && to.protocol !== 'https:') throw new TypeError(`Not a URL of http or https: ${url}`)
      const sent = requestHeaders(to, given, body)
      const text = requestText(to, sent, body)
      const headers =
        secretHeaders.length === 0
          ? sent
          : sent.map((header) =>
              secretHeaders.includes(header[0].toLowerCase()) ? ([header[0], MASK] as const) : header,
            )
      const attempt = new Attempt({ text, headers, origin: to.origin, pool, secrets, timeout })
      attempts.add(attempt)
      try {
        return await attempt.result
      } finally {
        attempts.delete(attempt)
      }
    },

    async close() {
      isClosed = true
      await Promise.all([...attempts].map(({ result }) => result))
      pool.close()
    },
  }
}

/** Follows a request to its end, or ends it when it takes too long or the response is too large. */
class Attempt implements Exchange {
  readonly text: string
  connection: Connection | undefined
  progress: Progress | undefined
  readonly result: Promise<Attempted>
  readonly #resolve: (attempted: Attempted) => void
  readonly #headers: readonly Header[]
  readonly #secrets: readonly string[]
  readonly #startedAt = new Date()
  readonly #start = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly #kept: Buffer[] = []
  #head: ResponseHead | undefined
  #read = 0

  constructor(options: {
    text: string
    headers: readonly Header[]
    origin: string
    pool: ConnectionPool
    secrets: readonly string[]
    timeout: number
  }) {
    const { text, headers, origin, pool, secrets, timeout } = options
    const { promise, resolve } = Promise.withResolvers<Attempted>()
    this.text = text
    this.result = promise
    this.#resolve = resolve
    this.#headers = headers
    this.#secrets = secrets
    this.#timer = setTimeout(() => {
      pool.abandon(origin, this)
      this.#end('TIMEOUT')
    }, timeout)
    pool.send(origin, this)
  }

  onHead(head: ResponseHead): void {
    this.#head = head
  }

  onBody(bytes: Buffer): void {
    // A copy: these bytes are a view of the whole buffer that the socket has read.
    if (this.#read < MOST_SEARCHED) this.#kept.push(Buffer.from(bytes.subarray(0, MOST_SEARCHED - this.#read)))
    this.#read += bytes.length
  }

  onEnd(): void {
    this.#end(this.#head && this.#head.statusCode < 300 ? null : 'HTTP_STATUS')
  }

  onLong(): void {
    this.onEnd()
  }

  onFailure(failure: Failure): void {
    this.#end(failure.reason, causeOf(failure))
  }

  #end(error: AttemptError | null, cause: string | null = null): void {
    clearTimeout(this.#timer)
    const end = performance.now()
    const head = this.#head
    const body = head && masked(Buffer.concat(this.#kept), this.#secrets, MOST_KEPT)
    const kept = body && storable(body, this.#read > MOST_KEPT, MOST_KEPT)
    this.#resolve({
      startedAt: this.#startedAt,
      durationMs: Math.round(end - this.#start),
      statusCode: head?.statusCode ?? null,
      error,
      responseBody: kept?.text ?? null,
      responseBodyCut: kept?.isCut ?? false,
      retryAfterMs: head ? retryAfterOf(valuesOf(head, 'retry-after'), Date.now()) : null,
      detail: {
        address: this.connection?.address ?? null,
        timings: timingsOf(this.progress, end),
        requestHeaders: this.#headers,
        responseHeaders: head ? keptHeaders(head.headers, this.#secrets) : [],
        cause,
      },
    })
  }
}
