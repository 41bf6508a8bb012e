import type { Place, Slice } from '../contract/pagination.ts'
import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { Change, StatementChange } from '../feed/change.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { chatEventPage, type EventAudience, type ListedEvents } from './chat-event-list.ts'
import { countOf, type FanOut, nextDeliveries } from './fan-out.ts'
import type { Addressed } from './recipients.ts'

export interface ChatEvent {
  readonly id: string
  readonly licenseId: number
  readonly clientId: string
  readonly action: WebhookAction
  /** JSON text, as it was given. */
  readonly data: string
  /** How many deliveries it causes. */
  readonly matched: number
  /** The only application that may see it; null for every application in the license. */
  readonly onlyClientId: string | null
  /** The chat that it belongs to; null if there is none. */
  readonly chatId: string | null
  /** What matching looked at: see seen-event.ts. Null: it was not kept when the event came. */
  readonly seen: string | null
  readonly createdAt: Date
}

export type NewChatEvent = Omit<ChatEvent, 'matched' | 'createdAt' | 'seen'> & { readonly seen: string }

/** Why an event was not inserted: others listen by now, or its key was taken before. */
export type NotInserted = 'OUTDATED' | 'KEY_TAKEN'

/** Rows of `chat_event`, each with its deliveries. */
export function createChatEventStore({ database, outbox }: { database: Database; outbox: Outbox }) {
  /**
   * The parts of a statement that add the first deliveries of events, and leave the others for later: `made`, `reported` and `left`.
   * @param options.onInserted is called after the commit when some are left
   */
  const deliver = (
    change: StatementChange,
    fanOut: FanOut,
    { inOrder, onLeft, ...condition }: { inOrder: number; onLeft: () => void; if?: Prisma.Sql },
  ): Prisma.Sql => {
    const { action, chatEventIds, chatId, recipients } = fanOut
    const total = chatEventIds.length * countOf(recipients)
    if (total === 0) return Prisma.empty
    const deliveries = nextDeliveries(fanOut, 0, inOrder)
    const made = Prisma.sql`, ${outbox.insertParts(change, { action, chatId, ping: false, ...condition }, deliveries)}`
    if (deliveries.length === total) return made
    change.afterCommit(onLeft)
    const met = condition.if ? Prisma.sql`where ${condition.if}` : Prisma.empty
    return Prisma.sql`${made}, left_over as (
      insert into fan_out (action, chat_event_ids, chat_id, recipients, done)
      select ${action}::webhook_action, ${[...chatEventIds]}::text[], ${chatId}, ${JSON.stringify(recipients)}::jsonb, ${deliveries.length}
      ${met} returning 1)`
  }

  /**
   * The parts of a statement that insert an event, its deliveries and their feed entries; `event` returns the event.
   * @param options.from what the event is inserted for: `from` and `where` of a query that returns one row, or none
   */
  const insertParts = (
    change: StatementChange,
    event: NewChatEvent,
    { recipients, clientIds, inOrder }: Addressed,
    { from, onLeft }: { from: Prisma.Sql; onLeft: () => void },
  ): Prisma.Sql => {
    const { id, licenseId, clientId, action, data, onlyClientId, chatId, seen } = event
    return Prisma.sql`event as (
        insert into chat_event (id, license_id, client_id, action, data, matched, only_client_id, chat_id, seen)
        select ${id}, ${licenseId}, ${clientId}, ${action}::webhook_action, ${data}, ${countOf(recipients)}, ${onlyClientId},
          ${chatId}, ${seen}
        from ${from}
        returning id, license_id, action, created_at
      )${reach(clientIds)}${deliver(
        change,
        { action, chatEventIds: [id], chatId, recipients },
        { inOrder: chatId === null ? 0 : inOrder, onLeft, if: Prisma.sql`exists (select from event)` },
      )}`
  }

  return {
    /**
     * @param audience whose events are found; never one that only another application may see
     * @param ids up to 10: each event may be large
     */
    find({ licenseId, clientId, reached }: EventAudience, ids: readonly string[]): Promise<ChatEvent[]> {
      const delivered = { licenseId, ...(reached === 'OWN' && { clientId }) }
      return database.chatEvent.findMany({
        where: {
          licenseId,
          id: { in: [...ids] },
          OR: [{ onlyClientId: null }, { onlyClientId: clientId }],
          ...(reached && { deliveries: { some: delivered } }),
        },
      })
    },

    /** The places of events in a list, newest first. */
    page(audience: EventAudience, filter: ListedEvents, slice: Slice<Place>): Promise<Place[]> {
      return database.$queryRaw<Place[]>(chatEventPage(audience, filter, slice))
    },

    /** @param ids as for `find`, of events that a list of the audience has shown: they are not looked for in the deliveries again */
    findListed({ licenseId, clientId }: EventAudience, ids: readonly string[]): Promise<ChatEvent[]> {
      const mayKnow = [{ onlyClientId: null }, { onlyClientId: clientId }]
      return database.chatEvent.findMany({ where: { licenseId, id: { in: [...ids] }, OR: mayKnow } })
    },

    /** Whether the listeners of the license still have this version. */
    isCurrent(licenseId: number, { version }: { version: string | null }): Prisma.Sql {
      return Prisma.sql`(select version::text from listening where license_id = ${licenseId}) is not distinct from ${version}`
    },

    insertParts,

    /**
     * Inserts the event, its deliveries and their feed entries, in one statement.
     * @param options.onLeft is called after the commit when deliveries are left for later
     * @param options.key is taken for the event. Of concurrent calls one takes it, and the others wait until that has committed
     * @param options.if inserts only if this is true; absent: in any case
     */
    async insert(
      change: StatementChange,
      event: NewChatEvent,
      addressed: Addressed,
      options: { onLeft: () => void; key?: string | null; if?: Prisma.Sql | undefined },
    ): Promise<ChatEvent | NotInserted> {
      const { id, licenseId, clientId } = event
      const { onLeft, key = null } = options
      const taking = Prisma.sql`taken as (
        insert into chat_event_key (license_id, client_id, key, chat_event_id)
        select ${licenseId}, ${clientId}, ${key}, ${id} from current where valid
        on conflict (license_id, client_id, key) do update
          set chat_event_id = excluded.chat_event_id, created_at = excluded.created_at
          where chat_event_key.created_at < clock_timestamp() - interval '24 hours'
        returning true as valid
      ),`
      const from = key === null ? Prisma.sql`current where valid` : Prisma.sql`taken where valid`
      const [row] = await change.transaction.$queryRaw<{ createdAt: Date | null; valid: boolean }[]>(
        Prisma.sql`
          with current as materialized (select ${options.if ?? Prisma.sql`true`} as valid), ${key === null ? Prisma.empty : taking}
          ${insertParts(change, event, addressed, { from, onLeft })}
          select (select created_at from event) as "createdAt", valid from current`,
      )
      if (!row?.valid) return 'OUTDATED'
      const { createdAt } = row
      const matched = countOf(addressed.recipients)
      return createdAt ? { ...event, matched, createdAt } : 'KEY_TAKEN'
    },

    /** Inserts several events of one action, which each go to all of the recipients, as `insert`. */
    async insertAll(
      change: Change,
      { action, seen }: Pick<NewChatEvent, 'action' | 'seen'>,
      events: readonly Pick<ChatEvent, 'id' | 'licenseId' | 'clientId' | 'data'>[],
      { recipients, clientIds }: Addressed,
      { onLeft }: { onLeft: () => void },
    ): Promise<void> {
      const chatEventIds = events.map(({ id }) => id)
      await change.transaction.$executeRaw`
        with event as (
          insert into chat_event (id, license_id, client_id, action, data, matched, seen)
          select id, "licenseId", "clientId", ${action}::webhook_action, data, ${countOf(recipients)}, ${seen}
          from jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
            as event(id text, "licenseId" int, "clientId" text, data text)
          returning id, license_id, action, created_at
        )${reach(clientIds)}${deliver(change, { action, chatEventIds, chatId: null, recipients }, { inOrder: 0, onLeft })}
        select`
    },

    /** @returns the event that has taken the key; `undefined` if the key is no longer kept */
    async findByKey(key: { licenseId: number; clientId: string; key: string }): Promise<ChatEvent | undefined> {
      const [event] = await database.$queryRaw<ChatEvent[]>`
        select chat_event.id, chat_event.license_id as "licenseId", chat_event.client_id as "clientId", action, data, matched,
          only_client_id as "onlyClientId", chat_id as "chatId", seen, chat_event.created_at as "createdAt"
        from chat_event_key join chat_event on chat_event.id = chat_event_id
        where chat_event_key.license_id = ${key.licenseId} and chat_event_key.client_id = ${key.clientId} and key = ${key.key}`
      return event
    },
  }
}

/** The part of a statement that lists the events of the part `event` for applications. */
function reach(clientIds: readonly string[]): Prisma.Sql {
  if (clientIds.length === 0) return Prisma.empty
  return Prisma.sql`, listed as (
    insert into chat_event_reached (chat_event_id, license_id, client_id, action, created_at)
    select id, license_id, reached, action, created_at from event cross join unnest(${[...clientIds]}::text[]) reached)`
}
