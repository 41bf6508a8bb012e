import { parseDuration } from '../process/duration.ts'

/** Milliseconds to wait after the first attempt, the second, and so on. After the last one the delivery has failed. */
export type RetrySchedule = readonly number[]

const LONGEST_MS = 30 * 86_400_000
const MOST_RETRIES = 100
const LONGEST_RETRY_AFTER_MS = 86_400_000
const JITTER = 0.2

/** @param text such as `5s,30s,2m` @returns the schedule; or what is wrong, as a text that follows the name of the setting */
export function parseRetrySchedule(text: string): RetrySchedule | string {
  const delays = text.split(',').map((delay) => parseDuration(delay) ?? Number.NaN)
  if (delays.length > MOST_RETRIES) return `must have at most ${MOST_RETRIES} delays; it has ${delays.length}`
  const isDelay = (delay: number) => delay > 0 && delay <= LONGEST_MS
  if (delays.every(isDelay)) return delays
  return 'must be a comma-separated list of delays of up to 30d, each a number with ms, s, m, h or d, such as 5s,30s,2m'
}

/**
 * The delays vary by 20 %, so that deliveries that failed together are not retried together.
 * @param failures how many attempts of the schedule have failed, including the last one: from 1
 * @param options.random returns a number from 0 to 1, as `Math.random` does
 * @param options.retryAfterMs the minimum delay that the receiver asked for, of which at most 24 hours count; null if it asked for none
 * @returns milliseconds from the end of the failed attempt to the next one; `undefined` if no attempts are left
 */
export function delayBefore(
  failures: number,
  schedule: RetrySchedule,
  { random = Math.random, retryAfterMs }: { random?: () => number; retryAfterMs?: number | null } = {},
): number | undefined {
  const delay = schedule[failures - 1]
  if (delay === undefined) return undefined
  const varied = Math.round(delay * (1 - JITTER + 2 * JITTER * random()))
  return Math.max(varied, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS))
}
