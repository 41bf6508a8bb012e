import { parseDuration } from '../process/duration.ts'

/** Milliseconds to wait after the first attempt, the second, and so on. After the last one the delivery has failed. Empty: no retries. */
export type RetrySchedule = readonly number[]

const LONGEST_MS = 30 * 86_400_000
const MOST_RETRIES = 100
const LONGEST_RETRY_AFTER_MS = 86_400_000
const JITTER = 0.2
/** A throttled delivery waits for at least this part of its age. */
const THROTTLED_PER_AGE = 0.1

/** @param text such as `5s,30s,2m`, or empty for no retries @returns the schedule; or what is wrong, as a text that follows the name of the setting */
export function parseRetrySchedule(text: string): RetrySchedule | string {
  if (text.trim() === '') return []
  const delays = text.split(',').map((delay) => parseDuration(delay) ?? Number.NaN)
  if (delays.length > MOST_RETRIES) return `must have at most ${MOST_RETRIES} delays; it has ${delays.length}`
  const isDelay = (delay: number) => delay > 0 && delay <= LONGEST_MS
  if (delays.every(isDelay)) return delays
  return 'must be a comma-separated list of delays of up to 30d, each a number with ms, s, m, h or d, such as 5s,30s,2m, or empty for no retries'
}

/** @param failures how many attempts of the schedule have failed @returns how many it still has */
export function attemptsLeft(failures: number, schedule: RetrySchedule): number {
  return Math.max(0, schedule.length + 1 - failures)
}

/** An attempt that failed. */
export interface FailedAttempt {
  /** How many attempts of the schedule had failed before it. */
  readonly failures: number
  /** Milliseconds since the delivery was created or last replayed. */
  readonly ageMs: number
  readonly statusCode: number | null
  /** The least delay that the receiver asked for, of which at most 24 hours count; null if it asked for none. */
  readonly retryAfterMs: number | null
}

/**
 * What follows a failed attempt. The delays vary, so that deliveries that failed together are not retried together. An attempt that was
 * throttled (429 with `Retry-After`) uses up nothing of the schedule, until the delivery is as old as all delays of the schedule together.
 * @param random returns a number from 0 to 1, as `Math.random` does
 * @returns how many attempts of the schedule have failed now; and milliseconds from the end of the failed attempt to the next one,
 *   `undefined` if no attempts are left
 */
export function afterFailure(
  failed: FailedAttempt,
  schedule: RetrySchedule,
  random: () => number = Math.random,
): { readonly failures: number; readonly delay: number | undefined } {
  const { ageMs, statusCode, retryAfterMs } = failed
  const asked = Math.max(0, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS))
  const vary = (delay: number) => Math.round(delay * (1 - JITTER + 2 * JITTER * random()))
  const isThrottled = statusCode === 429 && retryAfterMs !== null && ageMs < total(schedule)
  if (isThrottled) {
    // Longer and longer, so that an endpoint that always says `Retry-After: 0` gets about a hundred attempts, not one every few seconds.
    const least = Math.max(vary(schedule[0] ?? 0), ageMs * THROTTLED_PER_AGE)
    return { failures: failed.failures, delay: Math.round(Math.max(least, asked * (1 + JITTER * random()))) }
  }
  const failures = failed.failures + 1
  const delay = schedule[failures - 1]
  return { failures, delay: delay === undefined ? undefined : Math.max(vary(delay), asked) }
}

function total(schedule: RetrySchedule): number {
  return schedule.reduce((sum, delay) => sum + delay, 0)
}
