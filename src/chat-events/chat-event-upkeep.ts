import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'

const BATCH = 500
/** For how many seconds the idempotency key of an event is kept, and the event with it. */
const KEY_SECONDS = 24 * 3_600

/**
 * Removes old events and keys, in small transactions.
 * @param options.retention milliseconds for which deliveries are kept after they have ended, and their events with them
 */
export function createChatEventUpkeep({ database, retention }: { database: Database; retention: number }) {
  const age = Math.max(retention / 1_000, KEY_SECONDS)

  /** Goes on behind the last event that it has looked at: those that still have deliveries are not looked at again. */
  async function pruneMatched(): Promise<number> {
    let removed = 0
    let place = { createdAt: new Date(0), id: '' }
    for (;;) {
      const seen = await database.$queryRaw<{ createdAt: Date; id: string; removed: boolean }[]>`
        with seen as (
          select ctid, id, created_at from chat_event
          where matched > 0 and created_at < (
              -- An event must stay until its last delivery is made.
              select least(clock_timestamp() - ${age} * interval '1 second', (select min(created_at) from fan_out)))
            and (created_at, id) > (${place.createdAt}, ${place.id})
          order by created_at, id limit ${BATCH}
        ), old as (
          select ctid from chat_event
          where ctid = any(array(select ctid from seen))
            and not exists (select from webhook_delivery where chat_event_id = chat_event.id)
          for update skip locked
        ), removed as (
          delete from chat_event where ctid = any(array(select ctid from old)) returning id
        ), unlisted as (
          delete from chat_event_reached where chat_event_id = any(array(select id from removed))
        )
        select seen.id, seen.created_at as "createdAt", removed.id is not null as removed
        from seen left join removed using (id) order by seen.created_at, id`
      removed += seen.filter((event) => event.removed).length
      const last = seen.at(-1)
      if (!last || seen.length < BATCH) return removed
      place = last
    }
  }

  const pruneUnmatched = () => database.$executeRaw`
    delete from chat_event where ctid = any(array(
      select ctid from chat_event
      where matched = 0 and created_at < (select clock_timestamp() - ${KEY_SECONDS} * interval '1 second')
      order by created_at limit ${BATCH} for update skip locked))`

  const pruneKeys = () => database.$executeRaw`
    delete from chat_event_key where ctid = any(array(
      select ctid from chat_event_key
      where created_at < (select clock_timestamp() - ${KEY_SECONDS} * interval '1 second')
      order by created_at limit ${BATCH} for update skip locked))`

  return {
    /** @returns how many events and keys were removed */
    async prune(): Promise<number> {
      // An event must outlive its key.
      const keys = await inBatches(BATCH, pruneKeys)
      return keys + (await inBatches(BATCH, pruneUnmatched)) + (await pruneMatched())
    },
  }
}
