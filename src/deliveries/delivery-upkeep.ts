import type { Database } from '../database/database.ts'

const BATCH = 500
/** How long the key of an event holds, and the event with it. */
const KEY_SECONDS = 24 * 3_600

/** Removes what has been kept for long enough, in small transactions, and takes back what nobody can be sent any more. */
export function deliveryUpkeep(database: Database, { retention }: { retention: number }) {
  const age = retention / 1_000

  const removals = [
    // Never what is pending: that has no end, and is not held.
    () => database.$executeRaw`
      delete from webhook_delivery where id in (
        select id from webhook_delivery
        where finished_at < clock_timestamp() - ${age} * interval '1 second' and state <> 'PENDING'
        limit ${BATCH} for update skip locked)`,
    () => database.$executeRaw`
      delete from webhook_delivery where id in (
        select id from webhook_delivery
        where finished_at is null and state = 'HELD' and created_at < clock_timestamp() - ${age} * interval '1 second'
        limit ${BATCH} for update skip locked)`,
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

  return {
    /** Answers how many rows were removed. */
    async prune(): Promise<number> {
      let removed = 0
      for (const remove of removals) {
        for (let last = BATCH; last === BATCH; removed += last) last = await remove()
      }
      return removed
    },

    /** A delivery that was written at the very moment when its bot agent's webhooks were disabled is held, too. */
    holdDisabled(): Promise<number> {
      return database.$executeRaw`
        with held as (
          update webhook_delivery set state = 'HELD', next_attempt_at = null, lease_id = null, leased_until = null
          where id in (
            select delivery.id from webhook_delivery delivery join bot_agent on bot_agent.id = delivery.bot_agent_id
            where delivery.state = 'PENDING' and not ping and webhooks_state = 'DISABLED'
              and (leased_until is null or leased_until < clock_timestamp())
            limit ${BATCH} for update of delivery skip locked)
          returning id, license_id, client_id, bot_agent_id
        )
        insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
        select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
          jsonb_build_object('deliveryId', id, 'state', 'HELD', 'attempt', null)
        from held`
    },

    /** A delivery that was made at the very moment when its bot agent was removed waits for nobody. */
    cancelOrphans(): Promise<number> {
      return database.$executeRaw`
        with orphan as (
          select delivery.id from webhook_delivery delivery
          left join bot_agent on bot_agent.id = delivery.bot_agent_id and webhooks_url is not null
          where delivery.state in ('PENDING', 'HELD') and bot_agent.id is null
          limit ${BATCH} for update of delivery skip locked
        ), cancelled as (
          update webhook_delivery delivery
          set state = 'CANCELLED', next_attempt_at = null, lease_id = null, leased_until = null, finished_at = clock_timestamp()
          from orphan where delivery.id = orphan.id
          returning delivery.id, license_id, client_id, bot_agent_id
        )
        insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
        select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
          jsonb_build_object('deliveryId', id, 'state', 'CANCELLED', 'attempt', null)
        from cancelled`
    },
  }
}
