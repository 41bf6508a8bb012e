import { randomUUID } from 'node:crypto'
import type { WebhookAttemptError, WebhookDeliveryState, WebhooksState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Changes } from '../feed/change.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { type Busy, claimStatement, type Shares } from './claim-sql.ts'
import { feedEntries, isDue, isFree } from './delivery-sql.ts'

/** How many milliseconds a claim is valid unless it is renewed. Longer than any attempt may take. */
export const LEASE_MS = 30_000

/** A delivery that only this gateway may send, as long as its lease is valid. */
export interface Claimed {
  readonly id: string
  readonly leaseId: string
  readonly botAgentId: string
  readonly origin: string
  readonly application: string
  readonly action: WebhookAction
  /** The current URL of the bot agent. */
  readonly url: string
  readonly ping: boolean
  /** Whether this attempt is a replay. */
  readonly replay: boolean
  /** Failed attempts of the schedule so far. */
  readonly failures: number
  /** JSON text. */
  readonly data: string
  readonly additionalData: string
  /** Milliseconds since it was created or last replayed. */
  readonly ageMs: number
  /** Encrypted: the key in the body, and the keys that sign, the last one first. */
  readonly secretKey: Uint8Array
  readonly currentSecretKey: Uint8Array
  readonly formerSecretKeys: readonly Uint8Array[]
  readonly webhooksState: WebhooksState
  /** Whether a gateway died during the previous attempt. */
  readonly interrupted: boolean
}

/** The result of an attempt, and what becomes of its delivery. */
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
  readonly responseBodyCut: boolean
}

/** The deliveries as a queue: a row is both record and job. */
export type DeliveryQueue = ReturnType<typeof createDeliveryQueue>

/** Claims are leases: a gateway that stalls for too long loses its lease, and can't write the outcome any more. See docs/decisions/delivery-queue.md. */
export function createDeliveryQueue({ database, changes }: { database: Database; changes: Changes }) {
  return {
    /** Claims what is due, within the shares. See claim-sql.ts. */
    claim(shares: Shares, busy: Busy): Promise<Claimed[]> {
      let claimed: Claimed[] = []
      const anyInterrupted = () => claimed.some(({ interrupted }) => interrupted)
      return changes.commitStatement(async (change) => {
        const lease = { id: randomUUID(), milliseconds: LEASE_MS }
        const statement = claimStatement(change, lease, { shares, busy, anyInterrupted })
        claimed = await change.transaction.$queryRaw<Claimed[]>(statement)
        return claimed
      })
    },

    /** @returns how many deliveries are due and not being sent by any gateway, including those of paused bot agents */
    async due(): Promise<number> {
      const [row] = await database.$queryRaw<[{ due: number }]>`
        select count(*)::int as due from webhook_delivery where ${isDue} and ${isFree}`
      return row.due
    },

    /** Renews claims. Skips those that are locked: their outcome is being written. */
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
     * Writes outcomes: attempt, delivery and feed entry in one commit. An outcome whose lease was lost is not written. A delivery that
     * was replayed in the meantime is due again.
     * @returns the ids of the deliveries that were written, and whether the destination of each was known to be in trouble
     */
    complete(outcomes: readonly Outcome[]): Promise<ReadonlyMap<string, { troubled: boolean }>> {
      return changes.commitStatement(async (change) => {
        const written = await change.transaction.$queryRaw<{ id: string; troubled: boolean }[]>`
          with outcome as (
            select * from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as outcome(
              id text, "leaseId" uuid, state webhook_delivery_state, failures int, delay float8, replay boolean, "startedAt" timestamptz,
              "durationMs" int, "statusCode" int, error webhook_attempt_error, "responseBody" text,
              "responseBodyCut" boolean)
          ), leased as (
            select delivery.id, again, webhooks_failures > 0 or webhooks_state <> 'ACTIVE' as troubled,
              case
                when (again or outcome.state = 'PENDING') and webhooks_state = 'DISABLED' then 'HELD'
                when again then 'PENDING'
                else outcome.state end as state
            from webhook_delivery delivery
            join outcome on outcome.id = delivery.id and outcome."leaseId" = delivery.lease_id
            cross join lateral (select delivery.replay and not outcome.replay as again) replayed
            left join bot_agent on bot_agent.id = delivery.bot_agent_id
            order by delivery.id for update of delivery
          ), written as (
            update webhook_delivery delivery
            set attempt_count = delivery.attempt_count + 1, state = leased.state, replay = again,
              failures = case when again then 0 else outcome.failures end,
              next_attempt_at = case when leased.state = 'PENDING'
                then clock_timestamp() + case when again then 0 else outcome.delay end * interval '1 millisecond' end,
              finished_at = case when leased.state not in ('PENDING', 'HELD') then clock_timestamp() end,
              lease_id = null, leased_until = null
            from leased join outcome on outcome.id = leased.id
            where delivery.id = leased.id
            returning delivery.*, outcome."startedAt", outcome."durationMs", outcome."statusCode", outcome.error,
              outcome."responseBody", outcome."responseBodyCut", outcome.replay as "wasReplay", troubled
          ), attempt as (
            insert into webhook_attempt (delivery_id, number, started_at, duration_ms, status_code, error, response_body, response_body_cut,
              replay)
            select id, attempt_count, "startedAt", "durationMs", "statusCode", error, "responseBody", "responseBodyCut",
              "wasReplay"
            from written
          ), reported as (${feedEntries(change, 'written', { attempt: 'attempt_count' })})
          select id, coalesce(troubled, false) as troubled from written`
        return new Map(written.map(({ id, troubled }) => [id, { troubled }]))
      })
    },
  }
}
