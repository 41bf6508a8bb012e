import { type Client, type ClientOptions, createClient, NetworkError, type RequestParams } from 'graphql-sse'
import { type Ending, type Errors, endingOfErrors, StreamEnded } from './ending.ts'
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

/** Tokens that may be refused in a row. */
const MOST_REFUSALS = 2

/** Statuses of requests that would be refused again. */
const final = new Set([400, 403, 404, 405, 406, 413, 415, 421])

/**
 * A client of graphql-sse whose subscriptions come back after an interruption and continue with the event after the last one. They have to declare
 * `$after: String`, pass it on, and select `cursor`. Queries and mutations are sent once: whether to send them again is yours to decide.
 */
export function resume({ token, longestDelay, onInterrupted, ...options }: ResumeOptions): Client {
  const streams = new WeakMap<object, StreamToken>()
  const client = createClient({
    ...options,
    fetchFn: aliveBody((options.fetchFn as typeof fetch | undefined) ?? fetch),
    retryAttempts: 0,
    headers: async (request): Promise<Record<string, string>> => {
      const bearer = await token()
      streams.get(request)?.use(bearer)
      return bearer ? { Authorization: `Bearer ${bearer}` } : {}
    },
  })

  const closing = new AbortController()
  const once = client.subscribe as Subscribe
  const followOptions = { ...(longestDelay && { longestDelay }), ...(onInterrupted && { onInterrupted }) }
  const subscribe = (operation: Operation, sink: Sink<Result>) => {
    if (!isStream(operation)) return once(operation, sink)
    const streamToken = new StreamToken()
    const transport = {
      subscribe: (again: Operation, sink: Sink<Result>) => {
        streams.set(again, streamToken)
        return client.subscribe(again as RequestParams, sink as Sink<object>, {
          connected: () => streamToken.accepted(),
        })
      },
      endingOf: (error: unknown) => streamToken.endingAfter(endingOf(error)),
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

/** The token of one stream. Over SSE nothing tells a token that has expired from one that was revoked: another one may do, the same one will not. */
class StreamToken {
  #sent: string | undefined
  #refused: { token: string | undefined; message: string } | undefined
  #refusals = 0

  use(token: string | undefined): void {
    this.#sent = token
    if (!this.#refused || (token !== undefined && token !== this.#refused.token)) return
    throw new StreamEnded({ code: 'UNAUTHENTICATED', message: this.#refused.message })
  }

  accepted(): void {
    this.#refusals = 0
  }

  /** Whether another token may help. */
  endingAfter(ending: Ending): Ending {
    if (ending.code !== 'UNAUTHENTICATED') return ending
    this.#refused = { token: this.#sent, message: ending.message }
    this.#refusals += 1
    return { ...ending, again: this.#sent !== undefined && this.#refusals <= MOST_REFUSALS }
  }
}

function endingOf(error: unknown): Ending {
  if (Array.isArray(error)) return endingOfErrors(error as unknown as Errors)
  if (error instanceof StreamEnded) return { again: false, message: error.message }
  const response = error instanceof NetworkError ? (error.response as Response | undefined) : undefined
  return {
    again: !response || !final.has(response.status),
    wait: response?.status === 429 ? Number(response.headers.get('retry-after') ?? 60) * 1_000 : undefined,
    code: response?.status === 401 ? 'UNAUTHENTICATED' : response?.status === 403 ? 'FORBIDDEN' : undefined,
    message: error instanceof Error ? error.message : 'There is no connection',
  }
}
