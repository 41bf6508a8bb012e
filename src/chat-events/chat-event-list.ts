import type { Place, Slice } from '../contract/pagination.ts'
import { Prisma } from '../database/client/client.ts'
import { webhookActionNames } from '../webhooks/webhook-action.ts'
import type { ChatEventFilter } from './chat-event-filter.ts'

/** Whose events a caller sees. What only one application may see, only that one sees. */
export interface EventAudience {
  readonly licenseId: number
  readonly clientId: string
  /** Only events that reached bot agents: the caller's own, or any of the license. Absent: all events of the license. */
  readonly reached?: 'OWN' | 'ANY'
}

/**
 * The places of events in a slice of a list, newest first. The events of one action are a range of an index, in the order of the list: the
 * slice is merged from these ranges. See docs/decisions/lists.md.
 */
export function chatEventPage(
  audience: EventAudience,
  filter: Omit<ChatEventFilter, 'chatId'>,
  slice: Slice<Place>,
): Prisma.Sql {
  const ranges = Prisma.join(rangesOf(audience, filter, slice), ' union all ')
  return Prisma.sql`
    select id, created_at as "createdAt" from (
      select id, created_at from (${ranges}) event order by ${nearest(slice)} limit ${slice.take}
    ) slice order by created_at desc, id desc`
}

/**
 * Looks at the nearest events of a chat, and selects the places of those that pass the filter and that the caller sees, nearest first. The
 * last of `look` events is there in any case, and says that it is the last: there may be more behind it.
 */
export function chatEventScan(
  audience: EventAudience,
  filter: ChatEventFilter & { chatId: string },
  slice: Slice<Place>,
  look: number,
): Prisma.Sql {
  const { licenseId } = audience
  return Prisma.sql`
    select id, created_at as "createdAt", passes, place = ${look}::int as "isLast" from (
      select id, created_at, ${passing(audience, filter)} as passes, row_number() over () as place from (
        select id, created_at, chat_id, action, matched, only_client_id from chat_event
        where license_id = ${licenseId} and hashtext(chat_id) = hashtext(${filter.chatId}) ${between(filter, slice)}
        order by ${nearest(slice)} limit ${look}::int
      ) chat_event
    ) looked
    where passes or place = ${look}::int order by ${nearest(slice)} limit ${slice.take}`
}

/**
 * Whether `chat_event` has reached an application. Chats are known only of events of which that is written down. Not as `exists`: PostgreSQL
 * might answer that by reading all that the application has got.
 */
function reaches(clientId: string): Prisma.Sql {
  return Prisma.sql`(
    select true from chat_event_reached reached where chat_event_id = chat_event.id and reached.client_id = ${clientId}) is true`
}

/** The range of a chat may have the events of another one with the same hash. */
function passing({ clientId, reached }: EventAudience, { chatId, actions, matched }: ChatEventFilter): Prisma.Sql {
  const conditions = [
    Prisma.sql`chat_id = ${chatId} and (only_client_id is null or only_client_id = ${clientId})`,
    ...(actions ? [Prisma.sql`action = any(${actions}::webhook_action[])`] : []),
    ...(matched === undefined ? [] : [Prisma.sql`(matched > 0) = ${matched}`]),
    ...(reached ? [Prisma.sql`matched > 0`] : []),
    ...(reached === 'OWN' ? [reaches(clientId)] : []),
  ]
  return Prisma.sql`(${Prisma.join(conditions, ' and ')})`
}

function rangesOf(audience: EventAudience, filter: Omit<ChatEventFilter, 'chatId'>, slice: Slice<Place>): Prisma.Sql[] {
  const { licenseId, clientId, reached } = audience
  const { actions = webhookActionNames, matched } = filter
  const asked = Prisma.sql`unnest(${actions}::webhook_action[]) asked(action)`
  const reaching = [true, false].filter((is) => is === (matched ?? is) && (is || !reached))
  if (reached === 'OWN') {
    if (reaching.length === 0) return [nothing]
    const own = Prisma.sql`license_id = ${licenseId} and hashtext(client_id) = hashtext(${clientId}) and client_id = ${clientId}`
    const listed = Prisma.sql`(select chat_event_id as id, license_id, client_id, action, created_at from chat_event_reached) listed`
    return [range(listed, asked, Prisma.sql`${own} and action = asked.action`, filter, slice)]
  }
  const events = Prisma.sql`chat_event`
  const ofLicense = Prisma.sql`license_id = ${licenseId} and action = asked.action`
  const known = Prisma.sql`${asked} cross join unnest(${reaching}::boolean[]) wanted(reaching)`
  const shared = Prisma.sql`${ofLicense} and only_client_id is null and (matched > 0) = wanted.reaching`
  const ofOne = Prisma.sql`${ofLicense} and only_client_id = ${clientId}`
  return [
    range(events, known, shared, filter, slice),
    // They exist only where they have reached somebody.
    ...(reaching.includes(true) ? [range(events, asked, ofOne, filter, slice)] : []),
  ]
}

/** @param of one row for each range */
function range(
  from: Prisma.Sql,
  of: Prisma.Sql,
  condition: Prisma.Sql,
  filter: Omit<ChatEventFilter, 'chatId'>,
  slice: Slice<Place>,
): Prisma.Sql {
  return Prisma.sql`
    select event.id, event.created_at from ${of} cross join lateral (
      select id, created_at from ${from} where ${condition} ${between(filter, slice)}
      order by ${nearest(slice)} limit ${slice.take}
    ) event`
}

const nothing = Prisma.sql`select null::text as id, null::timestamptz as created_at where false`

function between(
  { createdSince, createdUntil }: Pick<ChatEventFilter, 'createdSince' | 'createdUntil'>,
  { after, before }: Slice<Place>,
): Prisma.Sql {
  const conditions = [
    ...(createdSince ? [Prisma.sql`and created_at >= ${createdSince}`] : []),
    ...(createdUntil ? [Prisma.sql`and created_at <= ${createdUntil}`] : []),
    ...(after ? [Prisma.sql`and (created_at, id) < (${after.createdAt}, ${after.id})`] : []),
    ...(before ? [Prisma.sql`and (created_at, id) > (${before.createdAt}, ${before.id})`] : []),
  ]
  return conditions.length > 0 ? Prisma.join(conditions, ' ') : Prisma.empty
}

function nearest({ backwards }: Slice<Place>): Prisma.Sql {
  return backwards ? Prisma.sql`created_at, id` : Prisma.sql`created_at desc, id desc`
}
