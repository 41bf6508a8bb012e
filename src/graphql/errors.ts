import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import { HttpError } from '../contract/http-error.ts'
import { Overloaded, RequestError, type RequestErrorCode, RetryLater } from '../contract/request-error.ts'
import { shortMessage, withoutQuotedText } from './short-message.ts'

/**
 * The HTTP status of a response that has errors and no data. With `spec`, clients that accept only `application/json` get 200
 * instead, as GraphQL over HTTP asks.
 */
const statuses: Partial<Record<RequestErrorCode, { status: number; headers?: Record<string, string>; spec?: true }>> = {
  // RFC 6750, section 3
  UNAUTHENTICATED: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  FORBIDDEN: { status: 403, spec: true },
  BAD_USER_INPUT: { status: 400, spec: true },
}

/**
 * Turns each error into the error that callers see. An error that they caused or can act on keeps its message and gets a code. Any other
 * becomes INTERNAL_SERVER_ERROR with an `id` by which it is found in the log.
 */
export function createErrorMask(log: Logger): (error: unknown) => GraphQLError {
  return (error) => {
    const explained = explain(error)
    if (explained) return explained
    const id = randomUUID()
    const path = error instanceof GraphQLError ? error.path : undefined
    log.error({ err: rootOf(error), id, path }, 'an operation failed')
    const extensions = { code: 'INTERNAL_SERVER_ERROR', id, http: { status: 500 } }
    return located(
      error,
      `Something went wrong in the gateway. Its log has the details under the id ${id}.`,
      extensions,
    )
  }
}

/** Whether an error is neither the caller's fault nor an answer: trying again may help. */
export function isOurFault(error: unknown): boolean {
  const { code } = explain(error)?.extensions ?? {}
  return code === undefined || code === 'OVERLOADED'
}

/** @returns the error as callers see it; undefined if it is not for them */
function explain(error: unknown): GraphQLError | undefined {
  const cause = rootOf(error)
  if (cause instanceof RequestError) return located(error, cause.message, extensionsOf(cause))
  if (error instanceof GraphQLError && cause instanceof GraphQLError) {
    if (cause.extensions.code) return error
    // Without a path, the request is wrong, such as a variable of the wrong type. With one, either an argument is wrong or a resolver
    // broke the schema.
    if (!error.path || error.message.startsWith('Argument "'))
      return located(error, error.message, codeOf('BAD_USER_INPUT'))
  }
  if (isExhausted(cause)) return located(error, new Overloaded().message, extensionsOf(new Overloaded()))
  return undefined
}

/** BAD_USER_INPUT where the mask does not reach: outside of resolvers. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(shortMessage(withoutQuotedText(message)), { extensions: codeOf('BAD_USER_INPUT') })
}

/** The error of an operation that is refused as a whole. */
export function refusal(error: RequestError): GraphQLError {
  return new GraphQLError(error.message, { extensions: extensionsOf(error) })
}

/** Of the error as callers see it. `http` is for the transport. */
export function extensionsOf(error: RequestError): Record<string, unknown> {
  const { code } = error
  if (error instanceof HttpError) return { code, http: { status: error.status, headers: error.headers } }
  if (!(error instanceof RetryLater)) return codeOf(code)
  const { retryAfter, status } = error
  return { code, retryAfter, http: { status, headers: { 'retry-after': String(retryAfter) } } }
}

/** Whether no database connection became free in time, in the pool or for one of Prisma's transactions. */
function isExhausted(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return code === 'P2028' || code === 'P2024' || String(message).includes('timeout exceeded when trying to connect')
}

function codeOf(code: RequestErrorCode) {
  return { code, ...(statuses[code] && { http: statuses[code] }) }
}

function located(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  const short = shortMessage(withoutQuotedText(message))
  if (!(error instanceof GraphQLError)) return new GraphQLError(short, { extensions })
  const { nodes = null, path = null } = error
  return new GraphQLError(short, { nodes, path, extensions })
}

/** @returns what a resolver threw */
export function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootOf(error.originalError) : error
}
