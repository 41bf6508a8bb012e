import { type Client, type ClientOptions, createClient, NetworkError, type RequestParams } from 'graphql-sse'
import { Bearer } from './bearer.ts'
import { A_MINUTE, type Ending, type Errors, endingOfErrors, StreamEnded } from './ending.ts'
import { type FollowOptions, follow, type Result, type Sink, type Subscribe } from './follow.ts'
import { iterate } from './iterate.ts'
import { isStream, type Operation } from './operation.ts'
import { aliveBody } from './silence.ts'

export { StreamEnded } from './ending.ts'

type Ours = 'headers' | 'singleConnection' | 'retryAttempts' | 'retry' | 'lazy' | 'lazyCloseTimeout' | 'onNonLazyError'

export interface ResumeOptions extends Omit<ClientOptions, Ours>, FollowOptions {
  /**
   * The access token, asked for with each connection. If it throws, it is asked again later. If it returns undefined or the token that was
   * refused, the stream ends.
   */
  token: () => Promise<string | undefined> | string | undefined
}

const TOO_MANY_REQUESTS = 429
const SERVICE_UNAVAILABLE = 503

/** Statuses of requests that would be refused again. */
const final = new Set([400, 403, 404, 405, 406, 413, 415, 421])

/**
 * A client of graphql-sse whose subscriptions come back after an interruption and continue with the event after the last one. They have to declare
 * `$after: String`, pass it on, and select `cursor`. Queries and mutations are sent once: whether to send them again is yours to decide.
 */
export function resume({ token, longestDelay, onInterrupted, ...options }: ResumeOptions): Client {
  const streams = new WeakMap<object, Bearer>()
  const client = createClient({
    ...options,
    fetchFn: aliveBody((options.fetchFn as typeof fetch | undefined) ?? fetch),
    retryAttempts: 0,
    headers: async (request): Promise<Record<string, string>> => {
      const bearer = streams.get(request) ?? new Bearer()
      return bearer.use(await token())
    },
  })

  const closing = new AbortController()
  const once = client.subscribe as Subscribe
  const followOptions = { ...(longestDelay && { longestDelay }), ...(onInterrupted && { onInterrupted }) }
  const subscribe = (operation: Operation, sink: Sink<Result>) => {
    if (!isStream(operation)) return once(operation, sink)
    // Over SSE nothing tells a token that has expired from one that was revoked.
    const bearer = new Bearer()
    const transport = {
      subscribe: (again: Operation, sink: Sink<Result>) => {
        streams.set(again, bearer)
        return client.subscribe(again as RequestParams, sink as Sink<object>, {
          connected: () => bearer.accepted(),
        })
      },
      endingOf: (error: unknown) => bearer.endingAfter(endingOf(error)),
      closing: closing.signal,
    }
    return follow(operation, sink, transport, followOptions)
  }

  return {
    subscribe: subscribe as Client['subscribe'],
    iterate: ((operation) => iterate((sink) => subscribe(operation, sink))) as Client['iterate'],
    dispose() {
      closing.abort()
      client.dispose()
    },
  }
}

function endingOf(error: unknown): Ending {
  if (Array.isArray(error)) return endingOfErrors(error as unknown as Errors)
  if (error instanceof StreamEnded) return { again: false, message: error.message }
  const response = error instanceof NetworkError ? (error.response as Response | undefined) : undefined
  return {
    again: !response || !final.has(response.status),
    wait: response && waitOf(response),
    code: response?.status === 401 ? 'UNAUTHENTICATED' : response?.status === 403 ? 'FORBIDDEN' : undefined,
    message: error instanceof Error ? error.message : 'There is no connection',
  }
}

/** Milliseconds after which the gateway, or a proxy before it, wants to be asked again. */
function waitOf({ status, headers }: Response): number | undefined {
  if (status !== TOO_MANY_REQUESTS && status !== SERVICE_UNAVAILABLE) return undefined
  const said = headers.get('retry-after') || 'nothing'
  for (const wait of [Number(said) * 1_000, Date.parse(said) - Date.now()]) if (!Number.isNaN(wait)) return wait
  return status === TOO_MANY_REQUESTS ? A_MINUTE : undefined
}
