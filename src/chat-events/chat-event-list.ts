import type { Place, Slice } from '../contract/pagination.ts'
import { Prisma } from '../database/client/client.ts'
import { type WebhookAction, webhookActionNames } from '../webhooks/webhook-action.ts'

/** Whose events a caller sees. What only one application may see, only that one sees. */
export interface EventAudience {
  readonly licenseId: number
  readonly clientId: string
  /** Only events that reached bot agents: the caller's own, or any of the license. Absent: all events of the license. */
  readonly reached?: 'OWN' | 'ANY'
}

/** Which events a list shows. */
export interface ListedEvents {
  readonly actions?: readonly WebhookAction[] | undefined
  readonly chatId?: string | undefined
  readonly matched?: boolean | undefined
  readonly createdSince?: Date | undefined
  readonly createdUntil?: Date | undefined
}

/**
 * The places of events in a slice of a list, newest first. The events of one action are a range of an index, in the order of the list: the
 * slice is merged from these ranges, or taken from the range of one chat. See docs/decisions/lists.md.
 */
export function chatEventPage(audience: EventAudience, filter: ListedEvents, slice: Slice<Place>): Prisma.Sql {
  const { backwards, take } = slice
  const near = Prisma.raw(backwards ? 'created_at, id' : 'created_at desc, id desc')
  const sources =
    filter.chatId === undefined
      ? rangesOf(audience, filter, slice)
      : [ofChat(audience, { ...filter, chatId: filter.chatId }, slice)]
  return Prisma.sql`
    select id, created_at as "createdAt" from (
      select id, created_at from (${Prisma.join(sources, ' union all ')}) event order by ${near} limit ${take}
    ) slice order by created_at desc, id desc`
}

function rangesOf(audience: EventAudience, filter: ListedEvents, slice: Slice<Place>): Prisma.Sql[] {
  const { licenseId, clientId, reached } = audience
  const { actions = webhookActionNames, matched } = filter
  const asked = Prisma.sql`unnest(${[...new Set(actions)]}::webhook_action[]) asked(action)`
  const reaching = [true, false].filter((is) => is === (matched ?? is) && (is || !reached))
  if (reached === 'OWN') {
    if (reaching.length === 0) return [nothing]
    const own = Prisma.sql`license_id = ${licenseId} and hashtext(client_id) = hashtext(${clientId}) and client_id = ${clientId}`
    const columns = { from: Prisma.sql`chat_event_reached`, id: Prisma.sql`chat_event_id` }
    return [range(columns, asked, Prisma.sql`${own} and action = asked.action`, filter, slice)]
  }
  const columns = { from: Prisma.sql`chat_event`, id: Prisma.sql`id` }
  const ofLicense = Prisma.sql`license_id = ${licenseId} and action = asked.action`
  const known = Prisma.sql`${asked} cross join unnest(${reaching}::boolean[]) wanted(reaching)`
  const shared = Prisma.sql`${ofLicense} and only_client_id is null and (matched > 0) = wanted.reaching`
  const ofOne = Prisma.sql`${ofLicense} and only_client_id = ${clientId}`
  return [
    range(columns, known, shared, filter, slice),
    // They exist only where they have reached somebody.
    ...(reaching.includes(true) ? [range(columns, asked, ofOne, filter, slice)] : []),
  ]
}

/** Filters and the caller's reach are conditions beside the range: one chat has few events. */
function ofChat(
  { licenseId, clientId, reached }: EventAudience,
  filter: ListedEvents & { chatId: string },
  slice: Slice<Place>,
): Prisma.Sql {
  const { chatId, actions, matched } = filter
  const reaches = Prisma.sql`exists (
    select from webhook_delivery where chat_event_id = chat_event.id and license_id = ${licenseId} and client_id = ${clientId})`
  const conditions = [
    Prisma.sql`license_id = ${licenseId} and hashtext(chat_id) = hashtext(${chatId}) and chat_id = ${chatId}`,
    Prisma.sql`(only_client_id is null or only_client_id = ${clientId})`,
    ...(actions ? [Prisma.sql`action = any(${[...actions]}::webhook_action[])`] : []),
    ...(matched === undefined ? [] : [Prisma.sql`(matched > 0) = ${matched}`]),
    ...(reached ? [reached === 'OWN' ? reaches : Prisma.sql`matched > 0`] : []),
  ]
  return Prisma.sql`(
    select id, created_at from chat_event where ${Prisma.join(conditions, ' and ')} ${between(Prisma.sql`id`, filter, slice)}
    order by ${nearest(Prisma.sql`id`, slice)} limit ${slice.take})`
}

/** @param of one row for each range */
function range(
  { from, id }: { from: Prisma.Sql; id: Prisma.Sql },
  of: Prisma.Sql,
  condition: Prisma.Sql,
  filter: ListedEvents,
  slice: Slice<Place>,
): Prisma.Sql {
  return Prisma.sql`
    select event.id, event.created_at from ${of} cross join lateral (
      select ${id} as id, created_at from ${from} where ${condition} ${between(id, filter, slice)}
      order by ${nearest(id, slice)} limit ${slice.take}
    ) event`
}

const nothing = Prisma.sql`select null::text as id, null::timestamptz as created_at where false`

function between(id: Prisma.Sql, { createdSince, createdUntil }: ListedEvents, { after, before }: Slice<Place>) {
  const conditions = [
    ...(createdSince ? [Prisma.sql`and created_at >= ${createdSince}`] : []),
    ...(createdUntil ? [Prisma.sql`and created_at <= ${createdUntil}`] : []),
    ...(after ? [Prisma.sql`and (created_at, ${id}) < (${after.createdAt}, ${after.id})`] : []),
    ...(before ? [Prisma.sql`and (created_at, ${id}) > (${before.createdAt}, ${before.id})`] : []),
  ]
  return conditions.length > 0 ? Prisma.join(conditions, ' ') : Prisma.empty
}

function nearest(id: Prisma.Sql, { backwards }: Slice<Place>): Prisma.Sql {
  return backwards ? Prisma.sql`created_at, ${id}` : Prisma.sql`created_at desc, ${id} desc`
}
