import { createParser } from 'eventsource-parser'
import type { GraphQLRequest } from './graphiql-bundle.ts'
import { type GraphQLError, post, type Result, resultOf } from './request.ts'

/** Milliseconds after which a silent connection is broken. The gateway says something every 12 seconds. */
const LONGEST_SILENCE = 30_000

/**
 * One connection of a subscription, over Server-Sent Events.
 * @param opened is called when the gateway has subscribed @param event is called with each event
 * @returns the errors with which the gateway ended or refused the stream, if any
 * @throws if the connection breaks off, or there is none
 */
export async function listen(
  request: GraphQLRequest,
  options: { headers: Record<string, string>; signal: AbortSignal; opened(): void; event(result: Result): void },
): Promise<readonly GraphQLError[]> {
  const { headers, signal, opened, event } = options
  const broken = new AbortController()
  const response = await post(request, {
    headers,
    accept: 'text/event-stream',
    signal: AbortSignal.any([signal, broken.signal]),
  })
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
    return (await resultOf(response)).errors ?? []
  }
  opened()

  let ending: readonly GraphQLError[] | undefined
  /** Held back until the next message shows that it was an event, and not the reason for the end. */
  let failed: Result | undefined
  const parser = createParser({
    onEvent({ event: kind, data }) {
      if (kind === 'complete') ending = failed?.errors ?? []
      if (failed && kind === 'next') event(failed)
      failed = undefined
      if (kind !== 'next') return
      const result: Result = JSON.parse(data)
      if (result.errors && !result.data) failed = result
      else event(result)
    },
  })
  const silence = () => setTimeout(() => broken.abort(new Error('The connection is silent.')), LONGEST_SILENCE)
  let timer = silence()
  try {
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer)
      timer = silence()
      parser.feed(text)
      if (ending) return ending
    }
  } finally {
    clearTimeout(timer)
  }
  throw new Error('The connection has broken off.')
}
