/** @param share from 0 to 1 @returns NaN if there are no values */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}

/** Median, 95th and 99th percentile of milliseconds, as cells of a table. */
export function latencies(milliseconds: readonly number[]): string[] {
  return [0.5, 0.95, 0.99].map((share) => quantile(milliseconds, share).toFixed(1))
}

/** All values of a measurement that was repeated, in the order in which they were measured. */
export function each(values: readonly number[], digits = 0): string {
  return values.map((value) => value.toFixed(digits)).join(' · ')
}
