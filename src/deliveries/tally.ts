import { Prisma } from '../database/client/client.ts'

/*
 * Parts of statements that note what becomes of webhooks, for the statistics: see docs/decisions/statistics.md. Each adds a row for each
 * application, in the commit of what it counts. It locks nothing that others use.
 *
 * `from` names a part of the statement that returns `reportedColumns`.
 */

/** Notes deliveries that were made. */
export function matchedTallied(from: string): Prisma.Sql {
  return Prisma.sql`
    insert into webhook_tally (license_id, client_id, kind, bot_agent_ids)
    select license_id, client_id, 'MATCHED', array_agg(bot_agent_id) from ${Prisma.raw(from)} group by license_id, client_id`
}

/**
 * Notes those of the deliveries that are HELD.
 * @param only a condition: which of them were not HELD before, and are no pings; absent: all
 */
export function heldTallied(from: string, only: Prisma.Sql = Prisma.sql`true`): Prisma.Sql {
  return Prisma.sql`
    insert into webhook_tally (license_id, client_id, kind, bot_agent_ids)
    select license_id, client_id, 'HELD', array_agg(bot_agent_id) from ${Prisma.raw(from)}
    where state = 'HELD' and ${only} group by license_id, client_id`
}

/**
 * Notes attempts, except those of pings.
 * @param from also returns `ping` and `error`
 * @param options.duration the milliseconds that an attempt took; null: not known
 */
export function attemptsTallied(from: string, { duration }: { duration: Prisma.Sql }): Prisma.Sql {
  return Prisma.sql`
    insert into webhook_tally (license_id, client_id, kind, bot_agent_ids, errors, durations, retried)
    select license_id, client_id, 'ATTEMPTED', array_agg(bot_agent_id), array_agg(error), array_agg(${duration}),
      array_agg(error is not null and state = 'PENDING')
    from ${Prisma.raw(from)} where not ping group by license_id, client_id`
}
