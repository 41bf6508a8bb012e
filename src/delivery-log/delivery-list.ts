import type { Slice } from '../contract/pagination.ts'
import { Prisma } from '../database/client/client.ts'
import { type DeliverySelection, numbersIn, rangesOf } from './delivery-ranges.ts'

const LARGEST_NUMBER = 2n ** 63n - 1n

export interface ListOrder {
  readonly newestFirst: boolean
}

/**
 * One slice of a list whose filter is plain. The slice is the nearest of all ranges together, to the newest end or to the oldest. So it
 * reads no delivery that it does not show, but for those at the ends of other ranges: see docs/decisions/delivery-storage.md.
 * @param columns what is selected of `delivery`
 * @param slice between the numbers of deliveries
 */
export function deliveryPage(
  columns: Prisma.Sql,
  selection: DeliverySelection,
  { backwards, take, ...slice }: Slice<bigint>,
  { newestFirst }: ListOrder,
): Prisma.Sql {
  const { parts, condition, inReach } = rangesOf(selection)
  const range = Prisma.sql`${condition} ${numbersIn(slice, newestFirst)}`
  const descending = newestFirst !== backwards
  const nearest = descending ? Prisma.sql`number desc` : Prisma.sql`number`
  const within = descending
    ? Prisma.sql`number >= coalesce((select number from last), 0)`
    : Prisma.sql`number <= coalesce((select number from last), ${LARGEST_NUMBER})`
  return Prisma.sql`
    with recursive ${parts}, begun as materialized (
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
    select ${columns} from slice delivery order by number ${newestFirst ? Prisma.sql`desc` : Prisma.empty}`
}
