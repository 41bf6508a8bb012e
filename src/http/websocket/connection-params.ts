import type { IncomingMessage } from 'node:http'

/**
 * The authorization of a socket: from its `connection_init`, in the spellings that clients use, or else from the request that opened it.
 * - `{"Authorization": "Bearer …"}`, in upper or lower case, as most clients send it
 * - `{"headers": {"Authorization": "Bearer …"}}`, as Apollo Studio and Hasura send it
 * - `{"authToken": "…"}`, only the token, as in the examples of the former protocol
 */
export function authorizationOf(
  params: Readonly<Record<string, unknown>> | undefined,
  request: IncomingMessage | undefined,
): string | undefined {
  const token = textOf(params, 'authtoken')
  return (
    textOf(params, 'authorization') ??
    textOf(params?.headers, 'authorization') ??
    (token === undefined || /^bearer /i.test(token) ? token : `Bearer ${token}`) ??
    request?.headers.authorization
  )
}

/** @param name in lower case */
function textOf(params: unknown, name: string): string | undefined {
  if (typeof params !== 'object' || params === null) return undefined
  const [, value] = Object.entries(params).find(([key]) => key.toLowerCase() === name) ?? []
  return typeof value === 'string' ? value : undefined
}
