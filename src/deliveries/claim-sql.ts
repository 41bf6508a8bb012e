import { Prisma } from '../database/client/client.ts'
import type { StatementChange } from '../feed/change.ts'
import { formerSecretKeysOfBotAgent } from '../webhooks/former-secret-keys.ts'
import { feedEntries, isDue, isFree } from './delivery-sql.ts'

/** Limits of concurrent attempts: in all, for one bot agent, to one origin (scheme, host and port), and for one application. */
export interface Shares {
  readonly all: number
  readonly botAgent: number
  readonly origin: number
  readonly application: number
}

/** How many attempts are under way, by the keys that claims carry. */
export type Busy = Readonly<Record<'botAgent' | 'origin' | 'application', ReadonlyMap<string, number>>>

/**
 * Claims the deliveries that are due, within what is left of the shares. For a paused bot agent it claims one delivery, as a probe. It
 * claims pings even if the webhooks are paused or disabled. It is one statement: its parts are the functions below, in this order.
 * @param lease.milliseconds how long the claim is valid unless it is renewed
 * @param limits.anyInterrupted is asked after the commit whether an attempt was recorded as interrupted, which the feed reports
 */
export function claimStatement(
  change: StatementChange,
  lease: { id: string; milliseconds: number },
  limits: { shares: Shares; busy: Busy; anyInterrupted: () => boolean },
): Prisma.Sql {
  const { shares, busy, anyInterrupted } = limits
  return Prisma.sql`
    with recursive lane as (${lane}), probe as (${probe(lease.milliseconds)}),
      busy_bot_agent as (${counts(busy.botAgent)}), busy_origin as (${counts(busy.origin)}),
      busy_application as (${counts(busy.application)}),
      room as materialized (${room(shares)}), due as (${due(shares)}), fitting as (${fitting}), picked as (${picked(shares)}),
      claimed as (${claimed(lease)}), attempt as (${interrupted}), reported as (
        ${feedEntries(change, 'claimed where interrupted', { attempt: 'attempt_count', if: anyInterrupted })})
    select claimed.id, lease_id as "leaseId", bot_agent_id as "botAgentId", origin, application, claimed.action, url, ping, replay,
      failures, coalesce(chat_event.data, '{}') as data, additional_data as "additionalData",
      secret_key as "secretKey", webhooks_secret_key as "currentSecretKey", former_secret_keys as "formerSecretKeys",
      extract(epoch from clock_timestamp() - greatest(claimed.created_at, replayed_at))::float8 * 1000 as "ageMs",
      webhooks_state as "webhooksState", interrupted
    from claimed left join chat_event on chat_event.id = claimed.chat_event_id`
}

/**
 * The bot agents that have pending deliveries. Each has a range of its own in the index, and this jumps from one range to the next, so a
 * long queue of one bot agent costs the others nothing.
 */
const lane = Prisma.sql`
  (select bot_agent_id from webhook_delivery where state = 'PENDING' order by bot_agent_id limit 1)
  union all
  select (
    select bot_agent_id from webhook_delivery
    where state = 'PENDING' and bot_agent_id > lane.bot_agent_id order by bot_agent_id limit 1
  ) from lane where lane.bot_agent_id is not null`

/** The paused bot agents that this gateway may probe. The first gateway to extend a pause has the probe: the others see that the pause is not over. */
function probe(leaseMs: number): Prisma.Sql {
  return Prisma.sql`
    update bot_agent set webhooks_paused_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id in (
      select id from bot_agent
      where id in (select bot_agent_id from lane) and webhooks_state = 'PAUSED' and webhooks_paused_until <= clock_timestamp()
        and exists (select from webhook_delivery where bot_agent_id = bot_agent.id and not ping and ${isDue} and ${isFree})
      for update skip locked)
    returning id`
}

