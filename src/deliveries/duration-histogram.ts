import { Prisma } from '../database/client/client.ts'

/**
 * Durations are counted in classes, each 1.2 times as long as the one before. Class 1 begins at 1 ms, and the last one has all that took
 * five hours or more. A duration is told as the middle of its class, so it is wrong by at most 10 %, or 1 ms.
 */
const RATIO = 1.2
const MOST = 93

/** @returns the class of a duration in milliseconds, from 1 */
export function classOf(milliseconds: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`least(${MOST}::int, 1 + floor(ln(greatest(${milliseconds}, 1)::float8) / ln(${RATIO}::float8))::int)`
}

/**
 * @param counts how many durations are in each class, from class 1
 * @param share from 0 to 1
 * @returns the milliseconds that at least this share of them took at most; null if there are none
 */
export function percentile(counts: readonly number[], share: number): number | null {
  const rank = Math.ceil(share * counts.reduce((sum, count) => sum + count, 0))
  if (rank === 0) return null
  let seen = 0
  const place = counts.findIndex((count) => {
    seen += count
    return seen >= rank
  })
  return Math.round(RATIO ** (place + 0.5))
}
