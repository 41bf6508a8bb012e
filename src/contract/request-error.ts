/** The codes by which clients distinguish errors: `extensions.code` of a GraphQL error. */
export type RequestErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  /** The request names a persisted operation by its hash, and the gateway stores none: send the text. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** The caller sends too many requests: try again in `extensions.retryAfter` seconds. */
  | 'RATE_LIMITED'
  /** The gateway is overloaded: try again in `extensions.retryAfter` seconds. */
  | 'OVERLOADED'
  /** The stream's `after` is older than the feed: subscribe again without it. */
  | 'CURSOR_EXPIRED'
  /** The client reads a stream too slowly: subscribe again with the last cursor. */
  | 'SLOW_CONSUMER'
  /** The gateway is shutting down: subscribe again with the last cursor. */
  | 'SHUTTING_DOWN'

/** An error that the caller caused or can act on. Its message is for the caller: it says what was wrong and what to do. */
export class RequestError extends Error {
  override name = 'RequestError'
  readonly code: RequestErrorCode

  constructor(code: RequestErrorCode, message: string) {
    // A stack would say nothing about the caller's fault, and takes longer than the rest of a refusal.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
  }
}

/** The same request may succeed later. */
export abstract class RetryLater extends RequestError {
  /** Whole seconds. */
  readonly retryAfter: number
  /** HTTP status. */
  abstract readonly status: number

  constructor(code: RequestErrorCode, message: string, retryAfter: number) {
    super(code, message)
    this.retryAfter = retryAfter
  }
}

/** RFC 6585, section 4. */
export class RateLimited extends RetryLater {
  override name = 'RateLimited'
  readonly status = 429

  constructor(message: string, retryAfter: number) {
    super('RATE_LIMITED', message, retryAfter)
  }
}

/** RFC 9110, section 15.6.4. */
export class Overloaded extends RetryLater {
  override name = 'Overloaded'
  readonly status = 503

  constructor(message = 'The gateway is overloaded. Try again in a second.', retryAfter = 1) {
    super('OVERLOADED', message, retryAfter)
  }
}
