import { newAuditId } from '../audit/audit-entry-store.ts'
import { Prisma } from '../database/client/client.ts'
import type { StatementChange } from '../feed/change.ts'
import type { Claimed } from './claimed.ts'
import type { Outcome } from './delivery-queue.ts'
import type { DeliverySession } from './delivery-session.ts'
import { stopped } from './stopped-webhooks.ts'
import type { NoticedFailure } from './webhooks-notice.ts'
import type { Noticed } from './webhooks-notices.ts'

/** Consecutive failures that pause the webhooks of a bot agent. */
const PAUSE_AFTER = 10
/** The first pause and the longest one. Each consecutive pause is twice as long as the previous one. */
const PAUSE_MS = { first: 30_000, longest: 600_000 }
/** Days without a success that disable them. */
const DISABLE_AFTER_DAYS = 5

/** The columns of `bot_agent` for healthy webhooks: new ones, and those that were enabled again. */
export const healthy = {
  webhooksState: 'ACTIVE',
  webhooksFailures: 0,
  webhooksFailingSince: null,
  webhooksPausedUntil: null,
  webhooksPauses: 0,
} as const

/** What attempts have shown about a destination. */
export interface Verdict {
  readonly botAgentId: string
  /** Where the attempts went. They say nothing about other destinations. */
  readonly url: string
  /** How many attempts failed, and whether any succeeded. */
  readonly failures: number
  readonly recovered: boolean
  /** Whether one of them was the probe of a paused destination. */
  readonly probed: boolean
  /** Whether the destination has responded with 410: it wants no more webhooks. */
  readonly gone: boolean
  /** What speaks most against it: the response 410, or else the last failure; null if it has recovered. */
  readonly failure: NoticedFailure | null
}

/**
 * @param batch attempts, their outcomes, and whether the destination was known to be in trouble
 * @returns only verdicts that may change the health of a destination: most attempts succeed, and change nothing
 */
export function verdictsOf(
  batch: readonly { readonly claimed: Claimed; readonly outcome: Outcome; readonly troubled: boolean }[],
): Verdict[] {
  const byDestination = Map.groupBy(
    batch.filter(({ claimed }) => !claimed.ping),
    ({ claimed }) => `${claimed.botAgentId} ${claimed.url}`,
  )
  return [...byDestination.values()].flatMap((attempts) => {
    const [first] = attempts
    // One that was throttled shows nothing: the destination lives, and takes no more at the moment.
    const failures = attempts.filter(({ claimed, outcome }) => outcome.failures > claimed.failures).length
    const recovered = attempts.some(({ outcome }) => outcome.error === null)
    const isNews = failures > 0 || (recovered && attempts.some(({ troubled }) => troubled))
    if (!first || !isNews) return []
    const { botAgentId, url } = first.claimed
    const probed = attempts.some(({ claimed }) => claimed.webhooksState === 'PAUSED')
    const refused = attempts.find(({ outcome }) => outcome.statusCode === 410)
    const gone = refused !== undefined
    const failed = refused ?? (recovered ? undefined : attempts.findLast(({ outcome }) => outcome.error !== null))
    const failure = failed ? failureOf(failed.outcome) : null
    return [{ botAgentId, url, failures, recovered, probed, gone, failure }]
  })
}

function failureOf({ id: deliveryId, error, statusCode }: Outcome): NoticedFailure {
  return { deliveryId, error, statusCode }
}

/**
 * Applies verdicts: pauses, disables or reactivates webhooks. A circuit breaker: the webhooks of a bot agent are ACTIVE, PAUSED while
 * their destination fails, or DISABLED. A dead destination costs only a probe now and then, and deliveries that wait use up none of
 * their attempts.
 *
 * A verdict about a bot agent that somebody has locked is lost, as in a crash. It must not wait: it runs in the session of the worker.
 * @returns a notice for each bot agent whose webhooks are in another state now
 */
export async function note(
  change: StatementChange,
  session: DeliverySession,
  verdicts: readonly Verdict[],
): Promise<readonly Noticed[]> {
  const changed = await session.query<Noticed>(
    Prisma.sql`
      with verdict as materialized (
        select * from jsonb_to_recordset(${JSON.stringify(verdicts)}::jsonb)
          as verdict("botAgentId" text, url text, failures int, recovered boolean, probed boolean, gone boolean, failure jsonb)
      ), locked as materialized (
        -- Read again under the lock: the webhooks may have been enabled since the statement began.
        select id, webhooks_url, webhooks_state, webhooks_failures, webhooks_failing_since
        from bot_agent where id in (select "botAgentId" from verdict) for no key update skip locked
      ), judged as (
        select locked.id, locked.webhooks_state as state_before, gone, coalesce(failure, '{}') as failure, verdict.recovered and not verdict.gone as recovered,
          webhooks_failures + verdict.failures as failures,
          coalesce(webhooks_failing_since, clock_timestamp()) as since,
          verdict.gone or webhooks_failing_since < clock_timestamp() - ${DISABLE_AFTER_DAYS} * interval '1 day' as disable,
          -- Attempts that were under way when it was paused do not count: they show nothing new.
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
              + least(${PAUSE_MS.longest}::int, ${PAUSE_MS.first} * 2 ^ least(webhooks_pauses, 16)) * interval '1 millisecond'
            else webhooks_paused_until end
        from judged where bot_agent.id = judged.id
        returning bot_agent.id, license_id, client_id, webhooks_state, state_before,
          case webhooks_state when 'ACTIVE' then 'RECOVERED' else webhooks_state::text end as kind,
          jsonb_build_object('failures', judged.failures, 'since', since, 'gone', gone) || failure as facts
      ), noticed as (
        select *, jsonb_build_object('kind', kind) || facts as notice from changed where webhooks_state <> state_before
      ), told as (
        insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
        select license_id, 'WEBHOOKS_STATE', client_id, id, notice from noticed
      ), audited as (
        insert into audit_entry (id, license_id, owner_client_id, bot_agent_id, action)
        select ${newAuditId}, license_id, client_id, id, ('WEBHOOKS_' || kind)::audit_action from noticed
      ), stopped as (${stopped(Prisma.sql`select id from changed where webhooks_state = 'DISABLED'`, { cancel: false })})
      select id as "botAgentId", notice from noticed`,
    'note',
  )
  change.appended({ if: () => changed.length > 0 })
  return changed
}
