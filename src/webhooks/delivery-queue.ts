import { randomUUID } from 'node:crypto'
import type { WebhookAttemptError, WebhookDeliveryState, WebhooksState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { WebhookAction } from './webhook-action.ts'

/** How long a claim holds unless it is renewed. Longer than any attempt may take. */
export const LEASE_MS = 30_000
/** How long a former secret key signs beside the present one. */
const FORMER_SECRET_HOURS = 24

/** A delivery that this gateway alone may send, as long as its lease holds. */
export interface Claimed {
  readonly id: string
  readonly leaseId: string
  readonly botAgentId: string
  readonly action: WebhookAction
  readonly url: string
  readonly ping: boolean
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
  readonly webhooksFailures: number
}

/** What came of an attempt, and what is to become of its delivery. */
export interface Outcome {
  readonly id: string
  readonly leaseId: string
  readonly state: WebhookDeliveryState
  readonly failures: number
  /** Milliseconds to the next attempt, for PENDING. */
  readonly delay: number | null
  readonly startedAt: Date
  readonly durationMs: number
  readonly statusCode: number | null
  readonly error: WebhookAttemptError | null
  readonly responseBody: string | null
}

/** How many deliveries of a bot agent this gateway sends at the moment. */
export type Busy = ReadonlyMap<string, number>

/**
 * The deliveries that wait, as a queue: the row is both record and job. Claims are leases: who loses one, because it stood still
 * for too long, can't write any more. See docs/decisions/delivery-queue.md.
 */
export function deliveryQueue(database: Database) {
  return {
    /**
     * Takes up to `slots` due deliveries, at most `perBotAgent` of one bot agent at a time, and one alone of a bot agent that is
     * paused, as its probe. What waits for one bot agent costs the others nothing: each has a lane of its own in the index.
     */
    async claim({ slots, perBotAgent, busy }: { slots: number; perBotAgent: number; busy: Busy }): Promise<Claimed[]> {
      const leaseId = randomUUID()
      return database.$queryRaw<Claimed[]>`
        with recursive lane as (
          (select bot_agent_id from webhook_delivery where state = 'PENDING' order by bot_agent_id limit 1)
          union all
          select (
            select bot_agent_id from webhook_delivery
            where state = 'PENDING' and bot_agent_id > lane.bot_agent_id order by bot_agent_id limit 1
          ) from lane where lane.bot_agent_id is not null
        ), room as materialized (
          select bot_agent.id, case
            when webhooks_state = 'ACTIVE' then ${perBotAgent}::int - coalesce(busy.count, 0)
            when webhooks_state = 'PAUSED' and webhooks_paused_until <= clock_timestamp() and busy.count is null then 1
            else 0 end as room
          from lane join bot_agent on bot_agent.id = lane.bot_agent_id
          left join jsonb_to_recordset(${countsOf(busy)}::jsonb) as busy(id text, count int) on busy.id = bot_agent.id
          order by random()
        ), picked as (
          select due.id, due.interrupted
          from room cross join lateral (
            select id, lease_id is not null as interrupted from webhook_delivery
            where bot_agent_id = room.id and state = 'PENDING' and next_attempt_at <= clock_timestamp()
              and (leased_until is null or leased_until < clock_timestamp())
            order by next_attempt_at, id limit greatest(room.room, 0) for update skip locked
          ) due
          limit ${slots}
        ), claimed as (
          update webhook_delivery delivery
          set lease_id = ${leaseId}::uuid, leased_until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond',
            attempt_count = delivery.attempt_count + picked.interrupted::int
          from picked where delivery.id = picked.id
          returning delivery.*, picked.interrupted
        ), interrupted as (
          insert into webhook_attempt (delivery_id, number, started_at, duration_ms, error, replay)
          select id, attempt_count, clock_timestamp(), 0, 'INTERRUPTED', false from claimed where interrupted
        ), told as (
          insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
          select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
            jsonb_build_object('deliveryId', id, 'state', state, 'attempt', attempt_count)
          from claimed where interrupted
        )
        select claimed.id, lease_id as "leaseId", bot_agent_id as "botAgentId", claimed.action, url, ping, replay, failures,
          coalesce(chat_event.data, '{}') as data, additional_data as "additionalData", secret_key as "secretKey",
          webhooks_secret_key as "presentSecretKey",
          case when webhooks_secret_key_changed_at > clock_timestamp() - ${FORMER_SECRET_HOURS} * interval '1 hour'
            then webhooks_former_secret_key end as "formerSecretKey",
          webhooks_state as "webhooksState", webhooks_failures as "webhooksFailures"
        from claimed
        join bot_agent on bot_agent.id = claimed.bot_agent_id
        left join chat_event on chat_event.id = claimed.chat_event_id`
    },

    /** Holds the claims for another while. */
    async renew(claims: readonly { id: string; leaseId: string }[]): Promise<void> {
      await database.$executeRaw`
        update webhook_delivery delivery
        set leased_until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'
        from jsonb_to_recordset(${JSON.stringify(claims)}::jsonb) as claim(id text, "leaseId" uuid)
        where delivery.id = claim.id and delivery.lease_id = claim."leaseId"`
    },

    /**
     * Writes what came of attempts: attempt, delivery and feed entry in one commit. An outcome whose lease was lost writes nothing.
     * Answers the ids of the deliveries whose outcome was written.
     */
    async complete(outcomes: readonly Outcome[]): Promise<ReadonlySet<string>> {
      const written = await database.$queryRaw<{ id: string }[]>`
        with outcome as (
          select * from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as outcome(
            id text, "leaseId" uuid, state webhook_delivery_state, failures int, delay float8, "startedAt" timestamptz,
            "durationMs" int, "statusCode" int, error webhook_attempt_error, "responseBody" text)
        ), held as (
          select delivery.id, delivery.replay from webhook_delivery delivery
          join outcome on outcome.id = delivery.id and outcome."leaseId" = delivery.lease_id
          order by delivery.id for update of delivery
        ), written as (
          update webhook_delivery delivery
          set attempt_count = delivery.attempt_count + 1, state = outcome.state, failures = outcome.failures, replay = false,
            next_attempt_at = case when outcome.state = 'PENDING'
              then clock_timestamp() + outcome.delay * interval '1 millisecond' end,
            finished_at = case when outcome.state <> 'PENDING' then clock_timestamp() end,
            lease_id = null, leased_until = null
          from held join outcome on outcome.id = held.id
          where delivery.id = held.id
          returning delivery.*, outcome."startedAt", outcome."durationMs", outcome."statusCode", outcome.error,
            outcome."responseBody", held.replay as asked
        ), recorded as (
          insert into webhook_attempt (delivery_id, number, started_at, duration_ms, status_code, error, response_body, replay)
          select id, attempt_count, "startedAt", "durationMs", "statusCode", error, "responseBody", asked from written
        )
        insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
        select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
          jsonb_build_object('deliveryId', id, 'state', state, 'attempt', attempt_count)
        from written
        returning data->>'deliveryId' as id`
      return new Set(written.map(({ id }) => id))
    },
  }
}

function countsOf(busy: Busy): string {
  return JSON.stringify([...busy].map(([id, count]) => ({ id, count })))
}
