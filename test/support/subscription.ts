import { EventEmitter, once } from 'node:events'
import { createClient as createSseClient, NetworkError } from 'graphql-sse'
import { onTestFinished } from 'vitest'
import { type Result, webSocketClient } from './client.ts'

export type Transport = 'WebSocket' | 'SSE'
export const transports: readonly Transport[] = ['WebSocket', 'SSE']

/** How a subscription ended: the close of its WebSocket, or the code of its last error. */
interface End {
  closeCode?: number
  reason?: string
  errorCode?: unknown
}

/** A subscription and its events: the values of its root field. */
export interface Subscription<Event> extends AsyncIterable<Event> {
  /** All events so far, without those that have errors. */
  events: readonly Event[]
  /** Everything that has come so far, as it came. */
  results: readonly Result[]
  /** The next `count` events. @throws when the subscription ends before, with its GraphQL errors as the cause */
  take(count: number): Promise<Event[]>
  /** The next events up to the first that fits. @throws as `take` does */
  takeThrough(fits: (event: Event) => boolean): Promise<Event[]>
  /** The events so far that were not taken. */
  pending(): readonly Event[]
  /** The first of all events that fits. @throws as `take` does */
  until(fits: (event: Event) => boolean): Promise<Event>
  ended: Promise<End>
  stop(): Promise<void>
}

interface Options {
  variables?: Record<string, unknown>
  transport?: Transport
}

/** Subscribes for the length of one test. Resolves when no later change can be missed, or when the subscription was refused. */
export async function subscribe<Event = Record<string, unknown>>(
  gateway: { url: string },
  token: string,
  query: string,
  options: Options = {},
): Promise<Subscription<Event>> {
  const subscription = await openSubscription<Event>(gateway, token, query, options)
  onTestFinished(subscription.stop)
  return subscription
}

/** The same outside of a test. To be stopped. */
export async function openSubscription<Event = Record<string, unknown>>(
  { url }: { url: string },
  token: string,
  query: string,
  { variables = {}, transport = 'WebSocket' }: Options = {},
): Promise<Subscription<Event>> {
  const events: Event[] = []
  const results: Result[] = []
  let taken = 0
  let over: Error | undefined
  const news = new EventEmitter().setMaxListeners(0)
  const finish = (message: string, cause?: unknown) => {
    over ??= new Error(message, { cause })
    news.emit('news')
  }
  /** The result of `look`, as soon as there is one. */
  const wait = async <Found>(look: () => Found | undefined): Promise<Found> => {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (over) throw over
      await once(news, 'news')
    }
  }

  const { begun, ended, stop } = open[transport](url, token, { query, variables }, (result) => {
    results.push(result)
    const { data, errors } = result
    if (errors) finish(JSON.stringify(errors), errors)
    else events.push(...(Object.values(data ?? {}) as Event[]))
    news.emit('news')
  })
  ended.then((end) => finish(`The subscription has ended: ${JSON.stringify(end)}`))
  await Promise.race([begun, ended])

  const takeAll = (count: number) => {
    taken += count
    return events.slice(taken - count, taken)
  }
  const take = (count: number) => wait(() => (events.length < taken + count ? undefined : takeAll(count)))
  return {
    events,
    results,
    take,
    takeThrough: (fits) =>
      wait(() => {
        const index = events.slice(taken).findIndex(fits)
        return index < 0 ? undefined : takeAll(index + 1)
      }),
    pending: () => events.slice(taken),
    async until(fits) {
      const { event } = await wait(() => events.map((event) => ({ event })).find(({ event }) => fits(event)))
      return event
    },
    ended,
    stop,
    async *[Symbol.asyncIterator]() {
      for (;;) yield* await take(1)
    },
  }
}

type Results = (result: Result) => void
interface Opened {
  /** Resolves when the gateway has subscribed. */
  begun: Promise<unknown>
  ended: Promise<End>
  stop(): Promise<void>
}

const open: Record<Transport, (url: string, token: string, request: Request, results: Results) => Opened> = {
  WebSocket(url, token, request, results) {
    const client = webSocketClient(url, token)
    const { ended, sink } = sinkOf(results)
    client.subscribe(request, sink)
    // The protocol does not acknowledge a subscription, but the gateway answers in order.
    const next = client.iterate({ query: '{ viewer { licenseId } }' }).next()
    return { begun: next.catch(() => ended), ended, stop: async () => client.dispose() }
  },
  SSE(url, token, request, results) {
    const client = createSseClient({ url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 })
    const { ended, sink } = sinkOf(results)
    const begun = new Promise<void>((resolve) => {
      client.subscribe(request, sink, { connected: () => resolve() })
    })
    return { begun, ended, stop: async () => client.dispose() }
  },
}

interface Request {
  query: string
  variables: Record<string, unknown>
}

function sinkOf(results: Results) {
  const { promise: ended, resolve } = Promise.withResolvers<End>()
  let errorCode: unknown
  const sink = {
    next(result: Result) {
      errorCode = codeOf(result.errors)
      results(result)
    },
    complete: () => resolve({ errorCode }),
    error: (error: unknown) => void endOf(error).then(resolve),
  }
  return { ended, sink }
}

const codeOf = (errors: Result['errors']) => errors?.[0]?.extensions?.code

/** Of what a client reports: the errors of the operation, the response of a request that was refused, or the close of a socket. */
async function endOf(error: unknown): Promise<End> {
  if (Array.isArray(error)) return { errorCode: codeOf(error) }
  if (error instanceof NetworkError && error.response instanceof Response) {
    // A refusal comes as an event stream too.
    return { errorCode: /"code":"(\w+)"/.exec(await error.response.text())?.[1] }
  }
  const { code, reason } = error as CloseEvent
  return { closeCode: code, reason }
}
