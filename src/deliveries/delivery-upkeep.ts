import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { now } from './claim-sql.ts'

const BATCH = 500

/**
 * Removes what is older than the retention, in small transactions.
 * @param options.retention milliseconds for which a delivery is kept after it has ended
 */
export function createDeliveryUpkeep(options: { database: Database; retention: number }) {
  const { database } = options
  const age = options.retention / 1_000

  const removals = [
    // Pending deliveries are never removed: they have no `finished_at`, and are not HELD.
    () => database.$executeRaw`
      delete from webhook_delivery where id in (
        select id from webhook_delivery
        where finished_at < clock_timestamp() - ${age} * interval '1 second' and state <> 'PENDING'
        limit ${BATCH} for update skip locked)`,
    () => database.$executeRaw`
      delete from webhook_delivery where id in (
        select id from webhook_delivery
        where finished_at is null and state = 'HELD' and created_at < clock_timestamp() - ${age} * interval '1 second'
        limit ${BATCH} for update skip locked)`,
  ]

  return {
    /** @returns how many rows were removed */
    async prune(): Promise<number> {
      let removed = 0
      for (const remove of removals) removed += await inBatches(BATCH, remove)
      return removed
    },

    /**
     * Makes the first delivery of each chat due that waits for one that has ended: if a gateway dies, or the delivery was locked, nobody
     * else does. @returns how many
     */
    resumeChats(): Promise<number> {
      return inBatches(
        BATCH,
        () => database.$executeRaw`
          update webhook_delivery set next_attempt_at = clock_timestamp()
          where id in (
            select id from webhook_delivery first
            where state = 'PENDING' and next_attempt_at is null and not exists (
              select from webhook_delivery earlier
              where earlier.bot_agent_id = first.bot_agent_id and earlier.chat_id = first.chat_id and earlier.number < first.number
                and earlier.state = 'PENDING' and earlier.in_order)
            limit ${BATCH} for update skip locked)`,
      )
    },

    /** @returns how many deliveries are due and not yet sent, at most 10,000, including those of paused bot agents */
    async due(): Promise<number> {
      const [row] = await database.$queryRaw<[{ due: number }]>`
        select count(*)::int as due from (
          select from webhook_delivery where state = 'PENDING' and not ping and next_attempt_at <= ${now} limit 10000) due`
      return row.due
    },
  }
}
