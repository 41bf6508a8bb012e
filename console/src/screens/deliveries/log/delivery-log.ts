import { meetsChangingConditions } from '../filter/conditions.ts'
import type { DeliveryView } from '../filter/delivery-view.ts'
import type { DeliveryOfLogFragment } from './log.operations.ts'

export type Delivery = DeliveryOfLogFragment

/** Where the next page begins: behind a cursor of the list, or, where there is none, at a time. */
interface Next {
  readonly after?: string
  readonly from?: { readonly createdUntil: string } | { readonly createdSince: string }
}

/** What has been read of the log, and what came in since. */
export interface DeliveryLog {
  /** In the order of the list. */
  readonly rows: readonly Delivery[]
  /** Those that came in since and belong above the rows, newest first. */
  readonly fresh: readonly Delivery[]
  /** `undefined`: all of it has been read. */
  readonly next: Next | undefined
}

/** More than anybody scrolls through. Whoever follows for days needs no more memory than this takes. */
export const MOST_ROWS = 20_000

/** Milliseconds by which a delivery may be created before one that was listed earlier, by another gateway. */
const OUT_OF_STEP = 5_000

/**
 * Changes rows in place, and takes in what is new. A row that passes the filter no more stays: a list must not shrink under the hand of who
 * reads it.
 */
export function withUpdates(
  log: DeliveryLog,
  updates: Iterable<Delivery>,
  { oldestFirst, filter }: DeliveryView,
): DeliveryLog {
  const rows = [...log.rows]
  const places = new Map(rows.map(({ id }, index) => [id, index]))
  const fresh = new Map(log.fresh.map((delivery) => [delivery.id, delivery]))
  const arrived: Delivery[] = []
  for (const delivery of updates) {
    const { id } = delivery
    const place = places.get(id)
    if (place !== undefined) {
      rows[place] = delivery
      continue
    }
    if (!meetsChangingConditions(delivery, filter)) fresh.delete(id)
    else if (fresh.has(id)) fresh.set(id, delivery)
    else if (!oldestFirst && isAbove(delivery, rows[0])) arrived.unshift(delivery)
    else insert(delivery, rows, { oldestFirst, isWhole: !log.next })
  }
  // Who has scrolled further keeps what has been read: nothing is taken away from under the reader.
  const most = Math.max(MOST_ROWS, log.rows.length)
  // What is cut off of the fresh ones would be cut off when they are shown above the rows.
  const kept = [...arrived, ...fresh.values()].slice(0, MOST_ROWS)
  return { ...log, ...cut(rows, { most, oldestFirst, next: log.next }), fresh: kept }
}

/** Leaves out what is too much. It is read again when somebody gets there. */
function cut(
  rows: readonly Delivery[],
  { most, oldestFirst, next }: { most: number; oldestFirst: boolean; next: Next | undefined },
): Pick<DeliveryLog, 'rows' | 'next'> {
  const last = rows[most - 1]
  if (!last || rows.length === most) return { rows, next }
  // The time of creation that is told has no part of a millisecond.
  const createdUntil = new Date(createdAt(last) + 1).toISOString()
  return {
    rows: rows.slice(0, most),
    next: { from: oldestFirst ? { createdSince: last.createdAt } : { createdUntil } },
  }
}

const createdAt = (delivery: Delivery) => Date.parse(delivery.createdAt)

function isAbove(delivery: Delivery, first: Delivery | undefined): boolean {
  return !first || createdAt(delivery) >= createdAt(first) - OUT_OF_STEP
}

/** Puts an older delivery, which passes the filter only now, where it belongs. What belongs behind the last row comes with its page. */
function insert(
  delivery: Delivery,
  rows: Delivery[],
  { oldestFirst, isWhole }: { oldestFirst: boolean; isWhole: boolean },
): void {
  const time = createdAt(delivery)
  const behind = rows.findIndex((row) => (oldestFirst ? createdAt(row) > time : createdAt(row) < time))
  if (behind >= 0) rows.splice(behind, 0, delivery)
  else if (isWhole) rows.push(delivery)
}

/** Puts what is new above the rows. */
export function withFreshShown(log: DeliveryLog): DeliveryLog {
  if (log.fresh.length === 0) return log
  const rows = [...log.fresh, ...log.rows]
  return { ...cut(rows, { most: MOST_ROWS, oldestFirst: false, next: log.next }), fresh: [] }
}

export function withPage(
  log: DeliveryLog,
  page: { readonly nodes: readonly Delivery[]; readonly next: string | undefined },
): DeliveryLog {
  const known = new Set(log.rows.map(({ id }) => id))
  const more = page.nodes.filter(({ id }) => !known.has(id))
  return { ...log, rows: [...log.rows, ...more], next: page.next ? { after: page.next } : undefined }
}
