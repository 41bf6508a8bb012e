import { type Ending, StreamEnded } from './ending.ts'
import { cursorOf, type Operation } from './operation.ts'

export interface Result {
  readonly data?: unknown
  readonly errors?: readonly unknown[] | undefined
}

export interface Sink<R> {
  next(result: R): void
  error(error: unknown): void
  complete(): void
}

/** Subscribes once. @returns what ends it */
export type Subscribe = (operation: Operation, sink: Sink<Result>) => () => void

export interface FollowOptions {
  /** Milliseconds after which at the latest it tries again; 5,000 by default. A gateway that says when to come back is asked no earlier. */
  longestDelay?: number
  /** Called whenever a stream is interrupted, with the reason and the milliseconds until it tries again. */
  onInterrupted?: (reason: string, delay: number) => void
}

const SHORTEST_DELAY = 500
/** Timers with more milliseconds end at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Follows a subscription over any number of connections. Each begins after the last event, so that none is lost and none comes twice. It ends
 * with an error where coming back would not help.
 */
export function follow(
  operation: Operation,
  sink: Sink<Result>,
  transport: { subscribe: Subscribe; endingOf(error: unknown): Ending; closing: AbortSignal },
  { longestDelay = 5_000, onInterrupted }: FollowOptions,
): () => void {
  const variables = { ...operation.variables }
  let delivered: string | undefined
  let failures = 0
  let over = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let unsubscribe = () => {}

  const finish = (report: () => void) => {
    if (over) return
    over = true
    transport.closing.removeEventListener('abort', stop)
    clearTimeout(timer)
    report()
    unsubscribe()
  }
  const stop = () => finish(() => sink.complete())
  const fail = (error: unknown) => finish(() => sink.error(error))

  const deliver = (result: Result) => {
    if (!result.data) return sink.next(result)
    const cursor = cursorOf(result.data)
    if (cursor === delivered) return
    sink.next(result)
    delivered = cursor
    variables.after = cursor
  }

  const connect = () => {
    const began = Date.now()
    let heard = false
    // Errors without data: of one event, or, if nothing follows, the reason why the stream ends.
    let last: Result | undefined

    const end = (ending: Ending, cause?: unknown) => {
      if (over) return
      if (!ending.again) return fail(cause instanceof StreamEnded ? cause : new StreamEnded(ending, cause))
      if (heard || Date.now() - began > longestDelay) failures = 0
      const backOff = Math.min(longestDelay, SHORTEST_DELAY * 2 ** failures)
      failures += 1
      // At random, so that those who were cut off together do not come back together.
      const delay = Math.min(LONGEST_TIMER, Math.max(0, ending.wait ?? 0) + backOff * (0.5 + Math.random() / 2))
      timer = setTimeout(connect, delay)
      onInterrupted?.(ending.message, delay)
    }

    unsubscribe = transport.subscribe(
      { ...operation, variables },
      {
        next(result) {
          if (over) return
          try {
            if (last) deliver(last)
            last = undefined
            if (result.errors && !result.data) last = result
            else deliver(result)
            heard ||= !last
          } catch (error) {
            fail(error)
          }
        },
        error: (error) => end(transport.endingOf(error), error),
        complete: () => (last?.errors ? end(transport.endingOf(last.errors)) : stop()),
      },
    )
  }

  transport.closing.addEventListener('abort', stop)
  connect()
  return stop
}
