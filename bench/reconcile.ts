import type { Arrival } from './receiver.ts'

/** The result of a run, as the receiver saw it. */
export interface Outcome {
  /** Arrivals per second, from `begun` to the last one. */
  readonly perSecond: number
  readonly lost: number
  readonly doubled: number
  /** Milliseconds from publishing an event to the arrival of its webhook. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** @param begun milliseconds of `now` */
export function reconcile(arrivals: readonly Arrival[], { sent, begun }: { sent: number; begun: number }): Outcome {
  const distinct = new Set(arrivals.map(({ number }) => number))
  const waits = arrivals.map(({ handedInAt, cameAt }) => cameAt - handedInAt).sort((a, b) => a - b)
  const quantile = (share: number) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? Number.NaN
  const end = arrivals.reduce((latest, { cameAt }) => Math.max(latest, cameAt), begun)
  return {
    perSecond: (distinct.size / (end - begun)) * 1_000,
    lost: sent - distinct.size,
    doubled: arrivals.length - distinct.size,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  }
}
