import type { Arrival } from './receiver.ts'

/** What a fault has done. Times are milliseconds. */
export interface Aftermath {
  /** Acknowledged, and never arrived. */
  readonly lost: number
  /** Arrived again. */
  readonly doubled: number
  /** Of these: neither in flight when the fault struck nor sent before it was over, or within a second after. */
  readonly doubledForNothing: number
  /** Had arrived when the fault struck, and were not recorded yet. */
  readonly inFlight: number
  /** How long the fault itself lasted. */
  readonly lasted: number
  /** From the fault until webhooks arrived again after the longest silence; 0 if they did not stop. */
  readonly backAfter: number
  /** From the fault until the last of what was in flight was recorded. */
  readonly settledAfter: number
}

/** A silence that is shorter is no interruption: a busy machine makes such, too. */
const SILENCE_MS = 250
/** Requests that were on their way when the fault struck arrive soon after. */
const ON_THE_WAY_MS = 100
/** Deliveries that were claimed before the fault was over are sent soon after, also by a busy gateway. */
const CLAIMED_MS = 1_000

/**
 * @param seen.recordedAt when each delivery was recorded as finished, by its id
 * @param seen.begun when the fault struck, and `ended`: when it was over; both milliseconds of `now`
 */
export function aftermath(seen: {
  acknowledged: ReadonlySet<number>
  arrivals: readonly Arrival[]
  recordedAt: ReadonlyMap<string, number>
  begun: number
  ended: number
}): Aftermath {
  const { acknowledged, arrivals, recordedAt, begun, ended } = seen
  const byId = Map.groupBy(arrivals, ({ id }) => id)
  const deliveries = [...byId].map(([id, [first, ...again]]) => ({
    cameAt: first?.cameAt ?? Number.NaN,
    recordedAt: recordedAt.get(id) ?? Number.POSITIVE_INFINITY,
    again: again.length,
  }))
  const open = deliveries.filter((delivery) => delivery.recordedAt > begun)
  const inFlight = open.filter(({ cameAt }) => cameAt <= begun + ON_THE_WAY_MS)
  const touched = new Set(open.filter(({ cameAt }) => cameAt <= ended + CLAIMED_MS))
  const arrived = new Set(arrivals.map(({ number }) => number))
  const timesDoubled = (of: typeof deliveries) => of.reduce((sum, { again }) => sum + again, 0)
  return {
    lost: [...acknowledged].filter((number) => !arrived.has(number)).length,
    doubled: timesDoubled(deliveries),
    doubledForNothing: timesDoubled(deliveries.filter((delivery) => !touched.has(delivery))),
    inFlight: inFlight.length,
    lasted: ended - begun,
    backAfter: backAfter(arrivals, begun),
    settledAfter: inFlight.reduce((last, { recordedAt }) => Math.max(last, recordedAt - begun), 0),
  }
}

function backAfter(arrivals: readonly Arrival[], begun: number): number {
  const times = arrivals.map(({ cameAt }) => cameAt).filter((time) => time > begun)
  let longest = { silence: SILENCE_MS, end: begun }
  let last = begun
  for (const time of times.sort((a, b) => a - b)) {
    if (time - last > longest.silence) longest = { silence: time - last, end: time }
    last = time
  }
  return longest.end - begun
}
