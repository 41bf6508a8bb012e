import { resume, StreamEnded } from '@bot-agent-gateway/client/graphql-ws'
import { ConnectionMonitor } from './connection.ts'
import { errorOf, GatewayError, isOfProxy, unreachable } from './gateway-error.ts'
import type { Operation } from './operation.ts'
import type { Tokens } from './tokens.ts'

export const GRAPHQL = '/graphql'

interface StreamSink<Data> {
  next(data: Data): void
  /** The stream has ended for good. With the code `CURSOR_EXPIRED`, read again and follow from the new cursor. */
  ended(error: GatewayError): void
}

/** The public GraphQL API, with the access token of the session. */
export interface Gateway {
  readonly connection: ConnectionMonitor
  /** Runs a query or mutation. @throws GatewayError */
  run<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    options?: { signal?: AbortSignal },
  ): Promise<Data>
  /** Follows a subscription from the cursor `after` on, over any number of connections. @returns what ends it */
  follow<Data, Variables extends { after?: string | null | undefined }>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    sink: StreamSink<Data>,
  ): () => void
  close(): void
}

interface Response {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

export function createGateway(tokens: Tokens): Gateway {
  const connection = new ConnectionMonitor()
  /** The token of the socket. */
  let sent: string | undefined
  let streams = 0
  const client = resume({
    url: new URL(GRAPHQL, location.href).href.replace(/^http/, 'ws'),
    token: async () => {
      sent = await tokens.current()
      return sent
    },
    lazyCloseTimeout: 2_000,
    onInterrupted: (reason) => connection.interrupted(reason),
    on: {
      connecting: () => connection.connecting(),
      connected: () => connection.connected(),
      closed: (event) => {
        const code = event instanceof CloseEvent ? event.code : 0
        if (sent && (code === EXPIRED || code === UNAUTHORIZED)) tokens.refuse(sent, (event as CloseEvent).reason)
        if (streams === 0) connection.left()
      },
    },
  })

  const send = async (text: string, variables: unknown, token: string, signal: AbortSignal | undefined) => {
    const response = await fetch(GRAPHQL, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: text, variables }),
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error
      throw unreachable()
    })
    const body = (await response.json().catch(() => undefined)) as Response | null | undefined
    // What stands before the gateway may answer with JSON as well.
    if (!body?.errors && body?.data === undefined) throw notFromGateway(response.status)
    return body
  }

  return {
    connection,
    async run<Data, Variables>(
      { text }: Operation<Data, Variables>,
      variables: Variables,
      { signal }: { signal?: AbortSignal } = {},
    ) {
      for (let again = true; ; again = false) {
        const token = await tokens.current().catch((error: unknown) => {
          throw error instanceof TypeError ? unreachable() : error
        })
        if (!token) throw new GatewayError('unauthenticated', 'You are not signed in.', 'UNAUTHENTICATED')
        const { data, errors } = await send(text, variables, token, signal)
        if (!errors?.[0]) return data as Data
        const error = errorOf(errors[0].message, errors[0].extensions?.code)
        if (error.trouble === 'unauthenticated') tokens.refuse(token, error.message)
        if (error.trouble !== 'unauthenticated' || !again) throw error
      }
    },

    follow<Data, Variables extends { after?: string | null | undefined }>(
      operation: Operation<Data, Variables>,
      variables: Variables,
      sink: StreamSink<Data>,
    ) {
      let { after } = variables
      let over = false
      let refusals = 0
      let end = () => {}
      const subscribe = () => {
        end = client.subscribe<Data>(
          { query: operation.text, variables: { ...variables, ...(after && { after }) } },
          {
            next: ({ data }) => {
              if (over || !data) return
              after = cursorOf(data) ?? after
              refusals = 0
              connection.event()
              sink.next(data)
            },
            error: (error) => {
              if (over) return
              const failure = failureOf(error)
              if (failure.trouble !== 'unauthenticated') return leave(failure)
              // The gateway has refused the token, and there may be another. It is in vain if that is refused as well.
              if (sent) tokens.refuse(sent, failure.message)
              refusals += 1
              if (refusals > MOST_REFUSALS) return leave(failure)
              tokens.current().then(
                (token) => over || (token ? subscribe() : leave(failure)),
                () => leave(failure),
              )
            },
            complete: () => {},
          },
        )
      }
      const leave = (failure?: GatewayError) => {
        if (over) return
        over = true
        streams -= 1
        end()
        if (failure) sink.ended(failure)
      }
      streams += 1
      subscribe()
      return () => leave()
    },

    close() {
      client.dispose()
    },
  }
}

/** Tokens that may be refused in a row. */
const MOST_REFUSALS = 2

const UNAUTHORIZED = 4401
const EXPIRED = 4403

function notFromGateway(status: number): GatewayError {
  if (isOfProxy(status)) return unreachable(status)
  return new GatewayError('failed', `The answer has status ${status}, and is not one of the gateway.`)
}

function cursorOf(data: unknown): string | undefined {
  const [event] = Object.values(data as Record<string, { cursor?: string } | null>)
  return event?.cursor
}

function failureOf(error: unknown): GatewayError {
  if (error instanceof StreamEnded) return errorOf(error.message, error.code)
  return new GatewayError('failed', error instanceof Error ? error.message : 'The live stream has ended.')
}