/** How much this gateway is sending already, by one of the keys. */
function counts(busy: ReadonlyMap<string, number>): Prisma.Sql {
  const rows = JSON.stringify([...busy].map(([key, count]) => ({ key, count })))
  return Prisma.sql`select key, count from jsonb_to_recordset(${rows}::jsonb) as counted(key text, count int)`
}

/** The keys of each `bot_agent` by which shares are counted. */
const keys = Prisma.sql`cross join lateral (
  select webhooks_origin as origin,
    bot_agent.license_id || ' ' || bot_agent.client_id as application
) keys`

/** What is left of the shares of each bot agent, its origin and its application. In random order, so that no bot agent is always last. */
function room(shares: Shares): Prisma.Sql {
  return Prisma.sql`
    select bot_agent.id,
      case webhooks_state
        when 'ACTIVE' then ${shares.botAgent}::int - coalesce(busy_bot_agent.count, 0)
        when 'PAUSED' then (bot_agent.id in (select id from probe))::int
        else 0 end as of_bot_agent,
      ${shares.botAgent}::int - coalesce(busy_bot_agent.count, 0) as of_pings,
      origin, ${shares.origin}::int - coalesce(busy_origin.count, 0) as of_origin,
      application, ${shares.application}::int - coalesce(busy_application.count, 0) as of_application
    from lane join bot_agent on bot_agent.id = lane.bot_agent_id
    ${keys}
    left join busy_bot_agent on busy_bot_agent.key = bot_agent.id
    left join busy_origin on busy_origin.key = origin
    left join busy_application on busy_application.key = application
    order by random()`
}

/** What is due for each bot agent, oldest first, within its own room. More than can be sent, because the next part drops some. */
function due(shares: Shares): Prisma.Sql {
  return Prisma.sql`
    select due.id, origin, of_origin, application, of_application
    from room cross join lateral (
      (select id from webhook_delivery
      where bot_agent_id = room.id and not ping and ${isDue} and ${isFree}
      order by next_attempt_at, id limit greatest(0, least(of_bot_agent, of_origin, of_application)))
      union all
      (select id from webhook_delivery
      where bot_agent_id = room.id and ping and ${isDue} and ${isFree}
      order by id limit greatest(0, least(of_pings, of_origin, of_application)))
    ) due
    limit ${4 * shares.all}`
}

/** What also fits beside the deliveries of other bot agents to the same origin and for the same application. */
const fitting = Prisma.sql`
  select id from (
    select *, row_number() over (partition by origin) as at_origin,
      row_number() over (partition by application) as at_application
    from due
  ) ranked
  where at_origin <= of_origin and at_application <= of_application`

/** Leaves out what another gateway is claiming at this moment. An expired lease was left by a gateway that died. */
function picked(shares: Shares): Prisma.Sql {
  return Prisma.sql`
    select id, lease_id is not null as interrupted
    from webhook_delivery
    where id in (select id from fitting) and ${isDue} and ${isFree}
    limit ${shares.all} for update skip locked`
}

/** Writes the claim, and returns what is needed for sending. */
function claimed(lease: { id: string; milliseconds: number }): Prisma.Sql {
  return Prisma.sql`
    update webhook_delivery delivery
    set lease_id = ${lease.id}::uuid, leased_until = clock_timestamp() + ${lease.milliseconds} * interval '1 millisecond',
      attempt_count = delivery.attempt_count + picked.interrupted::int, url = webhooks_url
    from picked, bot_agent ${keys}
    where delivery.id = picked.id and bot_agent.id = delivery.bot_agent_id and webhooks_url is not null
    returning delivery.*, interrupted, origin, application, webhooks_secret_key, webhooks_state,
      ${formerSecretKeysOfBotAgent} as former_secret_keys`
}

/** Records the attempt of a gateway that died as interrupted. */
const interrupted = Prisma.sql`
  insert into webhook_attempt (delivery_id, number, started_at, duration_ms, error, replay)
  select id, attempt_count, clock_timestamp(), 0, 'INTERRUPTED', false from claimed where interrupted`
