import type { Arrival } from './receiver.ts'

/** The result of a run, as the receiver saw it. */
export interface Outcome {
  /** Arrivals per second, from the first one to the last. */
  readonly perSecond: number
  readonly lost: number
  readonly doubled: number
  /** Milliseconds from publishing each event to the arrival of its webhook. */
  readonly waits: readonly number[]
}

/** @param sent how many must have arrived */
export function reconcile(arrivals: readonly Arrival[], sent: number): Outcome {
  const distinct = new Set(arrivals.map(({ number }) => number))
  const begun = arrivals.reduce((first, { cameAt }) => Math.min(first, cameAt), Number.POSITIVE_INFINITY)
  const ended = arrivals.reduce((last, { cameAt }) => Math.max(last, cameAt), Number.NEGATIVE_INFINITY)
  return {
    perSecond: (distinct.size / (ended - begun)) * 1_000,
    lost: sent - distinct.size,
    doubled: arrivals.length - distinct.size,
    waits: arrivals.map(({ handedInAt, cameAt }) => cameAt - handedInAt),
  }
}
