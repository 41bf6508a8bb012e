import { RequestError, type RequestErrorCode } from './request-error.ts'

/** A request that is refused with an HTTP status of its own, before anything runs. RFC 9110, section 15.5. */
export class HttpError extends RequestError {
  override name = 'HttpError'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    message: string,
    { headers = {}, code = 'BAD_USER_INPUT' }: { headers?: Record<string, string>; code?: RequestErrorCode } = {},
  ) {
    super(code, message)
    this.status = status
    this.headers = headers
  }
}
