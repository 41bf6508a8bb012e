import type { Slice } from '../contract/pagination.ts'
import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { ofBotAgent } from '../deliveries/of-bot-agent.ts'
import type { Reach } from '../identity/reach.ts'

/**
 * One slice of the deliveries of an event that are in reach, newest first.
 * @param columns what is selected of `delivery`
 * @param slice between the numbers of deliveries
 */
export function eventDeliveryPage(
  columns: Prisma.Sql,
  reach: Reach,
  chatEventId: string,
  { after, before, backwards, take }: Slice<bigint>,
): Prisma.Sql {
  const conditions = [
    inReach(reach, chatEventId),
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
export function eventDeliveryCount(reach: Reach, chatEventId: string, most: number): Prisma.Sql {
  return Prisma.sql`select count(*)::int as count from (
    select from webhook_delivery where ${inReach(reach, chatEventId)} limit ${most}) counted`
}

/** @returns the delivery of an event to one bot agent, if there is one in reach */
export async function findDeliveryOf(
  database: Database,
  reach: Reach,
  { chatEventId, botAgentId }: { chatEventId: string; botAgentId: string },
): Promise<{ id: string; state: WebhookDeliveryState } | undefined> {
  const [delivery] = await database.$queryRaw<{ id: string; state: WebhookDeliveryState }[]>`
    select id, state from webhook_delivery where ${inReach(reach, chatEventId)} and ${ofBotAgent(botAgentId)} limit 1`
  return delivery
}

function inReach({ licenseId, clientId }: Reach, chatEventId: string): Prisma.Sql {
  const own = clientId === undefined ? Prisma.empty : Prisma.sql`and client_id = ${clientId}`
  return Prisma.sql`chat_event_id = ${chatEventId} and license_id = ${licenseId} ${own}`
}
