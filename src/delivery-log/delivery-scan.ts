import { Prisma } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import { conditionOf } from './delivery-filter.ts'
import { type DeliverySelection, isIn, rangesOf } from './delivery-ranges.ts'

/** Where a scan begins and how far it goes. */
export interface ScanOptions {
  /** The condition for the numbers: see `numbersIn`. */
  readonly numbers: Prisma.Sql
  /** Whether from the newest to the oldest. */
  readonly descending: boolean
  /** Deliveries that are wanted, and how many are looked at in each range at most. */
  readonly take: number
  readonly look: number
}

/** What a scan has found. */
export interface Scanned<Row> {
  /** In the order of the scan. */
  readonly rows: readonly Row[]
  /** The number up to which it has looked; null: there are no more. */
  readonly through: bigint | null
}

/**
 * Looks at the next deliveries of a selection, and selects those that pass its filter. The ranges are merged as in a page without a filter.
 * How much of a range is looked at depends on its place among the nearest: all in the first one, half as much in the second, and so on,
 * so that many ranges are not many times the work. What lies beyond the end of the first range that has more is left for the next scan.
 * @param columns what is selected of `delivery`, with its `id`
 */
export async function scan<Row extends { readonly id: string; readonly number: bigint }>(
  database: Transaction,
  columns: Prisma.Sql,
  selection: DeliverySelection,
  { numbers, descending, take, look }: ScanOptions,
): Promise<Scanned<Row>> {
  const { parts, condition, inReach } = rangesOf(selection)
  const range = Prisma.sql`${condition} ${numbers}`
  const nearest = descending ? Prisma.sql`number desc` : Prisma.sql`number`
  const [farthest, first] = descending ? [Prisma.sql`min`, Prisma.sql`max`] : [Prisma.sql`max`, Prisma.sql`min`]
  const within = descending ? Prisma.sql`number >=` : Prisma.sql`number <=`
  const found = await database.$queryRaw<({ through: bigint | null } & (Row | { id: null }))[]>`
    with recursive ${parts}, begun as materialized (
      select range.*, row_number() over (order by nearest.${nearest}) as place from range cross join lateral (
        select number, license_id, client_id from webhook_delivery where ${range} order by ${nearest} limit 1
      ) nearest
      where ${inReach}
    ), looked as materialized (
      select place, share, delivery.* from begun range
      cross join lateral (select greatest(1, ${look}::int / place) as share) part
      cross join lateral (
        -- The first limit is for the planner, which cannot know the second.
        select * from (
          select id, number, ${passing(selection)} as passes from webhook_delivery where ${range} order by ${nearest} limit ${look}
        ) nearest limit share
      ) delivery
    ), stopped as (
      select ${first}(through) as through from (
        select ${farthest}(number) as through from looked group by place, share having count(*) >= share
      ) cut
    )
    select through, page.* from stopped left join lateral (
      select ${columns} from (
        select id as looked_id from looked where passes and (through is null or ${within} through) order by ${nearest} limit ${take}
      ) chosen join webhook_delivery delivery on delivery.id = looked_id
    ) page on true
    order by page.${nearest}`
  const rows = found.filter((row): row is { through: bigint | null } & Row => row.id !== null)
  const last = rows.length === take ? rows.at(-1)?.number : undefined
  return { rows, through: last ?? found[0]?.through ?? null }
}

/**
 * @param options.most the number up to which they are counted @param options.look how many are looked at, at most
 * @returns how many deliveries pass, and whether there are no more
 */
export async function count(
  database: Database,
  selection: DeliverySelection,
  { most, look, numbers = Prisma.empty }: { most: number; look: number; numbers?: Prisma.Sql },
): Promise<{ count: number; isExact: boolean }> {
  const { parts, condition, inReach } = rangesOf(selection)
  const countWithin = async (within: number) => {
    const [row] = await database.$queryRaw<[{ looked: number; passed: number }]>`
      with recursive ${parts}, begun as materialized (
        select range.* from range cross join lateral (
          select license_id, client_id from webhook_delivery where ${condition} ${numbers} order by number limit 1
        ) first
        where ${inReach}
      )
      select count(*)::int as looked, (count(*) filter (where passes))::int as passed from (
        select passes from begun range cross join lateral (
          select ${passing(selection)} as passes from webhook_delivery where ${condition} ${numbers} order by number limit ${within}
        ) delivery limit ${within}
      ) looked`
    return { ...row, isAll: row.looked < within }
  }
  // Most filters let enough pass, or few are to be looked at. Otherwise they are counted again, further.
  const near = await countWithin(Math.min(2 * most, look))
  const { passed, isAll } = near.isAll || near.passed > most || 2 * most >= look ? near : await countWithin(look)
  return { count: Math.min(passed, most), isExact: isAll && passed <= most }
}

/** Whether a delivery is in reach and passes the filter. */
function passing({ reach, filter, viewer }: DeliverySelection): Prisma.Sql {
  return Prisma.sql`(${isIn(reach)} and ${conditionOf(filter, viewer)})`
}
