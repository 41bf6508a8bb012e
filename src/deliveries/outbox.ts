import type { Audited } from '../audit/audit-entry.ts'
import { auditReplay } from '../audit/audit-entry-store.ts'
import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import type { EncryptedColumn } from '../database/encryption-keys.ts'
import type { Change, StatementChange } from '../feed/change.ts'
import type { Actor } from '../identity/actor.ts'
import { own } from '../identity/reach.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { feedEntries, report, reportedColumns } from './delivery-sql.ts'
import type { StoppedWebhooks } from './stopped-webhooks.ts'
import { heldTallied, matchedTallied } from './tally.ts'

/** A delivery to add. Its other columns come from the bot agent. */
export interface NewDelivery {
  readonly id: string
  readonly botAgentId: string
  /** Absent for a ping. */
  readonly chatEventId?: string
  /** JSON text. */
  readonly additionalData: string
  /** Whether only the application that owns the bot agent may see what it carries. */
  readonly confidential: boolean
  /** Its `data`, as JSON text, if it is an example; absent for all others. */
  readonly exampleData?: string
}

/** The columns that contain secrets. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  { table: 'webhook_delivery', column: 'secret_key', owner: 'bot_agent_id' },
]

/** Adds deliveries to the queue, replays and cancels them, each with its feed entry, as part of a change. */
export type Outbox = ReturnType<typeof createOutbox>

/** @param options.onDue is called after the commit of a change that makes deliveries of these bot agents due */
export function createOutbox(options: { onDue: (botAgentIds: readonly string[]) => void; stopped: StoppedWebhooks }) {
  const { onDue, stopped } = options

  /**
   * The parts of a statement that add deliveries: HELD if the webhooks of the bot agent are disabled. `made` returns the deliveries,
   * `reported` a row for each of them.
   * @param source.chatId the chat of the events; null if they belong to none
   * @param source.if what must be true for any to be added; absent: nothing
   */
  const insertParts = (
    change: StatementChange,
    source: { action: WebhookAction; chatId: string | null; ping: boolean; if?: Prisma.Sql },
    deliveries: readonly NewDelivery[],
  ): Prisma.Sql => {
    if (deliveries.length > 0) change.afterCommit(() => onDue(deliveries.map(({ botAgentId }) => botAgentId)))
    const { action, chatId, ping } = source
    const met = source.if ? Prisma.sql`and ${source.if}` : Prisma.empty
    const tallied = Prisma.sql`tallied as (${matchedTallied('made')}), held as (${heldTallied('made')}),`
    return Prisma.sql`made as (
      insert into webhook_delivery as delivery (id, license_id, client_id, bot_agent_id, chat_event_id, chat_id, in_order, action, state, url,
        ping, additional_data, example_data, secret_key, confidential, next_attempt_at)
      select given.id, license_id, client_id, bot_agent.id, "chatEventId", ${chatId},
        webhooks_order = 'CHAT' and ${chatId}::text is not null, ${action}::webhook_action,
        case when held then 'HELD' else 'PENDING' end::webhook_delivery_state, webhooks_url, ${ping}, "additionalData", "exampleData",
        webhooks_secret_key, confidential, case when not held then clock_timestamp() end
      from jsonb_to_recordset(${JSON.stringify(deliveries)}::jsonb)
        as given(id text, "botAgentId" text, "additionalData" text, confidential boolean, "chatEventId" text, "exampleData" text)
      -- One look in the index for each: a plan for rows of unknown number may read all bot agents instead.
      cross join lateral (select * from bot_agent where id = given."botAgentId" offset 0) bot_agent
      cross join lateral (select webhooks_state = 'DISABLED' and not ${ping} as held) state
      where webhooks_url is not null ${met}
      returning ${reportedColumns}
    ), ${ping ? Prisma.empty : tallied} reported as (${feedEntries(change, 'made', { if: () => deliveries.length > 0 })} returning 1)`
  }

  return {
    insertParts,

    /** Adds a delivery without an event, to test a destination: PENDING even if the webhooks of the bot agent are disabled. */
    async ping(change: Change, action: WebhookAction, delivery: NewDelivery): Promise<void> {
      await change.transaction.$executeRaw`
        with ${insertParts(change, { action, chatId: null, ping: true }, [delivery])} select from reported`
    },

    /** Wakes the worker for the deliveries of a bot agent whose webhooks are no longer paused, or go elsewhere. */
    resume: (change: Change, botAgentId: string) => change.afterCommit(() => onDue([botAgentId])),

    /** Cancels the waiting deliveries of a bot agent that was removed or no longer has webhooks, in batches after the commit. */
    cancel: (change: Change, botAgentId: string) => stopped.cancelAll(change, botAgentId),

    /**
     * Makes deliveries PENDING now, restarts their schedule, and records the replay in the audit trail. A delivery that is being sent is
     * sent again afterwards.
     * @param replay.entry the id of the entry in the audit trail
     * @param replay.met what must still be true of a delivery once it is locked: another replay may have been first
     * @returns how many deliveries are replayed
     */
    async replay(
      change: StatementChange,
      actor: Pick<Actor, 'licenseId' | 'clientId' | 'accessTokenHash' | 'address'>,
      replay: {
        entry: string
        botAgent: Audited
        ids: readonly string[]
        met?: { states: readonly WebhookDeliveryState[]; begun: Date }
      },
    ): Promise<number> {
      const { licenseId, clientId } = own(actor)
      const { entry, botAgent, ids, met } = replay
      const stillMet = met
        ? Prisma.sql`and delivery.state = any(${[...met.states]}::webhook_delivery_state[])
            and (replayed_at is null or replayed_at < ${met.begun})`
        : Prisma.empty
      const replayed = await report(
        change,
        (entries) => Prisma.sql`
          with locked as (
            select delivery.id
            from webhook_delivery delivery
            cross join lateral (select webhooks_state from bot_agent where id = delivery.bot_agent_id offset 0) bot_agent
            where delivery.id = any(${[...ids]}::text[]) and delivery.license_id = ${licenseId} and delivery.client_id = ${clientId}
              and webhooks_state <> 'DISABLED' ${stillMet}
            order by delivery.id for update of delivery
          ), replayed as (
            update webhook_delivery delivery
            set state = 'PENDING', next_attempt_at = clock_timestamp(), replayed_at = clock_timestamp(), replay = true, failures = 0,
              finished_at = null
            from locked where delivery.id = locked.id
            returning ${reportedColumns}
          ), audited as (${auditReplay(actor, { id: entry, botAgent })}
          )
          ${entries('replayed')}`,
      )
      if (replayed > 0) change.afterCommit(() => onDue([botAgent.id]))
      return replayed
    },
  }
}
