import { randomUUID } from 'node:crypto'
import {
  Prisma,
  type WebhookAttemptError,
  type WebhookDeliveryState,
  type WebhooksState,
} from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

/** How long a claim holds unless it is renewed. Longer than any attempt may take. */
export const LEASE_MS = 30_000
/** How long a former secret key signs beside the present one. */
const FORMER_SECRET_HOURS = 24

/** A delivery that this gateway alone may send, as long as its lease holds. */
export interface Claimed {
  readonly id: string
  readonly leaseId: string
  readonly botAgentId: string
  readonly origin: string
  readonly application: string
  readonly action: WebhookAction
  /** The bot agent's as it is now. */
  readonly url: string
  readonly ping: boolean
  /** Whether this attempt was asked for. */
  readonly replay: boolean
  /** Failed attempts of the schedule so far. */
  readonly failures: number
  /** JSON as text. */
  readonly data: string
  readonly additionalData: string
  /** Encrypted: the one of the body, and those that sign, the present one first. */
  readonly secretKey: Uint8Array
  readonly presentSecretKey: Uint8Array
  readonly formerSecretKey: Uint8Array | null
  readonly webhooksState: WebhooksState
}

/** What came of an attempt, and what is to become of its delivery. */
export interface Outcome {
  readonly id: string
  readonly leaseId: string
  readonly state: WebhookDeliveryState
  readonly failures: number
  /** As it was claimed. */
  readonly replay: boolean
  /** Milliseconds to the next attempt, for PENDING. */
  readonly delay: number | null
  readonly startedAt: Date
  readonly durationMs: number
  readonly statusCode: number | null
  readonly error: WebhookAttemptError | null
  readonly responseBody: string | null
}

/** Attempts that may be under way: in all, and of one bot agent, to one origin (scheme, host and port), for one application. */
export interface Shares {
  readonly all: number
  readonly botAgent: number
  readonly origin: number
  readonly application: number
}

/** How many are under way, by the keys that claims name. */
export type Busy = Readonly<Record<'botAgent' | 'origin' | 'application', ReadonlyMap<string, number>>>

/**
 * The deliveries that wait, as a queue: the row is both record and job. Claims are leases: who loses one, because it stood still
 * for too long, can't write any more. See docs/decisions/delivery-queue.md.
 */
