import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { HttpError } from '../contract/http-error.ts'
import { Overloaded, RequestError, type RequestErrorCode, RetryLater } from '../contract/request-error.ts'
import { shortMessage } from './short-message.ts'

/**
 * HTTP status of an answer that holds errors and no data. `spec` leaves 200 to clients that accept `application/json`
 * alone, as GraphQL over HTTP asks.
 */
const statuses: Partial<Record<RequestErrorCode, { status: number; headers?: Record<string, string>; spec?: true }>> = {
  // RFC 6750, section 3
  UNAUTHENTICATED: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  FORBIDDEN: { status: 403, spec: true },
  BAD_USER_INPUT: { status: 400, spec: true },
}

/**
 * What callers get to see of an error. What they caused or can act on stays as it is, with a code; all else becomes
 * INTERNAL_SERVER_ERROR with an `id` under which the log holds the whole.
 */
export function createErrorMask(log: Logger): (error: unknown) => GraphQLError {
  return (error) => {
    const cause = rootOf(error)
    if (cause instanceof RequestError) return located(error, cause.message, extensionsOf(cause))
    if (error instanceof GraphQLError && cause instanceof GraphQLError) {
      if (cause.extensions.code) return error
      // Without a path it is about the request, such as a variable of the wrong type; with one it may be about an argument, or else a
      // resolver broke the schema.
      if (!error.path || error.message.startsWith('Argument "'))
        return located(error, error.message, codeOf('BAD_USER_INPUT'))
    }
    if (isExhausted(cause)) return located(error, new Overloaded().message, extensionsOf(new Overloaded()))
    const id = randomUUID()
    log.error({ err: cause, id, path: error instanceof GraphQLError ? error.path : undefined }, 'an operation failed')
    const extensions = { code: 'INTERNAL_SERVER_ERROR', id, http: { status: 500 } }
    return located(error, `The gateway failed to answer. Its log tells more under the id ${id}.`, extensions)
  }
}

/** For where no presenter follows. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(shortMessage(message), { extensions: codeOf('BAD_USER_INPUT') })
}

/** The same for an operation that is not run at all. */
export function refusal(error: RequestError): GraphQLError {
  return new GraphQLError(error.message, { extensions: extensionsOf(error) })
}

function extensionsOf(error: RequestError): Record<string, unknown> {
  const { code } = error
  if (error instanceof HttpError) return { code, http: { status: error.status, headers: error.headers } }
  if (!(error instanceof RetryLater)) return codeOf(code)
  const { retryAfter, status } = error
  return { code, retryAfter, http: { status, headers: { 'retry-after': String(retryAfter) } } }
}

/** Whether no connection to the database came free in time: that of the pool, or Prisma's for a transaction. */
function isExhausted(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return code === 'P2028' || code === 'P2024' || String(message).includes('timeout exceeded when trying to connect')
}

function codeOf(code: RequestErrorCode) {
  return { code, ...(statuses[code] && { http: statuses[code] }) }
}

function located(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  const short = shortMessage(message)
  if (!(error instanceof GraphQLError)) return new GraphQLError(short, { extensions })
  const { nodes = null, path = null } = error
  return new GraphQLError(short, { nodes, path, extensions })
}

function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootOf(error.originalError) : error
}
