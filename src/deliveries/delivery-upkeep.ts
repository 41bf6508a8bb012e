import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import type { Changes } from '../feed/change.ts'
import { cancel, hold, isFree, report } from './delivery-sql.ts'

const BATCH = 500

/**
 * Removes what is older than the retention, in small transactions, and cancels what can't be sent any more.
 * @param options.retention milliseconds for which a delivery is kept after it has ended
 */
export function createDeliveryUpkeep(options: { database: Database; changes: Changes; retention: number }) {
  const { database, changes } = options
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

    /** Holds deliveries that were written at the moment when the webhooks of their bot agent were disabled. @returns how many */
    holdDisabled(): Promise<number> {
      const locked = Prisma.sql`
        select delivery.id from webhook_delivery delivery join bot_agent on bot_agent.id = delivery.bot_agent_id
        where delivery.state = 'PENDING' and not ping and webhooks_state = 'DISABLED' and ${isFree}
        limit ${BATCH} for update of delivery skip locked`
      return changes.commitStatement((change) =>
        report(change, (entries) => Prisma.sql`with held as (${hold(locked)}) ${entries('held')}`),
      )
    },

    /** Cancels deliveries that were created at the moment when their bot agent was removed. @returns how many */
    cancelOrphans(): Promise<number> {
      const locked = Prisma.sql`
        select delivery.id from webhook_delivery delivery
        left join bot_agent on bot_agent.id = delivery.bot_agent_id and webhooks_url is not null
        where delivery.state in ('PENDING', 'HELD') and bot_agent.id is null
        limit ${BATCH} for update of delivery skip locked`
      return changes.commitStatement((change) => cancel(change, locked))
    },
  }
}
