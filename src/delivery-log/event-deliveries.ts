import type { Slice } from '../contract/pagination.ts'
import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Reach } from '../identity/reach.ts'
import { notHiddenFrom } from './delivery-filter.ts'

/** Whose deliveries are asked for, and by which application: what is hidden from it is not known to be of the event. */
export interface EventReach {
  readonly reach: Reach
  readonly viewer: string
}

/**
 * One slice of the deliveries of an event that are in reach, newest first.
 * @param columns what is selected of `delivery`
 * @param slice between the numbers of deliveries
 */
export function eventDeliveryPage(
  columns: Prisma.Sql,
  within: EventReach,
  chatEventId: string,
  { after, before, backwards, take }: Slice<bigint>,
): Prisma.Sql {
  const conditions = [
    ofEvent(within, chatEventId),
    ...(after === undefined ? [] : [Prisma.sql`number < ${after}`]),
    ...(before === undefined ? [] : [Prisma.sql`number > ${before}`]),
  ]
  const nearest = backwards ? Prisma.sql`number` : Prisma.sql`number desc`
  return Prisma.sql`
    select ${columns} from (
      select * from webhook_delivery where ${Prisma.join(conditions, ' and ')} order by ${nearest} limit ${take}
    ) delivery order by number desc`
}

/** How many deliveries of an event are in reach, counted up to `most`. */
export function eventDeliveryCount(within: EventReach, chatEventId: string, most: number): Prisma.Sql {
  return Prisma.sql`select count(*)::int as count from (
    select from webhook_delivery where ${ofEvent(within, chatEventId)} limit ${most}) counted`
}

/** A delivery of an event to one bot agent. */
export interface DeliveryOf {
  readonly chatEventId: string
  readonly botAgentId: string
  readonly id: string
  readonly state: WebhookDeliveryState
}

/** Reads all deliveries of each event once: it may be asked for with many bot agents. @returns those that exist and are in reach */
export function findDeliveriesOf(
  database: Database,
  within: EventReach,
  asked: readonly Pick<DeliveryOf, 'chatEventId' | 'botAgentId'>[],
): Promise<DeliveryOf[]> {
  const [events, botAgents] = [asked.map(({ chatEventId }) => chatEventId), asked.map(({ botAgentId }) => botAgentId)]
  return database.$queryRaw<DeliveryOf[]>`
    select chat_event_id as "chatEventId", bot_agent_id as "botAgentId", id, state from webhook_delivery
    where chat_event_id = any(${[...new Set(events)]}::text[]) and ${isIn(within)}
      and (chat_event_id, bot_agent_id) in (select * from unnest(${events}::text[], ${botAgents}::text[]))`
}

function ofEvent(within: EventReach, chatEventId: string): Prisma.Sql {
  return Prisma.sql`chat_event_id = ${chatEventId} and ${isIn(within)}`
}

function isIn({ reach: { licenseId, clientId }, viewer }: EventReach): Prisma.Sql {
  const own = clientId === undefined ? Prisma.empty : Prisma.sql`and client_id = ${clientId}`
  return Prisma.sql`license_id = ${licenseId} ${own} and ${notHiddenFrom(viewer)}`
}
