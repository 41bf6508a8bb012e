import { RequestError } from '../contract/request-error.ts'
import type { WebhookAttemptError, WebhooksState } from '../database/client/client.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * What can be asked for, in milliseconds: how long a bucket is, how far back it goes, and how long before `to` it begins if `from` is not
 * given. `seconds` is the length of the rows that a bucket is the sum of.
 */
export const intervals = {
  MINUTE: { length: MINUTE, reach: DAY, usual: HOUR, seconds: 60, within: 'the last 24 hours' },
  HOUR: { length: HOUR, reach: 30 * DAY, usual: DAY, seconds: 3_600, within: 'the last 30 days' },
  DAY: { length: DAY, reach: 30 * DAY, usual: 30 * DAY, seconds: 3_600, within: 'the last 30 days' },
} as const
export type StatisticsInterval = keyof typeof intervals

/** Rows that one query may add up: those of 50 bot agents for 30 days, or of 25 for a day of minutes. */
const MOST_ROWS = 37_500

/** Buckets that follow one another, the first of which begins at `from`. */
export interface StatisticsRange {
  readonly interval: StatisticsInterval
  readonly from: Date
  /** Not part of the last one. */
  readonly to: Date
}

export interface WebhookErrorCount {
  readonly error: WebhookAttemptError
  readonly count: number
}

/** What became of webhooks in a time. */
export interface WebhookStatisticsBucket {
  readonly from: Date
  readonly to: Date
  readonly matched: number
  readonly delivered: number
  readonly failed: number
  readonly retried: number
  readonly held: number
  /** Only errors that there were. */
  readonly failuresByError: readonly WebhookErrorCount[]
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

/** How the webhooks of a bot agent fare. */
export interface WebhooksHealth {
  readonly state: WebhooksState
  readonly since: Date
  readonly lastSuccessAt: Date | null
  readonly lastFailureAt: Date | null
  readonly failuresInARow: number
  readonly nextProbeAt: Date | null
  /** Percent. */
  readonly failureRate24h: number | null
}

interface GivenRange {
  readonly interval: StatisticsInterval
  readonly from?: Date | null | undefined
  readonly to?: Date | null | undefined
}

/**
 * Reads the time that statistics are asked for. Buckets begin at whole minutes, hours or days of UTC, and those that the time cuts are
 * whole. What is yet to come is left out.
 * @throws RequestError BAD_USER_INPUT
 */
export function statisticsRange({ interval, from, to }: GivenRange, now: Date): StatisticsRange {
  const { length, reach, usual, within } = intervals[interval]
  const down = (time: number) => Math.floor(time / length) * length
  const end = Math.min(to?.getTime() ?? now.getTime(), down(now.getTime()) + length)
  // The bucket that was under way then is kept as well, and the clock of the caller may be behind.
  const earliest = down(now.getTime() - reach) - MINUTE
  const begin = from?.getTime() ?? Math.max(end - usual, earliest)
  const first = Math.min(begin, end)
  if (first < earliest) {
    const given = new Date(first).toISOString()
    throw new RequestError(
      'BAD_USER_INPUT',
      `Statistics by ${interval} are kept for ${within}; they are asked for from ${given}. Ask for a later time, or a longer \`interval\`.`,
    )
  }
  if (begin >= end) {
    throw new RequestError('BAD_USER_INPUT', '`from` must be before `to`, and not in the future.')
  }
  return { interval, from: new Date(down(begin)), to: new Date(down(end - 1) + length) }
}

/** @returns how many buckets a range has */
export function bucketsOf({ interval, from, to }: StatisticsRange): number {
  return (to.getTime() - from.getTime()) / intervals[interval].length
}

/** @returns at least as many buckets as there will be: for the cost of an operation, before its arguments are checked */
export function mostBucketsOf({ interval, from, to }: GivenRange, now: Date): number {
  try {
    return bucketsOf(statisticsRange({ interval, from, to }, now)) + 1
  } catch {
    return 1
  }
}

/** @throws RequestError BAD_USER_INPUT if this many bot agents have too many rows in the range */
export function demandFewRows(range: StatisticsRange, botAgents: number): void {
  const each = (range.to.getTime() - range.from.getTime()) / 1_000 / intervals[range.interval].seconds
  if (botAgents * each <= MOST_ROWS) return
  throw new RequestError(
    'BAD_USER_INPUT',
    `\`botAgentIds\` names ${botAgents} bot agents, and that is too many for so long a time: it may name ${Math.floor(MOST_ROWS / each)}. Omit it for all of them together, or ask for less time.`,
  )
}
