import { type Client, createClient } from 'graphql-ws'

export interface Result<Data = Record<string, unknown>> {
  data?: Data | null | undefined
  errors?: readonly ResultError[] | undefined
}

interface ResultError {
  message: string
  path?: readonly (string | number)[] | undefined
  extensions?: Record<string, unknown> | undefined
}

export interface Answer<Data = Record<string, unknown>> extends Result<Data> {
  status: number
  headers: Headers
}

/** Sends one operation over HTTP. */
export async function request<Data = Record<string, unknown>>(
  url: string,
  token: string | undefined,
  query: string,
  variables?: object,
  headers: Record<string, string> = {},
): Promise<Answer<Data>> {
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
  return { ...((await response.json()) as Result<Data>), status: response.status, headers: response.headers }
}

/** Sends an operation that has to succeed. @returns its data @throws `CODE message` of its first GraphQL error */
export async function run<Data = Record<string, unknown>>(
  gateway: { url: string },
  token: string,
  query: string,
  variables?: object,
  headers?: Record<string, string>,
): Promise<Data> {
  const { data, errors } = await request<Data>(gateway.url, token, query, variables, headers)
  const [error] = errors ?? []
  if (error) throw new Error(`${error.extensions?.code} ${error.message}`)
  if (!data) throw new Error('The answer has no data')
  return data
}

/** A client over WebSocket that does not reconnect by itself. */
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
