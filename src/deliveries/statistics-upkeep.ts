import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { now } from './claim-sql.ts'
import { classOf } from './duration-histogram.ts'

/** Tallies that one statement adds, unless they have more webhooks than this together: a tally may have some hundred. */
const TALLIES = 500
const WEBHOOKS = 20_000
const BATCH = 1_000
/** The advisory lock of the gateway that adds tallies. */
const LOCK = 0x62616773
/** For how long statistics are kept: a day of minutes and 30 days of hours can always be asked for, from a whole minute or day on. */
const KEPT: Readonly<Record<60 | 3_600, string>> = { 60: '25 hours', 3600: '31 days 1 hour' }

/** Adds tallies to the statistics, and removes old statistics. */
export function createStatisticsUpkeep({ database }: { database: Database }) {
  return {
    /**
     * Adds what was noted so far to its minutes and hours, and removes it, in one statement a batch. Only one gateway does so at a time:
     * others find nothing to do.
     * @param signal aborts when it shall stop after the batch
     * @returns how many tallies were added
     */
    async add(signal?: AbortSignal): Promise<number> {
      let added = 0
      for (let after = 0n; !signal?.aborted; ) {
        const [batch] = await database.$queryRaw<[{ last: bigint | null; count: number }]>(addition(after))
        added += batch.count
        if (batch.last === null) break
        after = batch.last
      }
      return added
    },

    /** @returns how many rows were removed */
    async prune(): Promise<number> {
      let removed = 0
      for (const [seconds, age] of Object.entries(KEPT)) {
        removed += await inBatches(
          BATCH,
          () => database.$executeRaw`
            delete from webhook_statistics where ctid = any(array(
              select ctid from webhook_statistics where seconds = ${Number(seconds)}::int and at < ${now} - ${age}::interval
              order by at limit ${BATCH} for update skip locked))`,
        )
      }
      return removed
    },
  }
}

/**
 * Each webhook counts six times: in its minute and in its hour, for its bot agent, for all bot agents of the application together, and
 * for all of the license.
 * @param after the last tally of the batch before
 */
function addition(after: bigint): Prisma.Sql {
  return Prisma.sql`
    with taken as materialized (
      delete from webhook_tally where id = any(array(
        select id from (
          select id, sum(webhooks) over (order by id) - webhooks as before from (
            select id, cardinality(bot_agent_ids) as webhooks from webhook_tally
            where id > ${after} and (select pg_try_advisory_xact_lock(${LOCK})) order by id limit ${TALLIES}
          ) next
        ) next where before < ${WEBHOOKS}))
      returning *
    ), folded as (
      -- Webhooks that count alike become one row first: what follows sorts its rows six times.
      select license_id, client_id, bot_agent_id, date_trunc('minute', at, 'UTC') as minute, date_trunc('hour', at, 'UTC') as hour, kind,
        error, case when duration is not null then ${classOf(Prisma.sql`duration`)} end as duration, is_retried,
        count(*) as webhooks, max(at) as noted_at
      from taken cross join lateral
        unnest(bot_agent_ids, errors, durations, retried) as one(bot_agent_id, error, duration, is_retried)
      group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), counted as (
      select license_id, coalesce(client_id, '') as client_id, coalesce(bot_agent_id, '') as bot_agent_id,
        case when minute is null then 3600 else 60 end as seconds, coalesce(minute, hour) as at,
        ${webhooksOf(Prisma.sql`kind = 'MATCHED'`)} as matched, ${webhooksOf(Prisma.sql`kind = 'HELD'`)} as held,
        ${webhooksOf(Prisma.sql`kind = 'ATTEMPTED' and error is null`)} as delivered, ${webhooksOf(Prisma.sql`error is not null`)} as failed,
        ${webhooksOf(Prisma.sql`is_retried`)} as retried,
        array_agg(error) filter (where error is not null) as errors,
        array_agg(webhooks) filter (where error is not null) as webhooks_of_errors,
        array_agg(duration) filter (where duration is not null) as durations,
        array_agg(webhooks) filter (where duration is not null) as webhooks_of_durations,
        ${lastUntil(Prisma.sql`kind = 'ATTEMPTED' and error is null`)} as last_success_at,
        ${lastUntil(Prisma.sql`error is not null`)} as last_failure_at
      from folded
      group by grouping sets (
        (license_id, client_id, bot_agent_id, minute), (license_id, client_id, minute), (license_id, minute),
        (license_id, client_id, bot_agent_id, hour), (license_id, client_id, hour), (license_id, hour))
    ), added as (
      insert into webhook_statistics as known (license_id, client_id, bot_agent_id, seconds, at, matched, held, delivered, failed, retried,
        failures, durations, last_success_at, last_failure_at)
      select license_id, client_id, bot_agent_id, seconds, at, matched, held, delivered, failed, retried,
        case when errors is null then '{}' else array(
          select coalesce(sum(webhooks), 0)::int from unnest(enum_range(null::webhook_attempt_error)) with ordinality as each(error, place)
          left join unnest(errors, webhooks_of_errors) as given(error, webhooks) on given.error = each.error group by place order by place) end,
        array(
          select coalesce(sum(webhooks), 0)::int from generate_series(1, (select max(class) from unnest(durations) as given(class))) as each(class)
          left join unnest(durations, webhooks_of_durations) as given(class, webhooks) on given.class = each.class
          group by each.class order by each.class),
        case when seconds = 3600 then coalesce(last_success_at, previous.success_at) end,
        case when seconds = 3600 then coalesce(last_failure_at, previous.failure_at) end
      from counted left join lateral (
        select last_success_at as success_at, last_failure_at as failure_at from webhook_statistics earlier
        where earlier.license_id = counted.license_id and earlier.bot_agent_id = counted.bot_agent_id and earlier.seconds = 3600
          and earlier.at < counted.at and earlier.client_id = counted.client_id
        order by earlier.at desc limit 1
      ) previous on counted.seconds = 3600
      on conflict (license_id, bot_agent_id, seconds, at, client_id) do update set
        matched = known.matched + excluded.matched, held = known.held + excluded.held, delivered = known.delivered + excluded.delivered,
        failed = known.failed + excluded.failed, retried = known.retried + excluded.retried,
        failures = ${sumOf('failures')}, durations = ${sumOf('durations')},
        last_success_at = greatest(known.last_success_at, excluded.last_success_at),
        last_failure_at = greatest(known.last_failure_at, excluded.last_failure_at)
    )
    select max(id) as last, count(*)::int as count from taken`
}

/** How many webhooks of a group there were. */
function webhooksOf(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce(sum(webhooks) filter (where ${condition}), 0)::int`
}

/** When something was last noted, in the minutes or hours of the batch up to this one. */
function lastUntil(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`max(max(noted_at) filter (where ${condition})) over (
    partition by license_id, client_id, bot_agent_id, minute is null order by coalesce(minute, hour))`
}

/** Adds two arrays of counts, place by place. */
function sumOf(column: 'failures' | 'durations'): Prisma.Sql {
  const [known, excluded] = [Prisma.raw(`known.${column}`), Prisma.raw(`excluded.${column}`)]
  return Prisma.sql`array(
    select coalesce(one, 0) + coalesce(other, 0) from unnest(${known}, ${excluded}) with ordinality as counts(one, other, place) order by place)`
}
