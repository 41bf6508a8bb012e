import { z } from 'zod'
import { isIdOf, MOST_NAMED } from '../contract/identifier.ts'
import { RequestError } from '../contract/request-error.ts'
import { isStorable, list, text } from '../contract/validation.ts'
import { BotAgentStatus, WebhooksState } from '../database/client/client.ts'

/** The most groups, and the most applications, that a filter may name. */
export const MOST_IN_FILTER = 100
/** The most characters of `nameStartsWith`: as many as a name may have. */
export const LONGEST_PREFIX = 255

/** Which bot agents a list has: those that pass each test that is there. */
export interface BotAgentFilter {
  readonly ids?: readonly string[] | undefined
  readonly nameStartsWith?: string | undefined
  readonly statuses?: readonly BotAgentStatus[] | undefined
  readonly groupIds?: readonly number[] | undefined
  readonly clientIds?: readonly string[] | undefined
  readonly webhooksStates?: readonly WebhooksState[] | undefined
  readonly updatedSince?: Date | undefined
}

/** Each value once, and sorted: equal filters are equal as text. */
const set = <Item extends z.ZodType<string | number>>(item: Item, most: number) =>
  list(item, { least: 0, most })
    .transform((items) => [...new Set(items)].sort())
    .nullish()
    .transform((items) => items ?? undefined)

const rules = z.object({
  ids: set(z.string(), MOST_NAMED).transform((ids) => ids?.filter((id) => isIdOf('BotAgent', id))),
  nameStartsWith: text(0, LONGEST_PREFIX)
    .nullish()
    .transform((prefix) => prefix || undefined),
  statuses: set(z.enum(BotAgentStatus), MOST_IN_FILTER),
  groupIds: set(z.int(), MOST_IN_FILTER),
  // What cannot be stored is not the id of an application.
  clientIds: set(z.string(), MOST_IN_FILTER).transform((ids) => ids?.filter(isStorable)),
  webhooksStates: set(z.enum(WebhooksState), MOST_IN_FILTER),
  updatedSince: z
    .date()
    .nullish()
    .transform((time) => time ?? undefined),
})

/** @throws RequestError BAD_USER_INPUT for the first rule that the argument `filter` breaks */
export function botAgentFilter(given: object): BotAgentFilter {
  const { success, data, error } = rules.safeParse(given)
  if (success) return data
  const [issue] = error.issues
  throw new RequestError('BAD_USER_INPUT', `\`${['filter', ...(issue?.path ?? [])].join('.')}\` ${issue?.message}.`)
}

/** A condition of a statement on `bot_agent`: each `?` stands for one of the values. */
export interface Condition {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** The text by which names are compared, whatever their case. It is in the indexes: see docs/decisions/lists.md. */
export const nameKey = (name: string) => `bot_agent_name_key(${name}) collate "C"`

/** @returns a condition for each test of the filter */
export function conditionsOf(licenseId: number, filter: BotAgentFilter): Condition[] {
  const { ids, nameStartsWith, statuses, groupIds, clientIds, webhooksStates, updatedSince } = filter
  const given: (Condition | undefined)[] = [
    ids && { sql: 'bot_agent.id = any(?::text[])', values: [ids] },
    nameStartsWith === undefined
      ? undefined
      : { sql: `starts_with(${nameKey('name')}, bot_agent_name_key(?))`, values: [nameStartsWith] },
    statuses && isOneOf('status', 'bot_agent_status', statuses),
    groupIds && {
      sql: 'bot_agent.id in (select bot_agent_id from bot_agent_group where license_id = ? and group_id = any(?::int[]))',
      values: [licenseId, groupIds],
    },
    clientIds && isOneOf('client_id', 'text', clientIds),
    webhooksStates && isOneOf('webhooks_state', 'webhooks_state', webhooksStates),
    updatedSince && { sql: 'updated_at >= ?', values: [updatedSince] },
  ]
  return given.filter((condition) => condition !== undefined)
}

/** Rows with one value of a column are a range of an index in the order of the list; those with one of several values are not. */
function isOneOf(column: string, type: string, values: readonly string[]): Condition {
  return values.length === 1
    ? { sql: `${column} = ?::${type}`, values }
    : { sql: `${column} = any(?::${type}[])`, values: [values] }
}
