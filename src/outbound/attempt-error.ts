import { constants } from 'node:os'

/**
 * Why an attempt failed. `HTTP_STATUS`: the response has a status other than 2xx. `CONNECTION_REFUSED`: nothing listens there.
 * `CONNECTION_RESET`: the connection was closed or reset before a response began. `RESPONSE_BROKEN_OFF`: the same, before the response had
 * ended. `CONNECTION`: any other fault of a connection, for example no route, or a response that is not HTTP. `TIMEOUT` and
 * `RESPONSE_BROKEN_OFF` can occur after the status was received.
 */
export type AttemptError =
  | 'HTTP_STATUS'
  | 'TIMEOUT'
  | 'DNS'
  | 'CONNECTION'
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_RESET'
  | 'RESPONSE_BROKEN_OFF'
  | 'TLS'
  | 'BLOCKED_ADDRESS'

/** An attempt that failed for a known reason. */
export class Failure extends Error {
  override name = 'Failure'
  readonly reason: AttemptError

  constructor(reason: AttemptError, cause?: unknown) {
    super(reason, { cause })
    this.reason = reason
  }
}

/** Why a connection could not be opened. @param isSecure whether it begins with TLS */
export function connectingFailed(error: Error | undefined, isSecure: boolean): Failure {
  if (error instanceof Failure) return error
  const code = codeOf(error)
  const isTls = isSecure && error !== undefined && (code === 'EPROTO' || !(code in constants.errno))
  if (isTls) return new Failure('TLS', error)
  if (code === 'ECONNREFUSED') return new Failure('CONNECTION_REFUSED', error)
  return ended(error) ? new Failure('CONNECTION_RESET', error) : new Failure(otherReason(code), error)
}

/** Why an open connection ended. @param begun whether any byte of a response had arrived */
export function exchangeFailed(error: Error | undefined, begun: boolean): Failure {
  if (error instanceof Failure) return error
  if (ended(error)) return new Failure(begun ? 'RESPONSE_BROKEN_OFF' : 'CONNECTION_RESET', error)
  return new Failure(otherReason(codeOf(error)), error)
}

/** Whether the other side ended the connection. A write to a connection that it has reset fails with EPIPE. */
function ended(error: Error | undefined): boolean {
  return error === undefined || ['ECONNRESET', 'EPIPE'].includes(codeOf(error))
}

function otherReason(code: string): AttemptError {
  if (code === 'ETIMEDOUT') return 'TIMEOUT'
  // TLS errors after the handshake.
  return code.startsWith('ERR_SSL') || code === 'EPROTO' ? 'TLS' : 'CONNECTION'
}

/** @returns the code of the error behind a failure, as Node.js or OpenSSL names it; `null` if it has none */
export function causeOf({ cause }: Failure): string | null {
  const code = cause instanceof Error ? codeOf(cause) : ''
  return /^[A-Z][A-Z\d_]{1,60}$/.test(code) ? code : null
}

function codeOf(error: Error | undefined): string {
  return error && 'code' in error ? String(error.code) : ''
}
