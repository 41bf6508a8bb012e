import type { Slice } from '../contract/pagination.ts'
import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { detailOf, type StoredDetail } from '../deliveries/stored-detail.ts'
import type { Reach } from '../identity/reach.ts'
import type { ExplainedAttempt } from './attempt-explanation.ts'
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
  /** Whether it is PENDING and due: it waits for its turn. */
  readonly due: boolean
  /** The last attempt of one that is FAILED. */
  readonly failed: ExplainedAttempt | null
}

type DeliveryOfRow = Omit<DeliveryOf, 'failed'> &
  Omit<ExplainedAttempt, 'detail' | 'startedAt'> & {
    /** Null if there is no attempt to show. */
    readonly startedAt: Date | null
    readonly detail: StoredDetail | null
  }

/** Reads all deliveries of each event once: it may be asked for with many bot agents. @returns those that exist and are in reach */
export async function findDeliveriesOf(
  database: Database,
  within: EventReach,
  asked: readonly Pick<DeliveryOf, 'chatEventId' | 'botAgentId'>[],
): Promise<DeliveryOf[]> {
  const [events, botAgents] = [asked.map(({ chatEventId }) => chatEventId), asked.map(({ botAgentId }) => botAgentId)]
  const rows = await database.$queryRaw<DeliveryOfRow[]>`
    select chat_event_id as "chatEventId", bot_agent_id as "botAgentId", id, state, ping,
      coalesce(state = 'PENDING' and next_attempt_at < clock_timestamp(), false) as due,
      started_at as "startedAt", duration_ms as "durationMs", status_code as "statusCode", error, detail
    from webhook_delivery left join webhook_attempt attempt
      on delivery_id = id and attempt.number = attempt_count and state = 'FAILED'
    where chat_event_id = any(${[...new Set(events)]}::text[]) and ${isIn(within)}
      and (chat_event_id, bot_agent_id) in (select * from unnest(${events}::text[], ${botAgents}::text[]))`
  return rows.map(({ chatEventId, botAgentId, id, state, due, startedAt, detail, ...attempt }) => {
    const shown = detail && startedAt && detailOf(detail, { deliveryId: id, startedAt })
    return { chatEventId, botAgentId, id, state, due, failed: startedAt && { ...attempt, startedAt, detail: shown } }
  })
}

function ofEvent(within: EventReach, chatEventId: string): Prisma.Sql {
  return Prisma.sql`chat_event_id = ${chatEventId} and ${isIn(within)}`
}

function isIn({ reach: { licenseId, clientId }, viewer }: EventReach): Prisma.Sql {
  const own = clientId === undefined ? Prisma.empty : Prisma.sql`and client_id = ${clientId}`
  return Prisma.sql`license_id = ${licenseId} ${own} and ${notHiddenFrom(viewer)}`
}
