import { randomUUID } from 'node:crypto'
import { Prisma, type WebhookAttemptError, type WebhookDeliveryState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Changes } from '../feed/change.ts'
import { claimStatement, now } from './claim-sql.ts'
import type { Claimed } from './claimed.ts'
import { DeliverySession } from './delivery-session.ts'
import { feedEntries, reportedColumns } from './delivery-sql.ts'
import { gaveUpParts } from './gave-up.ts'
import type { Asked, LaneState } from './lanes.ts'
import type { RetrySchedule } from './retry-schedule.ts'
import type { StoredDetail } from './stored-detail.ts'
import { attemptsTallied, heldTallied } from './tally.ts'
import type { Noticed, WebhooksNotices } from './webhooks-notices.ts'

/** Lanes that one statement of a walk looks at. */
const WALKED_AT_ONCE = 1_000

/** The result of an attempt, and what becomes of its delivery. */
export interface Outcome {
  readonly id: string
  readonly claimId: string
  /** How many attempts it had before. An outcome whose answer got lost is not written twice. */
  readonly attemptCount: number
  /** Where the attempt went. */
  readonly url: string
  readonly state: WebhookDeliveryState
  readonly failures: number
  /** As it was claimed. */
  readonly replay: boolean
  readonly replayedMs: string | null
  /** Milliseconds to the next attempt, for PENDING. */
  readonly delay: number | null
  readonly startedAt: Date
  readonly durationMs: number
  readonly statusCode: number | null
  readonly error: WebhookAttemptError | null
  readonly responseBody: string | null
  readonly responseBodyCut: boolean
  /** Null if no request could be made. */
  readonly detail: StoredDetail | null
}

/** What became of an outcome. */
export interface Written {
  readonly id: string
  /**
   * LOCKED: somebody holds a lock on the delivery; try again. GONE: the delivery was cancelled, or another gateway has taken it over;
   * the outcome counts no more.
   */
  readonly as: 'WRITTEN' | 'LOCKED' | 'GONE'
  /** Milliseconds until it is due again; null if it is not. */
  readonly dueInMs: number | null
  /** Whether the destination was known to be in trouble. */
  readonly troubled: boolean
  /** Null unless its attempts are used up. */
  readonly gaveUp: Noticed | null
}

/** Whether a delivery still waits for its outcome: it belongs to the claim, and was not attempted, cancelled or taken over since. */
const stillWaits = Prisma.sql`delivery.id = outcome.id and delivery.state in ('PENDING', 'HELD')
  and delivery.attempt_count = outcome."attemptCount" and outcome."claimId" = any(array(select id from claim))`

/** Each byte is parsed by the server, and what is not given is null there. */
function withoutNulls(outcome: Outcome) {
  const { replayedMs, delay, statusCode, error, responseBody, detail } = outcome
  return {
    ...outcome,
    replayedMs: replayedMs ?? undefined,
    delay: delay ?? undefined,
    statusCode: statusCode ?? undefined,
    error: error ?? undefined,
    responseBody: responseBody ?? undefined,
    detail: detail ?? undefined,
  }
}

/** The deliveries as a queue: a row is both record and job. What claims and writes goes through the session of a worker. */
export type DeliveryQueue = ReturnType<typeof createDeliveryQueue>

/**
 * @param options.database for what may take long, and for which no session is needed
 * @param options.notices is told which deliveries were given up
 * @param options.schedule how a delivery is retried that was under way when its gateway died, twice in a row */
