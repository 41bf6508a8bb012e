import { Prisma } from '../database/client/client.ts'
import type { StatementChange } from '../feed/change.ts'

/** The columns of a delivery that `feedEntries` reads. */
export const reportedColumns = Prisma.sql`delivery.id, delivery.license_id, delivery.client_id, delivery.bot_agent_id, delivery.state,
  delivery.attempt_count, delivery.replayed_at`

/**
 * Adds an entry to the feed for each delivery in a part of the statement, with its current state.
 * @param change the change that the statement belongs to: it wakes the feed
 * @param from the name of the part, which returns `reportedColumns`; may have a `where`
 * @param options.attempt the column of that part with the number of the attempt to report; absent if there is none
 * @param options.if is asked after the commit whether there were any; absent: the feed is woken in any case
 */
export function feedEntries(
  change: StatementChange,
  from: string,
  { attempt = 'null', ...options }: { attempt?: 'attempt_count' | 'null'; if?: () => boolean } = {},
): Prisma.Sql {
  change.appended({ if: options.if ?? (() => true) })
  return Prisma.sql`
    insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
    select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
      jsonb_build_object('deliveryId', id, 'state', state, 'attempt', ${Prisma.raw(attempt)}, 'attempts', attempt_count,
        'replayed', replayed_at is not null)
    from ${Prisma.raw(from)}`
}

/**
 * Runs a statement that ends with the feed entries that it adds, and wakes the feed only if it added any.
 * @param statement gets `feedEntries` of its change
 * @returns how many entries it added
 */
export async function report(
  change: StatementChange,
  statement: (entries: (from: string) => Prisma.Sql) => Prisma.Sql,
): Promise<number> {
  let added = 0
  const entries = (from: string) => feedEntries(change, from, { if: () => added > 0 })
  added = await change.transaction.$executeRaw(statement(entries))
  return added
}