export function deliveryQueue(database: Database) {
  return {
    /**
     * Takes what is due and fits into what is left of the shares; of a bot agent that is paused one delivery alone, as its probe;
     * pings also where the webhooks are paused or disabled. Each bot agent has a lane of its own in the index, so what waits for one costs the others nothing.
     */
    async claim(shares: Shares, busy: Busy): Promise<Claimed[]> {
      const leaseId = randomUUID()
      return database.$queryRaw<Claimed[]>`
        with recursive lane as (
          (select bot_agent_id from webhook_delivery where state = 'PENDING' order by bot_agent_id limit 1)
          union all
          select (
            select bot_agent_id from webhook_delivery
            where state = 'PENDING' and bot_agent_id > lane.bot_agent_id order by bot_agent_id limit 1
          ) from lane where lane.bot_agent_id is not null
        ), probing as (
          -- The first to move the end of the pause has the probe: the others see that it is not over.
          update bot_agent set webhooks_paused_until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'
          where id in (
            select id from bot_agent
            where id in (select bot_agent_id from lane) and webhooks_state = 'PAUSED' and webhooks_paused_until <= clock_timestamp()
              and exists (
                select from webhook_delivery where bot_agent_id = bot_agent.id and state = 'PENDING' and not ping
                  and next_attempt_at <= clock_timestamp() and (leased_until is null or leased_until < clock_timestamp()))
            for update skip locked)
          returning id
        ), busy_bot_agent as (${counts(busy.botAgent)}), busy_origin as (${counts(busy.origin)}),
        busy_application as (${counts(busy.application)}),
        room as materialized (
          select bot_agent.id,
            case webhooks_state
              when 'ACTIVE' then ${shares.botAgent}::int - coalesce(busy_bot_agent.count, 0)
              when 'PAUSED' then (bot_agent.id in (select id from probing))::int
              else 0 end as of_bot_agent,
            ${shares.botAgent}::int - coalesce(busy_bot_agent.count, 0) as of_pings,
            origin, ${shares.origin}::int - coalesce(busy_origin.count, 0) as of_origin,
            application, ${shares.application}::int - coalesce(busy_application.count, 0) as of_application
          from lane join bot_agent on bot_agent.id = lane.bot_agent_id
          ${keys}
          left join busy_bot_agent on busy_bot_agent.key = bot_agent.id
          left join busy_origin on busy_origin.key = origin
          left join busy_application on busy_application.key = application
          order by random()
        ), due as (
          select due.id, origin, of_origin, application, of_application
          from room cross join lateral (
            (select id from webhook_delivery
            where bot_agent_id = room.id and state = 'PENDING' and not ping and next_attempt_at <= clock_timestamp()
              and (leased_until is null or leased_until < clock_timestamp())
            order by next_attempt_at, id limit greatest(0, least(of_bot_agent, of_origin, of_application)))
            union all
            (select id from webhook_delivery
            where bot_agent_id = room.id and state = 'PENDING' and ping and next_attempt_at <= clock_timestamp()
              and (leased_until is null or leased_until < clock_timestamp())
            order by id limit greatest(0, least(of_pings, of_origin, of_application)))
          ) due
          limit ${4 * shares.all}
        ), chosen as (
          select id from (
            select *, row_number() over (partition by origin) as at_origin,
              row_number() over (partition by application) as at_application
            from due
          ) ranked
          where at_origin <= of_origin and at_application <= of_application
        ), picked as (
          select id, lease_id is not null as interrupted
          from webhook_delivery
          where id in (select id from chosen) and state = 'PENDING' and next_attempt_at <= clock_timestamp()
            and (leased_until is null or leased_until < clock_timestamp())
          limit ${shares.all} for update skip locked
        ), claimed as (
          update webhook_delivery delivery
          set lease_id = ${leaseId}::uuid, leased_until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond',
            attempt_count = delivery.attempt_count + picked.interrupted::int, url = webhooks_url
          from picked, bot_agent ${keys}
          where delivery.id = picked.id and bot_agent.id = delivery.bot_agent_id and webhooks_url is not null
          returning delivery.*, interrupted, origin, application, webhooks_secret_key, webhooks_state,
            case when webhooks_secret_key_changed_at > clock_timestamp() - ${FORMER_SECRET_HOURS} * interval '1 hour'
              then webhooks_former_secret_key end as former_secret_key
        ), recorded as (
          insert into webhook_attempt (delivery_id, number, started_at, duration_ms, error, replay)
          select id, attempt_count, clock_timestamp(), 0, 'INTERRUPTED', false from claimed where interrupted
        ), told as (
          insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
          select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
            jsonb_build_object('deliveryId', id, 'state', state, 'attempt', attempt_count)
          from claimed where interrupted
        )
        select claimed.id, lease_id as "leaseId", bot_agent_id as "botAgentId", origin, application, claimed.action, url, ping, replay,
          failures, coalesce(chat_event.data, '{}') as data, additional_data as "additionalData",
          secret_key as "secretKey", webhooks_secret_key as "presentSecretKey", former_secret_key as "formerSecretKey",
          webhooks_state as "webhooksState"
        from claimed left join chat_event on chat_event.id = claimed.chat_event_id`
    },

    /** How many deliveries are due, of all gateways together, and wait to be sent; paused ones count. */
    async due(): Promise<number> {
      const [row] = await database.$queryRaw<[{ due: number }]>`
        select count(*)::int as due from webhook_delivery
        where state = 'PENDING' and next_attempt_at <= clock_timestamp()
          and (leased_until is null or leased_until < clock_timestamp())`
      return row.due
    },

    /** Holds the claims for another while. One that is locked is just being written. */
    async renew(claims: readonly { id: string; leaseId: string }[]): Promise<void> {
      await database.$executeRaw`
        update webhook_delivery
        set leased_until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'
        where id in (
          select delivery.id from webhook_delivery delivery
          join jsonb_to_recordset(${JSON.stringify(claims)}::jsonb) as claim(id text, "leaseId" uuid)
            on delivery.id = claim.id and delivery.lease_id = claim."leaseId"
          for update of delivery skip locked)`
    },

    /**
     * Writes what came of attempts: attempt, delivery and feed entry in one commit. An outcome whose lease was lost writes nothing.
     * A delivery that was asked for again meanwhile is due once more.
     * @returns the ids of what was written, and whether the destination of each was known to be in trouble
     */
    async complete(outcomes: readonly Outcome[]): Promise<ReadonlyMap<string, { troubled: boolean }>> {
      const written = await database.$queryRaw<{ id: string; troubled: boolean }[]>`
        with outcome as (
          select * from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as outcome(
            id text, "leaseId" uuid, state webhook_delivery_state, failures int, delay float8, replay boolean, "startedAt" timestamptz,
            "durationMs" int, "statusCode" int, error webhook_attempt_error, "responseBody" text)
        ), held as (
          select delivery.id, again, webhooks_failures > 0 or webhooks_state <> 'ACTIVE' as troubled,
            case
              when (again or outcome.state = 'PENDING') and webhooks_state = 'DISABLED' then 'HELD'
              when again then 'PENDING'
              else outcome.state end as state
          from webhook_delivery delivery
          join outcome on outcome.id = delivery.id and outcome."leaseId" = delivery.lease_id
          cross join lateral (select delivery.replay and not outcome.replay as again) asked
          left join bot_agent on bot_agent.id = delivery.bot_agent_id
          order by delivery.id for update of delivery
        ), written as (
          update webhook_delivery delivery
          set attempt_count = delivery.attempt_count + 1, state = held.state, replay = again,
            failures = case when again then 0 else outcome.failures end,
            next_attempt_at = case when held.state = 'PENDING'
              then clock_timestamp() + case when again then 0 else outcome.delay end * interval '1 millisecond' end,
            finished_at = case when held.state not in ('PENDING', 'HELD') then clock_timestamp() end,
            lease_id = null, leased_until = null
          from held join outcome on outcome.id = held.id
          where delivery.id = held.id
          returning delivery.*, outcome."startedAt", outcome."durationMs", outcome."statusCode", outcome.error,
            outcome."responseBody", outcome.replay as asked, troubled
        ), recorded as (
          insert into webhook_attempt (delivery_id, number, started_at, duration_ms, status_code, error, response_body, replay)
          select id, attempt_count, "startedAt", "durationMs", "statusCode", error, "responseBody", asked from written
        ), told as (
          insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
          select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
            jsonb_build_object('deliveryId', id, 'state', state, 'attempt', attempt_count)
          from written
        )
        select id, coalesce(troubled, false) as troubled from written`
      return new Map(written.map(({ id, troubled }) => [id, { troubled }]))
    },
  }
}

/** What shares are counted by, of a bot agent. */
const keys = Prisma.sql`cross join lateral (
  select lower(substring(webhooks_url from '^[^/]*//[^/?#]*')) as origin,
    bot_agent.license_id || ' ' || bot_agent.client_id as application
) keys`

function counts(busy: ReadonlyMap<string, number>): Prisma.Sql {
  const rows = JSON.stringify([...busy].map(([key, count]) => ({ key, count })))
  return Prisma.sql`select key, count from jsonb_to_recordset(${rows}::jsonb) as counted(key text, count int)`
}
