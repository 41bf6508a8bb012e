import {
  WebhookAttemptError as errors,
  type WebhookAttemptError,
  type WebhooksState,
} from '../database/client/client.ts'
import type { Reader, ReadStatement } from '../database/reader.ts'
import type { Reach } from '../identity/reach.ts'
import { intervals, type StatisticsRange } from './webhook-statistics.ts'

/** The sums of a bucket in which there was anything. */
export interface StatisticsRow {
  readonly from: Date
  readonly matched: number
  readonly delivered: number
  readonly failed: number
  readonly retried: number
  readonly held: number
  /** In the order of `attemptErrors`; null: none. */
  readonly failures: readonly number[] | null
  /** By class: see duration-histogram.ts. */
  readonly durations: readonly number[] | null
}

/** In the place of an id in the rows of all bot agents of an application, and of all applications of a license, together. */
const TOGETHER = ''

/** In the order of the enum in the database. */
export const attemptErrors = Object.values(errors) as readonly WebhookAttemptError[]

/** The rows of a bot agent that has none at the moment say nothing of its health. */
export interface HealthRow {
  readonly place: number
  readonly state: WebhooksState
  readonly since: Date
  readonly failuresInARow: number
  readonly nextProbeAt: Date | null
  readonly lastSuccessAt: Date | null
  readonly lastFailureAt: Date | null
  readonly delivered: number
  readonly failed: number
}

const summed = (column: 'failures' | 'durations') => `(
  select bucket, array_agg(count order by place) as ${column} from (
    select bucket, place, sum(count)::int as count
    from found cross join lateral unnest(${column}) with ordinality as one(count, place) group by bucket, place
  ) placed group by bucket
) ${column}`

const buckets: ReadStatement = {
  name: 'webhook statistics',
  text: `with found as materialized (
      select date_trunc($6, at, 'UTC') as bucket, matched, delivered, failed, retried, held, failures, durations from webhook_statistics
      where license_id = $1 and client_id = coalesce($2, client_id) and bot_agent_id = any($3::text[]) and seconds = $7::int
        and at >= $4::timestamptz and at < $5::timestamptz
    )
    select bucket as from, matched, delivered, failed, retried, held, failures, durations
    from (
      select bucket, sum(matched)::int as matched, sum(delivered)::int as delivered, sum(failed)::int as failed, sum(retried)::int as retried,
        sum(held)::int as held
      from found group by bucket
    ) sums left join ${summed('failures')} using (bucket) left join ${summed('durations')} using (bucket)
    order by bucket`,
}

/** The row of the newest hour has the last times, and of those before only what became known late. */
const health: ReadStatement = {
  name: 'health of webhooks',
  text: `select place::int, webhooks_state as state,
      coalesce(webhooks_state_since, webhooks_failing_since, created_at) as since, webhooks_failures as "failuresInARow",
      case when webhooks_state = 'PAUSED' then webhooks_paused_until end as "nextProbeAt",
      greatest(newest.last_success_at, lately.last_success_at) as "lastSuccessAt",
      greatest(newest.last_failure_at, lately.last_failure_at) as "lastFailureAt",
      coalesce(delivered, 0) as delivered, coalesce(failed, 0) as failed
    -- Within a select, so that the planner does not see how long the lists are, and keeps one plan.
    from unnest((select $1::text[]), (select $2::int[])) with ordinality as wanted(id, license_id, place)
    cross join lateral (
      select * from bot_agent where bot_agent.id = wanted.id and bot_agent.license_id = wanted.license_id offset 0
    ) bot_agent
    left join lateral (
      select last_success_at, last_failure_at from webhook_statistics
      where license_id = wanted.license_id and bot_agent_id = wanted.id and seconds = 3600 order by at desc limit 1
    ) newest on true
    left join lateral (
      select max(last_success_at) as last_success_at, max(last_failure_at) as last_failure_at, sum(delivered)::int as delivered,
        sum(failed)::int as failed
      from webhook_statistics
      where license_id = wanted.license_id and bot_agent_id = wanted.id and seconds = 3600
        and at > (select clock_timestamp() - interval '24 hours')
    ) lately on true
    where webhooks_state is not null`,
}

export function createWebhookStatisticsStore({ reader }: { reader: Reader }) {
  return {
    /** @param botAgentIds absent: all of the reach together @returns the buckets in which there was anything, in order */
    buckets(
      { licenseId, clientId }: Reach,
      botAgentIds: readonly string[] | undefined,
      range: StatisticsRange,
    ): Promise<StatisticsRow[]> {
      const { from, to, interval } = range
      const unit = interval.toLowerCase()
      const { seconds } = intervals[interval]
      const application = clientId ?? (botAgentIds ? null : TOGETHER)
      const rowsOf = botAgentIds ?? [TOGETHER]
      return reader.rows<StatisticsRow>(buckets, [licenseId, application, rowsOf, from, to, unit, seconds])
    },

    /** @returns a row for each of the bot agents that has webhooks */
    health(botAgents: readonly { readonly id: string; readonly licenseId: number }[]): Promise<HealthRow[]> {
      return reader.rows<HealthRow>(health, [
        botAgents.map(({ id }) => id),
        botAgents.map(({ licenseId }) => licenseId),
      ])
    },
  }
}
