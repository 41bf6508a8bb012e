/** What a client can tell errors by: `extensions.code` of a GraphQL error. */
export type RequestErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  /** The caller has asked for too much in too short a time: try again in `extensions.retryAfter` seconds. */
  | 'RATE_LIMITED'
  /** The stream's `after` is older than what the feed keeps: start anew without it. */
  | 'CURSOR_EXPIRED'
  /** The client read a stream too slowly: come back with the last cursor. */
  | 'SLOW_CONSUMER'
  /** The gateway goes down: come back with the last cursor. */
  | 'SHUTTING_DOWN'

/** An error that the caller caused or can act on. Its message is for the caller: it says what was wrong and what to do. */
export class RequestError extends Error {
  override name = 'RequestError'
  readonly code: RequestErrorCode

  constructor(code: RequestErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export class RateLimited extends RequestError {
  override name = 'RateLimited'
  /** Whole seconds. */
  readonly retryAfter: number

  constructor(message: string, retryAfter: number) {
    super('RATE_LIMITED', message)
    this.retryAfter = retryAfter
  }
}
