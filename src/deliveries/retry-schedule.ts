import { parseDuration } from '../process/duration.ts'

/** Milliseconds to wait after the first attempt, the second, and so on; then no more are made. */
export type RetrySchedule = readonly number[]

const LONGEST_MS = 30 * 86_400_000
const MOST_RETRIES = 100
const LONGEST_RETRY_AFTER_MS = 86_400_000
const JITTER = 0.2

/** A schedule as settings write it, such as `5s,30s,2m`; or what is wrong, as it goes on behind the setting's name. */
export function parseRetrySchedule(text: string): RetrySchedule | string {
  const delays = text.split(',').map((delay) => parseDuration(delay) ?? Number.NaN)
  if (delays.length > MOST_RETRIES) return `must have at most ${MOST_RETRIES} delays; it has ${delays.length}`
  const isDelay = (delay: number) => delay > 0 && delay <= LONGEST_MS
  if (delays.every(isDelay)) return delays
  return 'must be delays of up to 30d with commas between them, each a number with ms, s, m, h or d, such as 5s,30s,2m'
}

/**
 * Milliseconds from the end of a failed attempt to the next one; `undefined` when the attempts are used up.
 * They vary by 20 %, so that what failed together does not come back together.
 * @param failures the attempts of the schedule that have failed, the last one included: from 1
 * @param options.random from 0 to 1, as `Math.random` is
 * @param options.retryAfterMs what the receiver asked for, null if nothing: the least delay, but up to 24 hours alone
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
