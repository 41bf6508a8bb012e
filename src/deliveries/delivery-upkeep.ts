import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { now } from './claim-sql.ts'

const BATCH = 500
/** Deliveries that are due are counted up to here. */
const MOST_DUE = 10_000
/** For how many seconds the idempotency key of an event is kept, and the event with it. */
const KEY_SECONDS = 24 * 3_600

/**
 * Removes what is older than the retention, in small transactions.
 * @param options.retention milliseconds for which a delivery is kept after it has ended
 */
export function createDeliveryUpkeep(options: { database: Database; retention: number }) {
  const { database } = options
  const age = options.retention / 1_000

  const removals = [
    () => database.$executeRaw`
      delete from chat_event where id in (
        select id from chat_event
        where created_at < clock_timestamp() - ${Math.max(age, KEY_SECONDS)} * interval '1 second'
          and not exists (select from webhook_delivery where chat_event_id = chat_event.id)
        limit ${BATCH} for update skip locked)`,
    () => database.$executeRaw`
      delete from chat_event_key where (license_id, client_id, key) in (
        select license_id, client_id, key from chat_event_key
        where created_at < clock_timestamp() - ${KEY_SECONDS} * interval '1 second'
        limit ${BATCH} for update skip locked)`,
  ]

  /**
   * Walks through the deliveries from the oldest, in the order of their ids, which is that of their creation. Those that were still under
   * way or were replayed lately are passed over. Pending deliveries are never removed.
   */
  const removeDeliveries = async () => {
    let removed = 0
    for (let after = ''; ; ) {
      const [walked] = await database.$queryRaw<[{ last: string | null; isOld: boolean; removed: number }]>`
        with cutoff as materialized (select clock_timestamp() - ${age} * interval '1 second' as time), walked as materialized (
          select id, created_at from webhook_delivery where id > ${after} order by id limit ${BATCH}
        ), ended as (
          select id from webhook_delivery where id in (select id from walked)
            and case state when 'PENDING' then null when 'HELD' then created_at else finished_at end < (select time from cutoff)
          for update skip locked
        ), removed as (
          delete from webhook_delivery where id in (select id from ended) returning 1
        )
        select max(id) as last, bool_or(created_at < (select time from cutoff)) as "isOld",
          (select count(*)::int from removed) as removed
        from walked`
      removed += walked.removed
      if (!walked.last || !walked.isOld) return removed
      after = walked.last
    }
  }

  return {
    /** @returns how many rows were removed */
    async prune(): Promise<number> {
      let removed = await removeDeliveries()
      for (const remove of removals) removed += await inBatches(BATCH, remove)
      return removed
    },

    /**
     * Looks into one lane after the other, so that retries that wait cost nothing.
     * @returns how many deliveries are due and not yet sent, at most 10,000, including those of paused bot agents
     */
    async due(): Promise<number> {
      const [row] = await database.$queryRaw<[{ due: number }]>`
        with recursive lane as (
          (select bot_agent_id from webhook_delivery where state = 'PENDING' and not ping order by bot_agent_id limit 1)
          union all
          select (
            select bot_agent_id from webhook_delivery
            where state = 'PENDING' and not ping and bot_agent_id > lane.bot_agent_id order by bot_agent_id limit 1
          ) from lane where lane.bot_agent_id is not null
        )
        select count(*)::int as due from (
          select from lane cross join lateral (
            select from webhook_delivery
            where bot_agent_id = lane.bot_agent_id and state = 'PENDING' and not ping and next_attempt_at <= ${now}
            limit ${MOST_DUE}
          ) of_lane
          limit ${MOST_DUE}
        ) due`
      return row.due
    },
  }
}
