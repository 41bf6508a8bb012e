import type { Change } from './status-changes.ts'
import type { Report } from './subscribers.ts'

/** How well the changes reached the subscribers. Times are milliseconds. */
export interface Delivery {
  /** Share of what each should have seen that was seen. */
  readonly delivered: number
  readonly doubled: number
  /** For each reconnect: from its begin until the client is connected and has everything that had changed before. */
  readonly catchUps: readonly number[]
  /** For each change and each client that was connected when it was made: from the call to the arrival. */
  readonly latencies: readonly number[]
}

/** @param changes by the index of the bot agent; the first one only gives each client a cursor */
export function whatTheySaw({ subscribers }: Report, changes: readonly Change[]): Delivery {
  const catchUps: number[] = []
  const latencies: number[] = []
  let seenOnce = 0
  let seenAtAll = 0
  for (const { seen, reconnects } of subscribers) {
    const counted = seen.filter(({ change }) => change > 0)
    const first = new Map(counted.toReversed().map(({ change, at }) => [change, at]))
    seenAtAll += counted.length
    seenOnce += first.size
    for (const { change, at, connectedAt } of counted) {
      const { begun = Number.NEGATIVE_INFINITY } = changes[change] ?? {}
      if (connectedAt < begun) latencies.push(at - begun)
    }
    for (const { begun, connectedAt } of reconnects) {
      let caughtUp = connectedAt
      for (const [change, { done }] of changes.entries()) {
        if (change > 0 && done <= begun) caughtUp = Math.max(caughtUp, first.get(change) ?? Number.NEGATIVE_INFINITY)
      }
      catchUps.push(caughtUp - begun)
    }
  }
  const expected = subscribers.length * (changes.length - 1)
  return { delivered: seenOnce / expected, doubled: seenAtAll - seenOnce, catchUps, latencies }
}
