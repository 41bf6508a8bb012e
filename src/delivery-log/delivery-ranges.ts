import type { Slice } from '../contract/pagination.ts'
import { Prisma } from '../database/client/client.ts'
import { ofBotAgent } from '../deliveries/of-bot-agent.ts'
import type { Reach } from '../identity/reach.ts'
import { type DeliveryFilter, statesOf } from './delivery-filter.ts'

/** Which deliveries a list has. */
export interface DeliverySelection {
  readonly reach: Reach
  readonly filter: DeliveryFilter
  /** The application that asks. */
  readonly viewer: string
}

/** Parts of a statement that reads the ranges of an index which have all deliveries of a selection, each in the order of the numbers. */
export interface Ranges {
  /** The parts of `with recursive` that end with `range`, which has a row for each. */
  readonly parts: Prisma.Sql
  /** The condition on a delivery in the range of the row. */
  readonly condition: Prisma.Sql
  /** The condition on the first delivery of a range: those of others are not read. */
  readonly inReach: Prisma.Sql
}

/**
 * The range of an event if the filter names one; those of a chat, one for each application; otherwise one for each state and each bot
 * agent or application.
 */
export function rangesOf({ reach, filter }: Pick<DeliverySelection, 'reach' | 'filter'>): Ranges {
  const { chatId, chatEventId, botAgentIds } = filter
  const created = createdBetween(filter)
  if (chatEventId !== undefined) {
    const parts = Prisma.sql`${created.part} range as (select 1 as id)`
    const ofEvent = Prisma.sql`chat_event_id = ${chatEventId} and ${isIn(reach)}`
    return { parts, condition: Prisma.sql`${ofEvent} ${created.condition}`, inReach: Prisma.sql`true` }
  }
  if (chatId !== undefined) {
    const { keys, key, inReach } = ofApplications(reach, ofChat(chatId))
    const parts = Prisma.sql`${created.part} key as (${keys}), range as (select id from key where id is not null)`
    return { parts, condition: Prisma.sql`${key} ${created.condition}`, inReach }
  }
  const { keys, key, inReach } = botAgentIds ? ofBotAgents(reach, botAgentIds) : ofApplications(reach)
  return {
    parts: Prisma.sql`${created.part} key as (${keys}), range as (
      select key.id, state from key cross join unnest(${statesOf(filter)}::webhook_delivery_state[]) as given(state)
      where key.id is not null)`,
    condition: Prisma.sql`${key} and state = range.state ${created.condition}`,
    inReach,
  }
}

/** The condition for the numbers of a slice. @param newestFirst the order of the list */
export function numbersIn(
  { after, before }: Pick<Slice<bigint>, 'after' | 'before'>,
  newestFirst: boolean,
): Prisma.Sql {
  const [below, above] = newestFirst ? [after, before] : [before, after]
  const older = below === undefined ? Prisma.empty : Prisma.sql`and number < ${below}`
  const newer = above === undefined ? Prisma.empty : Prisma.sql`and number > ${above}`
  return Prisma.sql`${older} ${newer}`
}

/** Whether a delivery is of the license, and of the application if there is only one. */
export function isIn({ licenseId, clientId }: Reach): Prisma.Sql {
  const own = clientId === undefined ? Prisma.empty : Prisma.sql`and client_id = ${clientId}`
  return Prisma.sql`license_id = ${licenseId} ${own}`
}

/** A bot agent that is not in reach has no delivery in reach. */
function ofBotAgents(reach: Reach, botAgentIds: readonly string[]) {
  return {
    keys: Prisma.sql`select id from unnest(${[...botAgentIds]}::text[]) as named(id)`,
    key: ofBotAgent(Prisma.sql`range.id`),
    inReach: isIn(reach),
  }
}

/**
 * One application, or those that the index has in the license: this jumps from one to the next.
 * @param within a further condition, for which the index of the applications is another one
 */
function ofApplications(reach: Reach, within: Prisma.Sql = Prisma.sql`true`) {
  const hash = Prisma.sql`hashtext(client_id)`
  const given = Prisma.sql`${isIn(reach)} and ${within}`
  const key = Prisma.sql`${given} and ${hash} = range.id`
  const inReach = Prisma.sql`true`
  if (reach.clientId !== undefined) return { key, inReach, keys: Prisma.sql`select hashtext(${reach.clientId}) as id` }
  return {
    key,
    inReach,
    keys: Prisma.sql`
      (select ${hash} as id from webhook_delivery where ${given} order by ${hash} limit 1)
      union all
      select (select ${hash} from webhook_delivery where ${given} and ${hash} > key.id order by ${hash} limit 1)
      from key where key.id is not null`,
  }
}

function ofChat(chatId: string): Prisma.Sql {
  return Prisma.sql`hashtext(chat_id) = hashtext(${chatId}) and chat_id = ${chatId}`
}

/** By how many seconds the times of creation of two deliveries may differ from the order of their numbers. */
const DISORDER_SECONDS = 5
/** By how many milliseconds the times in ids may differ from those of creation. The closest that is far enough counts. */
const SLACKS = [6_000, 60_000, 3_600_000, 86_400_000]

/**
 * No index has the time of creation, but it grows with the number, and ids begin with a time, if only that of the gateway. So the
 * neighbours by id are looked up, and their own times show whether all numbers beyond them are out of question.
 */
function createdBetween({ createdSince, createdUntil }: DeliveryFilter): { part: Prisma.Sql; condition: Prisma.Sql } {
  if (!createdSince && !createdUntil) return { part: Prisma.empty, condition: Prisma.empty }
  const neighbour = (time: Date, side: -1 | 1) => {
    const ids = SLACKS.map((slack) => idAt(time.getTime() + side * slack))
    const [beyond, nearest, isFar] =
      side < 0
        ? [
            Prisma.sql`id < given.id`,
            Prisma.sql`id desc`,
            Prisma.sql`created_at < ${time}::timestamptz - disorder.time`,
          ]
        : [Prisma.sql`id > given.id`, Prisma.sql`id`, Prisma.sql`created_at > ${time}::timestamptz + disorder.time`]
    return Prisma.sql`(
      select number from unnest(${ids}::text[]) with ordinality as given(id, place)
      cross join (select ${DISORDER_SECONDS} * interval '1 second' as time) disorder
      cross join lateral (select number, created_at from webhook_delivery where ${beyond} order by ${nearest} limit 1) neighbour
      where ${isFar} order by place limit 1)`
  }
  return {
    part: Prisma.sql`created as materialized (
      select coalesce(${createdSince ? neighbour(createdSince, -1) : Prisma.sql`null`}, 0) as above,
        coalesce(${createdUntil ? neighbour(createdUntil, 1) : Prisma.sql`null`}, 9223372036854775807) as below),`,
    condition: Prisma.sql`and number > (select above from created) and number < (select below from created)`,
  }
}

const LONGEST_TIME = 2 ** 48 - 1

/** What the ids of deliveries begin with that are made at a time: see `newId`. */
function idAt(milliseconds: number): string {
  return `dlv_${Math.min(Math.max(0, milliseconds), LONGEST_TIME).toString(16).padStart(12, '0')}`
}
