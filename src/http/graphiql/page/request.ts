import type { GraphQLRequest } from './graphiql-bundle.ts'
import type { RequestHeaders } from './request-headers.ts'

export interface GraphQLError {
  message: string
  extensions?: { code?: string; retryAfter?: number }
}

export interface Result {
  data?: Record<string, unknown> | null
  errors?: GraphQLError[]
}

/** Sends an operation to the gateway. @throws if it can't be reached */
export function post(
  request: GraphQLRequest,
  options: { headers: Record<string, string>; accept: string; signal?: AbortSignal },
): Promise<Response> {
  const { headers, accept, signal = null } = options
  return fetch(location.pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify(request),
    signal,
  })
}

/**
 * Sends a query or mutation. If the page's own token is refused, it gets a fresh one and tries again: nothing has been executed then.
 * @throws if the gateway can't be reached
 */
export async function send(request: GraphQLRequest, headers: RequestHeaders, signal?: AbortSignal): Promise<Result> {
  const once = async () => {
    const accept = 'application/graphql-response+json, application/json'
    return resultOf(await post(request, { headers: headers.values, accept, ...(signal && { signal }) }))
  }
  const result = await once()
  return isRefused(result.errors) && (await headers.renew()) ? once() : result
}

/** @returns whether the token was refused */
export function isRefused(errors: readonly GraphQLError[] = []): boolean {
  return errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')
}

/** @returns the result in a response, or what was sent instead of one as its error */
export async function resultOf(response: Response): Promise<Result> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return { errors: [{ message: `Status ${response.status}: ${text.slice(0, 500) || response.statusText}` }] }
  }
}
