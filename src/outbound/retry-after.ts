/**
 * Reads `Retry-After`, which is seconds or a date.
 * @param values of all headers with this name
 * @param now when the response came, in milliseconds
 * @returns milliseconds from then, 0 if the time has passed; null if it is neither
 */
export function retryAfterOf(values: readonly string[], now: number): number | null {
  const value = values.join(', ')
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, Number.MAX_SAFE_INTEGER)
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)
  const time = isDate ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) : Number.NaN
  return Number.isNaN(time) ? null : Math.max(0, time - now)
}
