import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { RateLimited, RequestError, type RequestErrorCode } from '../request-error.ts'

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
export function presentError(log: Logger): (error: unknown) => GraphQLError {
  return (error) => {
    const cause = rootOf(error)
    if (cause instanceof RequestError) return located(error, cause.message, extensionsOf(cause))
    if (error instanceof GraphQLError && cause instanceof GraphQLError) {
      if (cause.extensions.code) return error
      // Without a path it is about the request, such as a variable of the wrong type; with one, a resolver broke the schema.
      if (!error.path) return located(error, error.message, codeOf('BAD_USER_INPUT'))
    }
    const id = randomUUID()
    log.error({ err: cause, id, path: error instanceof GraphQLError ? error.path : undefined }, 'an operation failed')
    const extensions = { code: 'INTERNAL_SERVER_ERROR', id, http: { status: 500 } }
    return located(error, `The gateway failed to answer. Its log tells more under the id ${id}.`, extensions)
  }
}

/** For where no presenter follows. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: codeOf('BAD_USER_INPUT') })
}

/** The same for an operation that is not run at all. */
export function refusal(error: RequestError): GraphQLError {
  return new GraphQLError(error.message, { extensions: extensionsOf(error) })
}

function extensionsOf(error: RequestError): Record<string, unknown> {
  if (!(error instanceof RateLimited)) return codeOf(error.code)
  const { code, retryAfter } = error
  // RFC 6585, section 4
  return { code, retryAfter, http: { status: 429, headers: { 'retry-after': String(retryAfter) } } }
}

function codeOf(code: RequestErrorCode) {
  return { code, ...(statuses[code] && { http: statuses[code] }) }
}

function located(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions })
  const { nodes = null, path = null } = error
  return new GraphQLError(message, { nodes, path, extensions })
}

function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootOf(error.originalError) : error
}