export function createDeliveryQueue(options: {
  database: Database
  changes: Changes
  notices: WebhooksNotices
  schedule: RetrySchedule
}) {
  const { database, changes, notices, schedule } = options
  return {
    /**
     * Claims what is due in the lanes that are asked, within the shares. See claim-sql.ts.
     * @param limits.all how many deliveries @param limits.bytes how many bytes of data
     * @param limits.claimed the ids that are claimed from these lanes already
     */
    async claim(
      session: DeliverySession,
      asked: readonly Asked[],
      limits: Parameters<typeof claimStatement>[2],
    ): Promise<{ claimed: Claimed[]; lanes: LaneState[] }> {
      const claim = { id: randomUUID(), worker: session.worker }
      const claimedAt = performance.now()
      const rows = await session.query<ClaimRow>(claimStatement(claim, asked, limits), 'claim')
      const data = new Map<string, string>()
      for (const row of rows) if (row.data !== null && row.chatEventId) data.set(row.chatEventId, row.data)
      const lanes = new Map(rows.map((row) => [row.botAgentId, row]))
      return {
        claimed: rows.filter(isClaimed).map((row) => ({
          ...row,
          claimId: claim.id,
          claimedAt,
          data: (row.chatEventId ? data.get(row.chatEventId) : row.data) ?? '{}',
        })),
        lanes: [...lanes.values()],
      }
    },

    /**
     * Writes outcomes: attempt, delivery and feed entry in one commit. A delivery that was replayed in the meantime is due again.
     * @param done claims of which everything is written
     */
    async complete(
      session: DeliverySession,
      outcomes: readonly Outcome[],
      done: readonly string[],
    ): Promise<Written[]> {
      const written = await changes.commitStatement((change) =>
        session.query<Written>(
          Prisma.sql`
          with outcome as materialized (
            select * from json_to_recordset(${JSON.stringify(outcomes.map(withoutNulls))}::json) as outcome(
              id text, "claimId" uuid, "attemptCount" int, url text, state webhook_delivery_state, failures int, delay float8, replay boolean, "replayedMs" bigint,
              "startedAt" timestamptz, "durationMs" int, "statusCode" int, error webhook_attempt_error, "responseBody" text,
              "responseBodyCut" boolean, detail json)
          ), claim as materialized (
            select id from webhook_claim where id = any(array(select "claimId" from outcome))
          ), locked as materialized (
            select outcome.*, again, was_held, webhooks_failures > 0 or webhooks_state <> 'ACTIVE' as troubled,
              case
                when (again or outcome.state = 'PENDING') and webhooks_state = 'DISABLED' then 'HELD'
                when again then 'PENDING'
                else outcome.state end as next_state
            from outcome
            cross join lateral (
              select bot_agent_id, replayed_at, delivery.state = 'HELD' as was_held
              from webhook_delivery delivery where ${stillWaits} for update skip locked
            ) delivery
            cross join lateral (
              select (extract(epoch from replayed_at) * 1000)::bigint is distinct from "replayedMs" as again) replayed
            left join bot_agent on bot_agent.id = delivery.bot_agent_id
          ), written as (
            update webhook_delivery delivery
            set attempt_count = delivery.attempt_count + 1, url = locked.url, state = next_state, replay = again, interruptions = 0,
              failures = case when again then 0 else locked.failures end,
              last_error = locked.error, last_status_code = locked."statusCode",
              next_attempt_at = case when next_state = 'PENDING'
                then clock_timestamp() + case when again then 0 else delay end * interval '1 millisecond' end,
              finished_at = case when next_state not in ('PENDING', 'HELD') then clock_timestamp() end
            from locked where delivery.id = locked.id
            returning ${reportedColumns}, delivery.ping, was_held, in_order, chat_id, number, "startedAt", "durationMs",
              "statusCode", error, "responseBody", "responseBodyCut", detail, locked.replay as "wasReplay", troubled,
              case when next_state = 'PENDING' then case when again then 0 else delay end end as "dueInMs"
          ), attempt as (
            insert into webhook_attempt (delivery_id, number, started_at, duration_ms, status_code, error, response_body, response_body_cut,
              replay, gateway, detail)
            select id, attempt_count, "startedAt", "durationMs", "statusCode", error, "responseBody", "responseBodyCut", "wasReplay",
              ${session.worker}::int, detail
            from written
          ), tallied as (${attemptsTallied('written', { duration: Prisma.sql`"durationMs"` })}
          ), held as (${heldTallied('written', Prisma.sql`not ping and not was_held`)}
          ), reported as (${feedEntries(change, 'written', { attempt: 'attempt_count' })}), ${gaveUpParts('written')}, next_of_chat as (
            -- Skips what is locked: resumeChats finds it.
            update webhook_delivery set next_attempt_at = clock_timestamp()
            where next_attempt_at is null and id in (
              select following.id from written cross join lateral (
                select id from webhook_delivery later
                where later.bot_agent_id = written.bot_agent_id and later.chat_id = written.chat_id and later.number > written.number
                  and later.state = 'PENDING' and later.in_order
                order by later.number limit 1 for update skip locked
              ) following
              where written.in_order and written.state <> 'PENDING')
          ), finished as (
            delete from webhook_claim where id = any(${[...done]}::uuid[]))
          select outcome.id, "dueInMs", coalesce(troubled, false) as troubled, noticed as "gaveUp",
            case
              when written.id is not null then 'WRITTEN'
              when exists (select from webhook_delivery delivery where ${stillWaits}) then 'LOCKED'
              else 'GONE' end as as
          from outcome left join written on written.id = outcome.id left join gave_up on gave_up.id = written.id`,
          'complete',
        ),
      )
      notices.told(written.flatMap(({ gaveUp }) => gaveUp ?? []))
      return written
    },

    /** Has the server plan the two statements of each batch, so that the first webhooks do not wait for that. */
    async prepare(session: DeliverySession): Promise<void> {
      const nothing = { origin: new Map(), application: new Map(), bytes: new Map() }
      const shares = { all: 0, botAgent: 0, origin: 0, application: 0, bytes: 0 }
      await this.claim(session, [], { shares, room: nothing, all: 0, bytes: 0, claimed: [], pacedFromMs: 0 })
      await this.complete(session, [], [])
    },

    /** Takes deliveries of which no attempt has begun out of their claims: from then on anybody may claim them. */
    async giveUp(session: DeliverySession, given: readonly Pick<Claimed, 'id' | 'claimId'>[]): Promise<void> {
      await session.query(
        Prisma.sql`
          update webhook_claim set (delivery_ids, attempts) = (
            select coalesce(array_agg(id), '{}'), coalesce(array_agg(attempt), '{}')
            from unnest(delivery_ids, attempts) as delivery(id, attempt)
            where id <> all(${given.map(({ id }) => id)}::text[]))
          where id = any(${[...new Set(given.map(({ claimId }) => claimId))]}::uuid[])`,
        'giveUp',
      )
    },

    /** Removes claims of which everything is written. */
    async finish(session: DeliverySession, done: readonly string[]): Promise<void> {
      await session.query(Prisma.sql`delete from webhook_claim where id = any(${[...done]}::uuid[])`, 'finish')
    },

    /** Removes claims of this worker of which it does not know: the answer to them got lost. */
    async forget(session: DeliverySession, known: readonly string[]): Promise<void> {
      await session.query(
        Prisma.sql`delete from webhook_claim where worker = ${session.worker} and id <> all(${[...known]}::uuid[])`,
      )
    },

    /** @returns the workers that have claims, but are not among these */
    async absent(session: DeliverySession, present: readonly number[]): Promise<number[]> {
      const rows = await session.query<{ worker: number }>(
        Prisma.sql`select distinct worker from webhook_claim where worker <> all(${[...present]}::int[])`,
      )
      return rows.map(({ worker }) => worker)
    },

    /**
     * Takes over what these workers had under way, if they have no session. Records each attempt as interrupted: the delivery is due
     * again at once. If the attempt before was interrupted too, the delivery may be what kills gateways: it counts as a failed one.
     */
    async takeOver(session: DeliverySession, workers: readonly number[]): Promise<void> {
      const gaveUp = await changes.commitStatement((change) =>
        session.query<{ noticed: Noticed }>(Prisma.sql`
          with dead as materialized (
            select worker from unnest(${[...workers]}::int[]) as given(worker) where ${DeliverySession.isAbsent(Prisma.sql`worker`)}
          ), claim as (
            delete from webhook_claim where worker in (select worker from dead) returning worker, delivery_ids, attempts
          ), under_way as materialized (
            select worker, unnest(delivery_ids) as id, unnest(attempts) as attempts from claim
          ), locked as materialized (
            select delivery.id, worker, delay, interruptions > 0 as again, ping
            from webhook_delivery delivery join under_way on under_way.id = delivery.id
            cross join lateral (
              select case when not ping then (${[...schedule]}::float8[])[failures + 1] end as delay) retry
            where attempt_count = attempts and state in ('PENDING', 'HELD')
            for update of delivery skip locked
          ), written as (
            update webhook_delivery delivery
            set attempt_count = attempt_count + 1, interruptions = interruptions + 1, failures = failures + again::int,
              last_error = 'INTERRUPTED', last_status_code = null,
              state = case when state = 'PENDING' and again and delay is null then 'FAILED' else state end,
              finished_at = case when state = 'PENDING' and again and delay is null then clock_timestamp() end,
              next_attempt_at = case when state = 'PENDING' and not (again and delay is null)
                then clock_timestamp() + case when again then delay else 0 end * interval '1 millisecond' end
            from locked where delivery.id = locked.id
            returning ${reportedColumns}, delivery.ping, 'INTERRUPTED'::webhook_attempt_error as error,
              null::int as "statusCode", worker
          ), attempt as (
            insert into webhook_attempt (delivery_id, number, started_at, duration_ms, error, replay, gateway)
            select id, attempt_count, clock_timestamp(), 0, error, false, worker from written
          ), tallied as (${attemptsTallied('written', { duration: Prisma.sql`null::int` })}
          ), reported as (${feedEntries(change, 'written', { attempt: 'attempt_count' })}), ${gaveUpParts('written')}
          select noticed from gave_up`),
      )
      notices.told(gaveUp.map(({ noticed }) => noticed))
    },

    /**
     * Walks through the lanes in order, a limited number at a time. The first part of a walk brings the lanes with pings as well. This can
     * take seconds after a large lane was emptied, until PostgreSQL has marked what is dead in the index.
     * @param after the last bot agent of the walk so far; empty: from the beginning
     * @returns for each lane when its first delivery is due, null if all of them wait for earlier ones; and where to go on
     */
    async walk(after: string): Promise<{ lanes: { botAgentId: string; dueInMs: number | null }[]; next: string }> {
      const lanes = await database.$queryRaw<{ botAgentId: string; dueInMs: number | null; isPinged: boolean }[]>(
        Prisma.sql`
          with recursive lane as (
            (select bot_agent_id, next_attempt_at, 1 as place from webhook_delivery
            where state = 'PENDING' and not ping and bot_agent_id > ${after} order by bot_agent_id, next_attempt_at limit 1)
            union all
            (select next.*, place + 1 from lane cross join lateral (
              select bot_agent_id, next_attempt_at from webhook_delivery
              where state = 'PENDING' and not ping and bot_agent_id > lane.bot_agent_id order by bot_agent_id, next_attempt_at limit 1
            ) next where place < ${WALKED_AT_ONCE})
          ), pinged as (
            select distinct bot_agent_id from webhook_delivery where ping and state = 'PENDING' limit ${WALKED_AT_ONCE}
          )
          select bot_agent_id as "botAgentId", extract(epoch from next_attempt_at - ${now})::float8 * 1000 as "dueInMs",
            false as "isPinged"
          from lane
          union all select bot_agent_id, 0, true from pinged where ${after} = ''`,
      )
      const walked = lanes.filter(({ isPinged }) => !isPinged)
      return { lanes, next: walked.length < WALKED_AT_ONCE ? '' : (walked.at(-1)?.botAgentId ?? '') }
    },
  }
}

/** A row of the claim: what belongs to the delivery is null if nothing of the lane was claimed. */
type ClaimRow = LaneState &
  Omit<Claimed, 'id' | 'data' | 'webhooksState' | 'claimId' | 'claimedAt'> & {
    readonly id: string | null
    readonly chatEventId: string | null
    readonly data: string | null
  }

type ClaimedRow = ClaimRow & Pick<Claimed, 'id' | 'webhooksState' | 'origin' | 'application'>

function isClaimed(row: ClaimRow): row is ClaimedRow {
  return row.id !== null
}
