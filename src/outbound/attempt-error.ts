import { constants } from 'node:os'

/**
 * Why an attempt failed. `HTTP_STATUS`: the response has a status other than 2xx. `TIMEOUT` and `CONNECTION` can occur after the status
 * was received, if the rest of the response does not arrive. A response that is not HTTP is a `CONNECTION` error, too.
 */
export type AttemptError = 'HTTP_STATUS' | 'TIMEOUT' | 'DNS' | 'CONNECTION' | 'TLS' | 'BLOCKED_ADDRESS'

/** An attempt that failed for a known reason. */
export class Failure extends Error {
  override name = 'Failure'
  readonly reason: AttemptError

  constructor(reason: AttemptError, cause?: unknown) {
    super(reason, { cause })
    this.reason = reason
  }
}

/** Why a connection could not be opened. */
export function connectingFailed(error: Error, protocol: string): Failure {
  const isTls = protocol === 'https:' && !(error instanceof Failure) && !isOfSystem(codeOf(error))
  return new Failure(isTls ? 'TLS' : reasonOf(error), error)
}

/** Why a request failed. */
export function reasonOf(error: Error): AttemptError {
  if (error instanceof Failure) return error.reason
  const code = codeOf(error)
  if (code === 'ETIMEDOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') return 'TIMEOUT'
  // TLS errors after the handshake.
  return code.startsWith('ERR_SSL') || code === 'EPROTO' ? 'TLS' : 'CONNECTION'
}

/** Whether the request itself was not valid. False if the request was valid, but could not be sent. */
export function isOwnFault(error: Error): boolean {
  return ['UND_ERR_INVALID_ARG', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED'].includes(codeOf(error))
}

function isOfSystem(code: string): boolean {
  return code.startsWith('UND_ERR') || (code !== 'EPROTO' && code in constants.errno)
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
