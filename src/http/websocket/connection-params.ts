import type { IncomingMessage } from 'node:http'

/**
 * The authorization of a socket: that of its `connection_init`, in the spellings that clients use; or else that of the request which
 * opened it.
 * - `{"Authorization": "Bearer …"}`, in upper or lower case, as most do
 * - `{"headers": {"Authorization": "Bearer …"}}`, as Apollo Studio and Hasura do
 * - `{"authToken": "…"}`, as the former protocol's examples do: the token alone
 */
export function authorizationOf(
  params: Readonly<Record<string, unknown>> | undefined,
  request: IncomingMessage,
): string | undefined {
  const token = textOf(params, 'authtoken')
  return (
    textOf(params, 'authorization') ??
    textOf(params?.headers, 'authorization') ??
    (token === undefined || /^bearer /i.test(token) ? token : `Bearer ${token}`) ??
    request.headers.authorization
  )
}

/** @param name in lower case */
function textOf(of: unknown, name: string): string | undefined {
  if (typeof of !== 'object' || of === null) return undefined
  const [, value] = Object.entries(of).find(([key]) => key.toLowerCase() === name) ?? []
  return typeof value === 'string' ? value : undefined
}
