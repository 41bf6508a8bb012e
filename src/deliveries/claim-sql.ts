import { Prisma } from '../database/client/client.ts'
import { formerSecretKeysOfBotAgent } from '../webhooks/former-secret-keys.ts'
import { type Asked, LOOK_AGAIN_MS, type Room } from './lanes.ts'
import { ASKED_BEFORE_MS, CLAIMED_BEFORE_MS, paceColumns, takenPace } from './pace.ts'
import type { Shares } from './shares.ts'

/** The time at which the statement runs. As a subquery it can be the bound of an index scan, which a volatile function can't. */
export const now = Prisma.sql`(select clock_timestamp())`

/**
 * Claims the deliveries of some lanes that are due, within what is left of the shares. From a paused bot agent it claims one delivery, as
 * a probe. It claims pings even if the webhooks are paused or disabled. It writes one row, which lists what is claimed: nobody else
 * claims from these lanes, because the worker holds their partitions.
 *
 * It is one statement: its parts are the functions below, in this order. Returns a row for each claimed delivery, and at least one for
 * each lane.
 * @param claim.id identifies the claim
 * @param limits.shares what may be claimed for an origin or an application that is not in `limits.room`
 * @param limits.claimed the ids that are claimed from these lanes already
 * @param limits.pacedFromMs in how many milliseconds webhooks with a limit per second may begin at the earliest
 * @param limits.bytes how much data the claimed deliveries may have; the first one may have more
 */
export function claimStatement(
  claim: { id: string; worker: number },
  asked: readonly Asked[],
  limits: { shares: Shares; room: Room; all: number; bytes: number; claimed: readonly string[]; pacedFromMs: number },
): Prisma.Sql {
  const { shares, room, all, bytes, claimed, pacedFromMs } = limits
  return Prisma.sql`
    with origin_room as (${roomOf(room.origin)}), application_room as (${roomOf(room.application)}), bytes_room as (${roomOf(room.bytes)}),
      lane as materialized (${lane(asked, shares, pacedFromMs)}),
      candidate as materialized (${candidate(claimed)}), parked as (${parked}), fitting as (${fitting(shares)}), sized as (${sized(shares)}),
      claimed as materialized (
        select * from sized where place_in_claim <= ${all} and bytes_before < ${bytes}),
      claim as (
        insert into webhook_claim (id, worker, delivery_ids, attempts)
        select ${claim.id}::uuid, ${claim.worker}::int, array_agg(id), array_agg(attempt_count) from claimed having count(*) > 0),
      taken_pace as (${takenPace(now)})
    select lane.id as "botAgentId", lane.origin, lane.application, lane.state as "webhooksState",
      case when lane.state = 'PAUSED' and not is_open then least(paused_in_ms, ${LOOK_AGAIN_MS})
        when next_in_ms is not null then greatest(next_in_ms, ${openInMs}) end as "nextInMs",
      ${openInMs} as "openInMs", paced_ms as "pacedMs", spacing_ms as "spacingMs",
      coalesce(is_crowded_out, false) as "isCrowdedOut",
      claimed.id, claimed.action, lane.url, claimed.ping, claimed.example_data is not null as example, claimed.replay, claimed.replayed_ms as "replayedMs", claimed.failures,
      claimed.in_order as "inOrder", claimed.attempt_count as "attemptCount", claimed.chat_event_id as "chatEventId", data, claimed.additional_data as "additionalData", size,
      claimed.secret_key as "secretKey", lane.secret_key as "currentSecretKey", former_secret_keys as "formerSecretKeys",
      lane.headers,
      age_ms as "ageMs"
    from lane left join claimed on claimed.lane = lane.id
    left join (
      select candidate.lane, min(due_in_ms) as next_in_ms, bool_or(${isReady}) as is_crowded_out
      from candidate where not exists (select from claimed where claimed.id = candidate.id) group by candidate.lane
    ) next on next.lane = lane.id
    order by place_in_claim`
}

/** When a lane with a limit per second may be asked again; null if it has none. */
const openInMs = Prisma.sql`(paced_ms + spacing_ms * count(claimed.id) over (partition by lane.id) - ${ASKED_BEFORE_MS})`

/**
 * The bot agents that are asked: how many deliveries they have room for, which is less for those with a limit per second, and what their webhooks
 * need. Of those that may send and share an
 * origin or an application, each has room for its part of what is left of the share; at least for one, because not all parts are needed.
 * `origin_place` and `application_place` are numbers for origins and applications, by which deliveries are sorted several times.
 */
function lane(asked: readonly Asked[], shares: Shares, pacedFromMs: number): Prisma.Sql {
  return Prisma.sql`
    select *, case when state = 'PAUSED' then least(idle::int, part) else part end as room,
      min(place) over (partition by origin) as origin_place, min(place) over (partition by application) as application_place
    from (
      select asked.*, case when url is null then 0 else least(
        slots,
        ${part(Prisma.sql`coalesce(origin_room.room, ${shares.origin})`, Prisma.sql`origin`)},
        ${part(Prisma.sql`coalesce(application_room.room, ${shares.application})`, Prisma.sql`application`)}) end as part
      from (
        select *, url is not null and (state = 'ACTIVE' or state = 'PAUSED' and paused_in_ms <= 0 and idle) as is_open,
          case when spacing_ms is null then most when paced_ms > ${CLAIMED_BEFORE_MS}::float8 then 0
            else least(most, floor((${CLAIMED_BEFORE_MS}::float8 - paced_ms) / spacing_ms)::int + 1) end as slots
        from (
          select asked.*, bot_agent.license_id || ' ' || bot_agent.client_id as application, webhooks_url as url,
            webhooks_origin as origin, webhooks_state as state, webhooks_secret_key as secret_key,
            ${formerSecretKeysOfBotAgent} as former_secret_keys, webhooks_headers as headers,
            extract(epoch from webhooks_paused_until - ${now})::float8 * 1000 as paused_in_ms, ${paceColumns(now, pacedFromMs)}
          from unnest(${asked.map(({ botAgentId }) => botAgentId)}::text[], ${asked.map(({ most }) => most)}::int[],
              ${asked.map(({ idle }) => idle)}::bool[]) with ordinality as asked(id, most, idle, place)
          left join bot_agent on bot_agent.id = asked.id
        ) found
      ) asked
      left join origin_room on origin_room.key = origin
      left join application_room on application_room.key = application
    ) given`
}

