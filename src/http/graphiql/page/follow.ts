import { adviceOn } from './endings.ts'
import { EventList } from './event-list.ts'
import { listen } from './event-stream.ts'
import type { GraphQLRequest } from './graphiql-bundle.ts'
import { type GraphQLError, isRefused, send } from './request.ts'
import type { RequestHeaders } from './request-headers.ts'
import { beginsAfter, cursorOf, resumed } from './resumption.ts'

/** Milliseconds between attempts: doubled from the first to the last. */
const FIRST_PAUSE = 500
const LAST_PAUSE = 5_000
/** The events of so many milliseconds are shown at once. */
const REFRESH = 100
/** Milliseconds after which a stream is taken to work. One that fails twice before that has failed for good. */
const PROBATION = 10_000

/**
 * Follows a subscription until it is stopped, or ended for good. Whatever else happens, it resumes after the last cursor.
 * @param canResume whether its field takes `after`
 * @param show is called with what there is to see, and how many events there were
 */
export async function follow(
  request: GraphQLRequest,
  options: {
    headers: RequestHeaders
    canResume: boolean
    signal: AbortSignal
    show(shown: object, count: number): void
  },
): Promise<void> {
  const { headers, canResume, signal, show } = options
  const list = new EventList()
  const showNow = () => {
    if (!signal.aborted) show(list.shown, list.count)
  }
  const showSoon = onceIn(REFRESH, showNow)
  const wait = async (state: string, errors: readonly GraphQLError[], milliseconds: number) => {
    list.interrupted(`${state}, ${canResume ? 'resuming after the last event' : 'listening again soon'}`, errors)
    showNow()
    await pause(milliseconds, signal)
  }

  let cursor: string | undefined
  let isResumed = false
  let failures = 0
  let failedAt: number | undefined
  showNow()
  while (!signal.aborted) {
    const used = headers.text
    try {
      // So that a stream can be resumed that ends before its first event.
      if (canResume && cursor === undefined && !beginsAfter(request)) cursor = await presentCursor(headers, signal)
      const errors = await listen(cursor === undefined ? request : resumed(request, cursor), {
        headers: headers.values,
        signal,
        opened() {
          list.opened({ isResumed, fromCursor: isResumed && canResume })
          isResumed = true
          failures = 0
          showNow()
        },
        event(event) {
          list.add(event)
          cursor = (canResume && cursorOf(event)) || cursor
          failedAt = undefined
          showSoon()
        },
      })
      const { again, after, advice } = adviceOn(errors, headers)
      const isRenewed = isRefused(errors) && (used !== headers.text || (await headers.renew()))
      const isSecond = failedAt !== undefined && Date.now() - failedAt < PROBATION
      if (!again.always && (isSecond || !(again.once || isRenewed))) {
        list.interrupted(`ended. ${advice}`, errors)
        return showNow()
      }
      if (!again.always) failedAt = Date.now()
      await wait('interrupted', errors, after ?? (isRenewed ? 0 : pauseAfter(failures++)))
    } catch {
      // The connection has broken off, or nobody answers.
      if (!signal.aborted) await wait('the gateway is away', [], pauseAfter(failures++))
    }
  }
}

/** @returns the cursor of the feed as it is now; undefined if it is not known, or not for this token */
async function presentCursor(headers: RequestHeaders, signal: AbortSignal): Promise<string | undefined> {
  const { data } = await send({ query: '{ cursor }' }, headers, signal)
  return typeof data?.cursor === 'string' ? data.cursor : undefined
}

function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE * 2 ** failures, LAST_PAUSE)
}

/** @returns a function that has `act` called once in so many milliseconds, however often it is called meanwhile */
function onceIn(milliseconds: number, act: () => void): () => void {
  let isDue = false
  return () => {
    if (isDue) return
    isDue = true
    setTimeout(() => {
      isDue = false
      act()
    }, milliseconds)
  }
}

/** Resolves after so many milliseconds, or at once when the signal is given. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
