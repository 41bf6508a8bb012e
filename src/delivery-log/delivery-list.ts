import type { Slice } from '../contract/pagination.ts'
import { Prisma, type WebhookDeliveryState } from '../database/client/client.ts'
import { ofBotAgent } from '../deliveries/of-bot-agent.ts'
import type { Reach } from '../identity/reach.ts'

/** Which deliveries a list shows. */
export interface DeliverySelection {
  readonly states?: readonly WebhookDeliveryState[]
  readonly botAgentIds?: readonly string[]
}

const LARGEST_NUMBER = 2n ** 63n - 1n

/** In the order of the enum in the database. */
const everyState: readonly WebhookDeliveryState[] = ['PENDING', 'SUCCEEDED', 'FAILED', 'HELD', 'CANCELLED']

/**
 * One slice of a list, newest first. The deliveries of one bot agent or application and of one state are a range of an index, in the order
 * of the list: the slice is the nearest of all ranges together, to the newest end or to the oldest. So it reads no delivery that it does
 * not show, but for those at the ends of other ranges: see docs/decisions/delivery-storage.md.
 * @param columns what is selected of `delivery`
 * @param slice between the numbers of deliveries
 */
export function deliveryPage(
  columns: Prisma.Sql,
  reach: Reach,
  { states = everyState, botAgentIds }: DeliverySelection,
  { after, before, backwards, take }: Slice<bigint>,
): Prisma.Sql {
  const { key, keys, inReach } = botAgentIds ? ofBotAgents(reach, botAgentIds) : ofApplications(reach)
  const older = after === undefined ? Prisma.empty : Prisma.sql`and number < ${after}`
  const newer = before === undefined ? Prisma.empty : Prisma.sql`and number > ${before}`
  const range = Prisma.sql`${key} and state = range.state ${older} ${newer}`
  const nearest = backwards ? Prisma.sql`number` : Prisma.sql`number desc`
  const within = backwards
    ? Prisma.sql`number <= coalesce((select number from last), ${LARGEST_NUMBER})`
    : Prisma.sql`number >= coalesce((select number from last), 0)`
  return Prisma.sql`
    with recursive key as (${keys}), range as (
      select key.id, state from key cross join unnest(${[...states]}::webhook_delivery_state[]) as given(state)
      where key.id is not null
    ), begun as materialized (
      -- The nearest delivery of each range. The slice does not go beyond the one at its last place.
      select range.*, nearest.number from range cross join lateral (
        select number, license_id, client_id from webhook_delivery where ${range} order by ${nearest} limit 1
      ) nearest
      where ${inReach}
    ), last as (select number from begun order by ${nearest} offset ${take - 1} limit 1),
    slice as (
      select delivery.* from begun range cross join lateral (
        select * from webhook_delivery where ${range} and ${within}
        order by ${nearest} limit ${take}
      ) delivery
      order by delivery.${nearest} limit ${take}
    )
    select ${columns} from slice delivery order by number desc`
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
