import type { Database } from '../database/database.ts'
import { inBatches } from '../database/in-batches.ts'
import { now } from './claim-sql.ts'

const BATCH = 500
/** Deliveries that are due are counted up to here, and of so many bot agents. */
const MOST_DUE = 10_000
const MOST_LANES = 2_000

/**
 * Removes what is older than the retention, in small transactions.
 * @param options.retention milliseconds for which a delivery is kept after it has ended
 */
export function createDeliveryUpkeep(options: { database: Database; retention: number }) {
  const { database } = options
  const age = options.retention / 1_000

  return {
    /**
     * Walks through the deliveries from the oldest, in the order of their ids, which is that of their creation. Those that were still
     * under way or were replayed lately are passed over. Pending deliveries are never removed.
     * @returns how many rows were removed
     */
    async prune(): Promise<number> {
      let removed = 0
      for (let after = ''; ; ) {
        const [walked] = await database.$queryRaw<[{ last: string | null; isOld: boolean; removed: number }]>`
          with cutoff as materialized (select clock_timestamp() - ${age} * interval '1 second' as time), walked as materialized (
            select id, created_at from webhook_delivery where id > ${after} order by id limit ${BATCH}
          ), ended as (
            select id from webhook_delivery where id = any(array(select id from walked))
              and case state when 'PENDING' then null when 'HELD' then created_at else finished_at end < (select time from cutoff)
            for update skip locked
          ), removed as (
            delete from webhook_delivery where id = any(array(select id from ended)) returning 1
          )
          select max(id) as last, bool_or(created_at < (select time from cutoff)) as "isOld",
            (select count(*)::int from removed) as removed
          from walked`
        removed += walked.removed
        if (!walked.last || !walked.isOld) return removed
        after = walked.last
      }
    },

    /**
     * Makes the first delivery of each chat due that waits for one that has ended: if a gateway dies, or the delivery was locked, nobody
     * else does. @returns how many
     */
    resumeChats(): Promise<number> {
      return inBatches(
        BATCH,
        () => database.$executeRaw`
          with recursive first as (
            (select bot_agent_id, chat_id, number, id from webhook_delivery where state = 'PENDING' and next_attempt_at is null
            order by bot_agent_id, chat_id, number limit 1)
            union all
            (select next.* from first cross join lateral (
              select bot_agent_id, chat_id, number, id from webhook_delivery
              where state = 'PENDING' and next_attempt_at is null and (bot_agent_id, chat_id) > (first.bot_agent_id, first.chat_id)
              order by bot_agent_id, chat_id, number limit 1
            ) next)
          ), left_alone as (
            select id from first where not exists (
              select from webhook_delivery earlier
              where earlier.bot_agent_id = first.bot_agent_id and earlier.chat_id = first.chat_id and earlier.number < first.number
                and earlier.state = 'PENDING' and earlier.in_order)
            limit ${BATCH}
          )
          update webhook_delivery set next_attempt_at = clock_timestamp()
          where id = any(array(
            select id from webhook_delivery where id = any(array(select id from left_alone)) for update skip locked))`,
      )
    },

    /** Removes what is known of the pace of bot agents that have sent nothing for an hour. @returns how many */
    forgetPaces(): Promise<number> {
      return inBatches(
        BATCH,
        () => database.$executeRaw`
          delete from webhook_pace where bot_agent_id = any(array(
            select bot_agent_id from webhook_pace where next_at < ${now} - interval '1 hour' limit ${BATCH} for update skip locked))`,
      )
    },

    /**
     * Looks into one lane after the other, so that retries that wait cost nothing.
     * @returns how many deliveries are due and not yet sent, at most 10,000 of 2,000 bot agents, including those of paused ones
     */
    async due(): Promise<number> {
      const [row] = await database.$queryRaw<[{ due: number }]>`
        with recursive lane as (
          (select bot_agent_id, 1 as place from webhook_delivery where state = 'PENDING' and not ping order by bot_agent_id limit 1)
          union all
          select (
            select bot_agent_id from webhook_delivery
            where state = 'PENDING' and not ping and bot_agent_id > lane.bot_agent_id order by bot_agent_id limit 1
          ), place + 1 from lane where lane.bot_agent_id is not null and place < ${MOST_LANES}
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
