import type { Database } from '../database/database.ts'

/** Failures in a row that pause the webhooks of a bot agent. */
const PAUSE_AFTER = 10
/** The first pause, and the longest: each in a row is twice as long as the one before. */
const PAUSE_MS = { first: 30_000, longest: 600_000 }
/** Failure alone for so long disables them. */
const DISABLE_AFTER_DAYS = 5

/** What attempts have shown of a destination. */
export interface Verdict {
  readonly botAgentId: string
  /** Where the attempts went: what they show is nothing of another destination. */
  readonly url: string
  /** Failed attempts, and whether any succeeded. */
  readonly failures: number
  readonly recovered: boolean
  /** One of them was sent as a probe of a paused destination. */
  readonly probed: boolean
  /** The destination has said, with 410, that it wants no more. */
  readonly gone: boolean
}

/**
 * Whether the webhooks of a bot agent are ACTIVE, PAUSED while their destination fails, or DISABLED. Pausing keeps a dead
 * destination from costing more than a probe now and then; what waits meanwhile is not an attempt.
 */
export function webhooksHealth(database: Database) {
  return {
    async note(verdicts: readonly Verdict[]): Promise<void> {
      await database.$executeRaw`
        with verdict as (
          select * from jsonb_to_recordset(${JSON.stringify(verdicts)}::jsonb)
            as verdict("botAgentId" text, url text, failures int, recovered boolean, probed boolean, gone boolean)
        ), locked as (
          -- Under the lock, not as it was when the statement began: it may have been enabled meanwhile.
          select id, webhooks_url, webhooks_state, webhooks_failures, webhooks_failing_since
          from bot_agent where id in (select "botAgentId" from verdict) order by id for update
        ), judged as (
          select locked.id, verdict.recovered and not verdict.gone as recovered,
            webhooks_failures + verdict.failures as failures,
            coalesce(webhooks_failing_since, clock_timestamp()) as since,
            verdict.gone or webhooks_failing_since < clock_timestamp() - ${DISABLE_AFTER_DAYS} * interval '1 day' as disable,
            -- Not what was under way when it was paused: that says nothing new.
            webhooks_failures + verdict.failures >= ${PAUSE_AFTER} and (webhooks_state = 'ACTIVE' or verdict.probed) as pause
          from locked join verdict on verdict."botAgentId" = locked.id
          where webhooks_state <> 'DISABLED' and webhooks_url = verdict.url
        ), changed as (
          update bot_agent set
            webhooks_failures = case when recovered then 0 else judged.failures end,
            webhooks_failing_since = case when recovered then null else since end,
            webhooks_state = case
              when recovered then 'ACTIVE' when disable then 'DISABLED' when pause then 'PAUSED'
              else bot_agent.webhooks_state end::webhooks_state,
            webhooks_pauses = case when recovered or disable then 0 when pause then webhooks_pauses + 1 else webhooks_pauses end,
            webhooks_paused_until = case
              when recovered or disable then null
              when pause then clock_timestamp()
                + least(${PAUSE_MS.longest}, ${PAUSE_MS.first} * 2 ^ least(webhooks_pauses, 16)) * interval '1 millisecond'
              else webhooks_paused_until end
          from judged where bot_agent.id = judged.id
          returning bot_agent.id, webhooks_state
        ), held as (
          -- Not what is under way: its attempt is yet to be written, and then it is held, too.
          update webhook_delivery set state = 'HELD', next_attempt_at = null, lease_id = null, leased_until = null
          where id in (
            select id from webhook_delivery
            where state = 'PENDING' and not ping and (leased_until is null or leased_until < clock_timestamp())
              and bot_agent_id in (select id from changed where webhooks_state = 'DISABLED')
            for update skip locked)
          returning id, license_id, client_id, bot_agent_id
        )
        insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
        select license_id, 'WEBHOOK_DELIVERY', client_id, bot_agent_id,
          jsonb_build_object('deliveryId', id, 'state', 'HELD', 'attempt', null)
        from held`
    },
  }
}