/** The part of a lane in what is left of the share of its origin or application. */
function part(left: Prisma.Sql, key: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`greatest(1, ceil(${left}::float8 / count(*) over (partition by ${key}, is_open)))::int`
}

/** What may be claimed for the keys of which something is under way. */
function roomOf(room: ReadonlyMap<string, number>): Prisma.Sql {
  return Prisma.sql`select * from unnest(${[...room.keys()]}::text[], ${[...room.values()]}::int[]) as room(key, room)`
}

const columns = Prisma.sql`
  id, chat_event_id, chat_id, in_order, number, action, ping, replay, replayed_at, failures, attempt_count, additional_data, example_data, secret_key,
  next_attempt_at, created_at`

/**
 * The first deliveries of each lane, as many as it has room for and one more: that one tells when the lane is due next. Each lane has a
 * range of its own in the index, so what waits in a lane costs nothing.
 */
function candidate(claimed: readonly string[]): Prisma.Sql {
  const isFree = Prisma.sql`id not in (select unnest(${[...claimed]}::text[]))`
  return Prisma.sql`
    select lane.id as lane, lane.place, lane.origin, lane.application, origin_place, application_place, lane.slots, due.*, in_order and ${waitsForEarlier} as waits,
      extract(epoch from next_attempt_at - ${now})::float8 * 1000 as due_in_ms
    from lane cross join lateral (
      (select ${columns}, row_number() over (order by next_attempt_at) <= room as fits from (
        select ${columns} from webhook_delivery
        where bot_agent_id = lane.id and state = 'PENDING' and not ping and ${isFree}
        order by next_attempt_at limit case when is_open then room + 1 else 0 end) first)
      union all
      (select ${columns}, part > 0 as fits from webhook_delivery
      where bot_agent_id = lane.id and state = 'PENDING' and ping and ${isFree}
      order by id limit case when lane.url is null then 0 else greatest(part, 1) end)
    ) due`
}

/** Whether an earlier delivery of the same chat to the same bot agent is pending, perhaps under way. */
const waitsForEarlier = Prisma.sql`exists (
  select from webhook_delivery earlier
  where earlier.bot_agent_id = lane.id and earlier.chat_id = due.chat_id and earlier.number < due.number
    and earlier.state = 'PENDING' and earlier.in_order)`

/**
 * What has to wait for an earlier one is due no more: the outcome of that one makes it due again. So a chat that fails costs the other
 * chats nothing, however much of it waits.
 */
const parked = Prisma.sql`
  update webhook_delivery set next_attempt_at = null
  where id = any(array(
    select id from webhook_delivery
    where id = any(array(select id from candidate where waits and due_in_ms <= 0)) for update skip locked))`

/** What is due, and fits beside the deliveries of other bot agents to the same origin and for the same application. */
function fitting(shares: Shares): Prisma.Sql {
  return Prisma.sql`
    select ranked.* from (
      select *, row_number() over (partition by origin_place order by place_in_lane, place) as at_origin,
        row_number() over (partition by application_place order by place_in_lane, place) as at_application
      from (
        select *, row_number() over (partition by place order by not ping, next_attempt_at) as place_in_lane
        from candidate where ${isReady}
      ) placed
      where place_in_lane <= slots
    ) ranked
    left join origin_room on origin_room.key = origin
    left join application_room on application_room.key = application
    where at_origin <= coalesce(origin_room.room, ${shares.origin})
      and at_application <= coalesce(application_room.room, ${shares.application})`
}

/** Whether a candidate may be sent as far as its lane goes. */
const isReady = Prisma.sql`fits and not waits and due_in_ms <= 0`

/** The order in which lanes take turns, within the bytes of each application; with the data of the events, for each event once. */
function sized(shares: Shares): Prisma.Sql {
  return Prisma.sql`
    select within.*, row_number() over turns as place_in_claim, sum(size) over turns - size as bytes_before,
      case when chat_event_id is null or row_number() over (partition by chat_event_id order by place_in_lane, place) = 1
        then event_data end as data
    from (
      select measured.*, sum(size) over (
        partition by application_place order by place_in_lane, place rows unbounded preceding) - size as bytes_of_application
      from (
        select fitting.*, coalesce(example_data, chat_event.data) as event_data,
          octet_length(additional_data) + coalesce(octet_length(example_data), octet_length(chat_event.data), 0) as size,
          (extract(epoch from replayed_at) * 1000)::bigint as replayed_ms,
          extract(epoch from ${now} - greatest(fitting.created_at, replayed_at))::float8 * 1000 as age_ms
        from fitting left join chat_event on chat_event.id = chat_event_id
      ) measured
    ) within left join bytes_room on bytes_room.key = application
    where bytes_of_application < coalesce(bytes_room.room, ${shares.bytes})
    window turns as (order by place_in_lane, place rows unbounded preceding)`
}
