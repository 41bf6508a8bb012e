import type { Measured } from './request-load.ts'
import { median } from './statistics.ts'

/** How many times as many requests a second as another, round by round. */
export function ratio(ours: readonly Measured[], theirs: readonly Measured[]): string {
  const perSecond = (rounds: readonly Measured[]) => rounds.map((measured) => measured.perSecond)
  return ratioOf(perSecond(ours), perSecond(theirs))
}

/** How many times as much as another, round by round: the median, and the least and most of all rounds. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): string {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
}

/** The median of one number of all rounds. */
export function medianOf(rounds: readonly Measured[], number: keyof Measured): number {
  return median(rounds.map((measured) => measured[number]))
}
