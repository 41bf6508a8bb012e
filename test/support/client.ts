import { type Client, createClient } from 'graphql-ws'

export interface Result {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[]
}

export interface Answer extends Result {
  status: number
  headers: Headers
}

/** One operation over HTTP. */
export async function request(
  url: string,
  token: string | undefined,
  query: string,
  variables?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  return { ...((await response.json()) as Result), status: response.status, headers: response.headers }
}

/** A client over WebSocket that does not come back by itself. */
export function webSocketClient(
  url: string,
  token: string | undefined,
  on?: { closed?: (event: CloseEvent) => void },
): Client {
  return createClient({
    url: url.replace(/^http/, 'ws'),
    lazy: true,
    retryAttempts: 0,
    ...(token && { connectionParams: { Authorization: `Bearer ${token}` } }),
    on: { closed: (event) => on?.closed?.(event as CloseEvent) },
  })
}
