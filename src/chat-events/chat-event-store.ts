import type { Place, Slice } from '../contract/pagination.ts'
import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { Change, StatementChange } from '../feed/change.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import type { ChatEventFilter } from './chat-event-filter.ts'
import { chatEventPage, chatEventScan, type EventAudience } from './chat-event-list.ts'
import { countOf, type FanOut, nextDeliveries } from './fan-out.ts'
import type { KeptAudience } from './listeners.ts'
import type { Addressed } from './recipients.ts'

export interface ChatEvent {
  readonly id: string
  readonly licenseId: number
  readonly clientId: string
  readonly action: WebhookAction
  /** JSON text, as it was given. */
  readonly data: string
  /** How many deliveries it causes, of those that the reader may know of. */
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
    { recipients, ofApplications, inOrder }: Addressed,
    { from, onLeft }: { from: Prisma.Sql; onLeft: () => void },
  ): Prisma.Sql => {
    const { id, licenseId, clientId, action, data, onlyClientId, chatId, seen } = event
    return Prisma.sql`event as (
        insert into chat_event (id, license_id, client_id, action, data, matched, only_client_id, chat_id, seen)
        select ${id}, ${licenseId}, ${clientId}, ${action}::webhook_action, ${data}, ${countOf(recipients)}, ${onlyClientId},
          ${chatId}, ${seen}
        from ${from}
        returning id, license_id, action, created_at
      )${reach(ofApplications)}${deliver(
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
    find(audience: EventAudience, ids: readonly string[]): Promise<ChatEvent[]> {
      const { licenseId, clientId, reached } = audience
      const [from, matched] =
        reached === 'OWN'
          ? [Prisma.sql`chat_event cross join lateral (${reachedOf(audience)}) own`, Prisma.sql`own.matched`]
          : [Prisma.sql`chat_event`, Prisma.sql`chat_event.matched`]
      return database.$queryRaw<ChatEvent[]>`
        select ${columns}, ${matched} from ${from}
        where chat_event.license_id = ${licenseId} and chat_event.id = any(${[...ids]}::text[])
          and (only_client_id is null or only_client_id = ${clientId})
          ${reached === 'ANY' ? Prisma.sql`and chat_event.matched > 0` : Prisma.empty}`
    },

    /** The places of events in a list, newest first. */
    page(audience: EventAudience, filter: ChatEventFilter, slice: Slice<Place>): Promise<Place[]> {
      return database.$queryRaw<Place[]>(chatEventPage(audience, filter, slice))
    },

    /** The next of the list of a chat: see `lookThrough`. */
    async scan(
      audience: EventAudience,
      filter: ChatEventFilter & { chatId: string },
      slice: Slice<Place>,
      look: number,
    ): Promise<{ rows: Place[]; through: Place | null }> {
      const looked = await database.$queryRaw<(Place & { passes: boolean; isLast: boolean })[]>(
        chatEventScan(audience, filter, slice, look),
      )
      const last = looked.at(-1)
      return { rows: looked.filter(({ passes }) => passes), through: last?.isLast ? last : null }
    },

    insertParts,

    /**
     * Inserts the event, its deliveries and their feed entries, in one statement.
     * @param options.onLeft is called after the commit when deliveries are left for later
     * @param options.key is taken for the event. Of concurrent calls one takes it, and the others wait until that has committed
     * @param options.listeners inserts only if those of the license still have this version; absent: in any case
     */
    async insert(
      change: StatementChange,
      event: NewChatEvent,
      addressed: Addressed,
      options: { onLeft: () => void; key?: string | null; listeners?: Pick<KeptAudience, 'version'> | undefined },
    ): Promise<ChatEvent | NotInserted> {
      const { id, licenseId, clientId } = event
      const { onLeft, key = null, listeners } = options
      const isCurrent = listeners
        ? Prisma.sql`(select version::text from listening where license_id = ${licenseId}) is not distinct from ${listeners.version}`
        : Prisma.sql`true`
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
          with current as materialized (select ${isCurrent} as valid), ${key === null ? Prisma.empty : taking}
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
      { recipients, ofApplications }: Addressed,
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
        )${reach(ofApplications)}${deliver(change, { action, chatEventIds, chatId: null, recipients }, { inOrder: 0, onLeft })}
        select`
    },

    /** @returns the event that has taken the key; `undefined` if the key is no longer kept */
    async findByKey(key: { licenseId: number; clientId: string; key: string }): Promise<ChatEvent | undefined> {
      const [event] = await database.$queryRaw<ChatEvent[]>`
        select ${columns}, chat_event.matched
        from chat_event_key join chat_event on chat_event.id = chat_event_id
        where chat_event_key.license_id = ${key.licenseId} and chat_event_key.client_id = ${key.clientId} and key = ${key.key}`
      return event
    },
  }
}

/** Columns of `chat_event`, but for how many it matched. */
const columns = Prisma.sql`chat_event.id, chat_event.license_id as "licenseId", chat_event.client_id as "clientId", chat_event.action,
  data, only_client_id as "onlyClientId", chat_id as "chatId", seen, chat_event.created_at as "createdAt"`

/**
 * How many bot agents of the application get `chat_event`, in one row; none if it has not reached the application. Gateways of earlier
 * releases wrote down neither that nor what matching looked at: of their events the deliveries tell, as long as they are kept.
 */
function reachedOf({ licenseId, clientId }: EventAudience): Prisma.Sql {
  return Prisma.sql`
    select matched from chat_event_reached where chat_event_id = chat_event.id and client_id = ${clientId}
    union all
    select count(*)::int from webhook_delivery delivery
    where chat_event.seen is null and chat_event_id = chat_event.id and delivery.license_id = ${licenseId}
      and delivery.client_id = ${clientId}
    having count(*) > 0
    limit 1`
}

/** The part of a statement that lists the events of the part `event` for applications. */
function reach(ofApplications: ReadonlyMap<string, number>): Prisma.Sql {
  if (ofApplications.size === 0) return Prisma.empty
  return Prisma.sql`, listed as (
    insert into chat_event_reached (chat_event_id, license_id, client_id, action, matched, created_at)
    select event.id, license_id, reached.client_id, action, reached.matched, created_at
    from event cross join unnest(${[...ofApplications.keys()]}::text[], ${[...ofApplications.values()]}::int[]) reached (client_id, matched))`
}
