import type { Database } from '../database/database.ts'
import type { NewDelivery, Outbox } from '../deliveries/outbox.ts'
import type { Change, StatementChange } from '../feed/change.ts'
import type { Reach } from '../identity/reach.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

export interface ChatEvent {
  readonly id: string
  readonly licenseId: number
  readonly clientId: string
  readonly action: WebhookAction
  /** JSON text, as it was given. */
  readonly data: string
  /** How many deliveries it caused. */
  readonly matched: number
  /** The only application that may see it; null for every application in the license. */
  readonly onlyClientId: string | null
  readonly createdAt: Date
}

/** Rows of `chat_event`, each with its deliveries. */
export function createChatEventStore({ database, outbox }: { database: Database; outbox: Outbox }) {
  return {
    /**
     * @param sees.knownTo the application of the viewer: an event that only another one may see is not found
     * @param sees.reportedBy an application whose own events are found
     * @param sees.deliveredIn a reach: events with a delivery in it are found
     */
    find(
      licenseId: number,
      ids: readonly string[],
      sees: { knownTo: string; reportedBy?: string; deliveredIn?: Reach | undefined },
    ): Promise<ChatEvent[]> {
      const { knownTo, reportedBy, deliveredIn } = sees
      const seen = [
        ...(reportedBy ? [{ clientId: reportedBy }] : []),
        ...(deliveredIn ? [{ deliveries: { some: deliveredIn } }] : []),
      ]
      const mayKnow = { OR: [{ onlyClientId: null }, { onlyClientId: knownTo }] }
      return database.chatEvent.findMany({ where: { licenseId, id: { in: [...ids] }, OR: seen, AND: mayKnow } })
    },

    /** Inserts the event, its deliveries and their feed entries, in one statement. */
    async insert(
      change: StatementChange,
      event: Omit<ChatEvent, 'createdAt'>,
      deliveries: readonly NewDelivery[],
    ): Promise<ChatEvent> {
      const { id, licenseId, clientId, action, data, matched, onlyClientId } = event
      const [row] = await change.transaction.$queryRaw<{ createdAt: Date }[]>`
        with event as (
          insert into chat_event (id, license_id, client_id, action, data, matched, only_client_id)
          values (${id}, ${licenseId}, ${clientId}, ${action}::webhook_action, ${data}, ${matched}, ${onlyClientId})
          returning created_at
        ), ${outbox.insertParts(change, { chatEventId: id, action, ping: false }, deliveries)}
        select created_at as "createdAt" from event`
      if (!row) throw new Error(`The chat event ${id} was not inserted`)
      return { ...event, ...row }
    },

    /** Inserts several events of one action, their deliveries and the feed entries of those, in one statement. */
    async insertAll(
      change: Change,
      action: WebhookAction,
      events: readonly Omit<ChatEvent, 'createdAt' | 'action' | 'onlyClientId'>[],
      deliveries: readonly (NewDelivery & { readonly chatEventId: string })[],
    ): Promise<void> {
      await change.transaction.$executeRaw`
        with event as (
          insert into chat_event (id, license_id, client_id, action, data, matched)
          select id, "licenseId", "clientId", ${action}::webhook_action, data, matched
          from jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
            as event(id text, "licenseId" int, "clientId" text, data text, matched int)
        ), ${outbox.insertParts(change, { chatEventId: null, action, ping: false }, deliveries)}
        select from reported`
    },

    /**
     * Claims an idempotency key for an event. Of concurrent calls, one claims the key, and the others wait until it has committed.
     * @returns the event that claimed the key before; `undefined` if there is none
     */
    async takeKey(
      { transaction }: Change,
      key: { licenseId: number; clientId: string; key: string },
      chatEventId: string,
    ): Promise<ChatEvent | undefined> {
      const taken = await transaction.$executeRaw`
        insert into chat_event_key (license_id, client_id, key, chat_event_id)
        values (${key.licenseId}, ${key.clientId}, ${key.key}, ${chatEventId})
        on conflict (license_id, client_id, key) do update
          set chat_event_id = excluded.chat_event_id, created_at = excluded.created_at
          where chat_event_key.created_at < clock_timestamp() - interval '24 hours'`
      if (taken === 1) return undefined
      const { chatEventId: first } = await transaction.chatEventKey.findUniqueOrThrow({
        where: { licenseId_clientId_key: key },
      })
      return transaction.chatEvent.findUniqueOrThrow({ where: { id: first } })
    },
  }
}
