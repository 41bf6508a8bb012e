import { now } from './clock.ts'
import type { FanOutContender, Stage } from './fan-out-contenders.ts'
import { metricOf } from './metric.ts'

export interface FanOutWorkload {
  readonly name: string
  /** Changes that are made at once. */
  readonly atOnce: number
}

/** What one contender has measured in one round. */
export interface FanOutTurn {
  /** Microseconds of the server's processor for each message that a subscriber got. */
  readonly gross: number
  /** The same without what the changes cost by themselves; NaN where that is not measured. */
  readonly net: number
  /** What one change costs by itself, in microseconds; NaN as well. */
  readonly change: number
  /** Milliseconds until all had what was made at once, each time. */
  readonly waits: readonly number[]
}

/** Makes so many changes, or a few more. The next ones are made when everybody has the last. */
export async function takeTurn(
  { stage, alone }: FanOutContender,
  { atOnce }: FanOutWorkload,
  changes: number,
): Promise<FanOutTurn> {
  const { perChange, waits } = await measure(stage, atOnce, changes)
  const change = alone ? (await measure(alone, atOnce, changes)).perChange : Number.NaN
  const readers = stage.audience.readers()
  return { gross: perChange / readers, net: (perChange - change) / readers, change, waits }
}

async function measure({ origin, audience, change }: Stage, atOnce: number, changes: number) {
  const waits: number[] = []
  const before = await metricOf(origin, 'process_cpu_seconds_total')
  for (let made = 0; made < changes; made += atOnce) {
    const begun = now()
    await change(atOnce)
    waits.push(longest(await audience.receive(atOnce, begun)))
  }
  const seconds = (await metricOf(origin, 'process_cpu_seconds_total')) - before
  return { perChange: (1e6 * seconds) / (waits.length * atOnce), waits }
}

/** Not with `Math.max`, which takes no more than some ten thousand arguments. */
function longest(waits: readonly number[]): number {
  return waits.reduce((most, wait) => Math.max(most, wait), 0)
}
