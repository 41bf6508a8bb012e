import type { Measured } from './request-load.ts'
import { median } from './statistics.ts'

/** How many times as many requests a second as another, round by round: the median, and the least and most of all rounds. */
export function ratio(ours: readonly Measured[], theirs: readonly Measured[]): string {
  const ratios = ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? Number.NaN))
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
}

/** The median of one number of all rounds. */
export function medianOf(rounds: readonly Measured[], number: keyof Measured): number {
  return median(rounds.map((measured) => measured[number]))
}
