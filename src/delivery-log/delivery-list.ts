import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import { ofBotAgent } from '../deliveries/of-bot-agent.ts'
import type { Reach } from '../identity/reach.ts'

/** Which deliveries a list shows. */
export interface DeliverySelection {
  readonly states?: readonly WebhookDeliveryState[]
  readonly botAgentIds?: readonly string[]
}

/** In the order of the enum in the database. */
const everyState: readonly WebhookDeliveryState[] = ['PENDING', 'SUCCEEDED', 'FAILED', 'HELD', 'CANCELLED']

/**
 * One page of a list, newest first. The deliveries of one bot agent or application and of one state are a range of an index, in the order
 * of the list: the page is the newest of all ranges together. So it reads no delivery that it does not show, but for those at the ends of
 * other ranges: see docs/decisions/delivery-storage.md.
 * @param columns what is selected of `delivery`
 * @param options.before only deliveries with a lower number
 */
export function deliveryPage(
  columns: Prisma.Sql,
  reach: Reach,
  { states = everyState, botAgentIds }: DeliverySelection,
  { before, take }: { before: bigint | undefined; take: number },
): Prisma.Sql {
  const { key, keys, inReach } = botAgentIds ? ofBotAgents(reach, botAgentIds) : ofApplications(reach)
  const older = before === undefined ? Prisma.empty : Prisma.sql`and number < ${before}`
  const range = Prisma.sql`${key} and state = range.state ${older}`
  return Prisma.sql`
    with recursive key as (${keys}), range as (
      select key.id, state from key cross join unnest(${[...states]}::webhook_delivery_state[]) as given(state)
      where key.id is not null
    ), begun as materialized (
      -- The newest delivery of each range. The page does not go below the one at its last place.
      select range.*, newest.number from range cross join lateral (
        select number, license_id, client_id from webhook_delivery where ${range} order by number desc limit 1
      ) newest
      where ${inReach}
    ), lowest as (select number from begun order by number desc offset ${take - 1} limit 1)
    select ${columns} from begun range cross join lateral (
      select * from webhook_delivery where ${range} and number >= coalesce((select number from lowest), 0)
      order by number desc limit ${take}
    ) delivery
    order by delivery.number desc limit ${take}`
}

/** A bot agent that is not in reach has no delivery in reach. */
function ofBotAgents({ licenseId, clientId }: Reach, botAgentIds: readonly string[]) {
  return {
    keys: Prisma.sql`select id from unnest(${[...botAgentIds]}::text[]) as named(id)`,
    key: ofBotAgent(Prisma.sql`range.id`),
    inReach: Prisma.sql`license_id = ${licenseId} ${clientId === undefined ? Prisma.empty : Prisma.sql`and client_id = ${clientId}`}`,
  }
}

/** One application, or those that the index has in the license: this jumps from one to the next. */
function ofApplications({ licenseId, clientId }: Reach) {
  const hash = Prisma.sql`hashtext(client_id)`
  const own = { inReach: Prisma.sql`true` }
  if (clientId !== undefined) {
    return {
      ...own,
      keys: Prisma.sql`select hashtext(${clientId}) as id`,
      key: Prisma.sql`license_id = ${licenseId} and ${hash} = range.id and client_id = ${clientId}`,
    }
  }
  return {
    ...own,
    keys: Prisma.sql`
      (select ${hash} as id from webhook_delivery where license_id = ${licenseId} order by ${hash} limit 1)
      union all
      select (select ${hash} from webhook_delivery where license_id = ${licenseId} and ${hash} > key.id order by ${hash} limit 1)
      from key where key.id is not null`,
    key: Prisma.sql`license_id = ${licenseId} and ${hash} = range.id`,
  }
}
