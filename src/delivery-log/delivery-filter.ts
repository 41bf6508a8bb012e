import { z } from 'zod'
import { argument } from '../contract/argument.ts'
import { isIdOf, MOST_NAMED } from '../contract/identifier.ts'
import { inOrder, integer, list, text } from '../contract/validation.ts'
import { Prisma, WebhookAttemptError, WebhookDeliveryState } from '../database/client/client.ts'
import { type WebhookAction, webhookActionNames } from '../webhooks/webhook-action.ts'
import { isHiddenFrom, type WebhookDelivery } from './webhook-delivery.ts'

/** The most values of one kind, and the most ranges of status codes, that a filter may name. */
export const MOST_IN_FILTER = 50

/** Which deliveries a list, a stream or a replay has: those that pass each test that is there. */
export interface DeliveryFilter {
  readonly states?: readonly WebhookDeliveryState[] | undefined
  readonly botAgentIds?: readonly string[] | undefined
  readonly actions?: readonly WebhookAction[] | undefined
  readonly errors?: readonly WebhookAttemptError[] | undefined
  readonly statusCodes?: readonly { readonly from: number; readonly to: number }[] | undefined
  readonly chatId?: string | undefined
  readonly chatEventId?: string | undefined
  readonly replayed?: boolean | undefined
  readonly ping?: boolean | undefined
  readonly createdSince?: Date | undefined
  readonly createdUntil?: Date | undefined
}

/** Each value once, and sorted: equal filters are equal as text. */
const set = <Item extends z.ZodType<string>>(item: Item, most: number) =>
  list(item, { least: 0, most })
    .transform((items) => [...new Set(items)].sort())
    .nullish()
    .transform(orAbsent)

const statusCodes = z
  .object({ from: integer(100, 999), to: integer(100, 999) })
  .superRefine(({ from, to }, context) => {
    if (from > to) context.addIssue(`begins at ${from}, after its end, ${to}`)
  })

/** The form of a filter, as GraphQL and the table `webhook_replay` have it. */
export const deliveryFilterRules = z
  .object({
    states: set(z.enum(WebhookDeliveryState), MOST_IN_FILTER),
    botAgentIds: set(z.string(), MOST_NAMED).transform((ids) => ids?.filter((id) => isIdOf('BotAgent', id))),
    actions: set(z.enum(webhookActionNames), MOST_IN_FILTER),
    errors: set(z.enum(WebhookAttemptError), MOST_IN_FILTER),
    statusCodes: list(statusCodes, { least: 0, most: MOST_IN_FILTER }).nullish().transform(orAbsent),
    chatId: text(1, 255).nullish().transform(orAbsent),
    chatEventId: z.string().nullish().transform(orAbsent),
    replayed: z.boolean().nullish().transform(orAbsent),
    ping: z.boolean().nullish().transform(orAbsent),
    createdSince: z.date().nullish().transform(orAbsent),
    createdUntil: z.date().nullish().transform(orAbsent),
  })
  .superRefine(inOrder('createdSince', 'createdUntil'))
  .transform(({ chatEventId, ...filter }): DeliveryFilter => {
    if (chatEventId === undefined) return filter
    return isIdOf('ChatEvent', chatEventId) ? { ...filter, chatEventId } : { ...filter, states: [] }
  })

/** @throws RequestError BAD_USER_INPUT for the first rule that the argument `filter` breaks */
export function deliveryFilter(given: object): DeliveryFilter {
  return argument('filter', deliveryFilterRules, given)
}

/** @returns a filter that a delivery passes if it passes both */
export function both(one: DeliveryFilter, other: Omit<DeliveryFilter, 'chatId' | 'chatEventId'>): DeliveryFilter {
  const contradict = one.ping !== undefined && other.ping !== undefined && one.ping !== other.ping
  return {
    ...one,
    ping: one.ping ?? other.ping,
    states: contradict ? [] : common(one.states, other.states),
    botAgentIds: common(one.botAgentIds, other.botAgentIds),
    createdSince: furthest(one.createdSince, other.createdSince, (a, b) => a > b),
    createdUntil: furthest(one.createdUntil, other.createdUntil, (a, b) => a < b),
  }
}

/** Whether it tests nothing but what the indexes of all lists begin with. */
export function isPlain({ states: _, botAgentIds: _ids, ...tests }: DeliveryFilter): boolean {
  return Object.values(tests).every((test) => test === undefined)
}

/**
 * The filter as a condition on `webhook_delivery`. What only the application of the bot agent may see of a confidential delivery cannot
 * be found out by others: to them it is not of that chat or event.
 * @param viewer the application that asks
 */
export function conditionOf(filter: DeliveryFilter, viewer: string): Prisma.Sql {
  const { states, botAgentIds, actions, errors, statusCodes, chatId, chatEventId } = filter
  const { replayed, ping, createdSince, createdUntil } = filter
  const known = notHiddenFrom(viewer)
  const given: (Prisma.Sql | undefined)[] = [
    states && Prisma.sql`state = any(${[...states]}::webhook_delivery_state[])`,
    botAgentIds && Prisma.sql`bot_agent_id = any(${[...botAgentIds]}::text[])`,
    actions && Prisma.sql`action = any(${[...actions]}::webhook_action[])`,
    errors && Prisma.sql`last_error = any(${[...errors]}::webhook_attempt_error[])`,
    statusCodes && isAny(statusCodes.map(({ from, to }) => Prisma.sql`last_status_code between ${from} and ${to}`)),
    chatId === undefined ? undefined : Prisma.sql`chat_id = ${chatId} and ${known}`,
    chatEventId === undefined ? undefined : Prisma.sql`chat_event_id = ${chatEventId} and ${known}`,
    replayed === undefined ? undefined : Prisma.sql`(replayed_at is not null) = ${replayed}`,
    ping === undefined ? undefined : Prisma.sql`ping = ${ping}`,
    createdSince && Prisma.sql`created_at >= ${createdSince}`,
    createdUntil && Prisma.sql`created_at <= ${createdUntil}`,
  ]
  return Prisma.join([Prisma.sql`true`, ...given.filter((condition) => condition !== undefined)], ' and ')
}

/** `isHiddenFrom` as a condition on `webhook_delivery`. */
export function notHiddenFrom(viewer: string): Prisma.Sql {
  return Prisma.sql`(not confidential or client_id = ${viewer})`
}

function isAny(conditions: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.sql`(${Prisma.join([Prisma.sql`false`, ...conditions], ' or ')})`
}

/** What the filter looks at. */
export type Tested = Omit<WebhookDelivery, 'id' | 'licenseId' | 'url' | 'attemptCount' | 'nextAttemptAt' | 'finishedAt'>

/** The same test, of a delivery that was read. */
export function passes(filter: DeliveryFilter, viewer: string, delivery: Tested): boolean {
  const { states, botAgentIds, actions, errors, statusCodes, chatId, chatEventId } = filter
  const { replayed, ping, createdSince, createdUntil } = filter
  const { lastError, lastStatusCode } = delivery
  const isKnown = !isHiddenFrom(viewer, delivery)
  const tests = [
    states?.includes(delivery.state),
    botAgentIds?.includes(delivery.botAgentId),
    actions?.includes(delivery.action),
    errors && lastError !== null && errors.includes(lastError),
    statusCodes?.some(({ from, to }) => lastStatusCode !== null && from <= lastStatusCode && lastStatusCode <= to),
    chatId === undefined || (isKnown && delivery.chatId === chatId),
    chatEventId === undefined || (isKnown && delivery.chatEventId === chatEventId),
    replayed === undefined || (delivery.replayedAt !== null) === replayed,
    ping === undefined || delivery.ping === ping,
    createdSince && delivery.createdAt >= createdSince,
    createdUntil && delivery.createdAt <= createdUntil,
  ]
  return tests.every((test) => test ?? true)
}

/** The states of deliveries that may pass: one that has arrived has no error, and a status that says so. */
export function statesOf({ states, errors, statusCodes }: DeliveryFilter): WebhookDeliveryState[] {
  const isFailure = errors !== undefined || statusCodes?.every(({ from, to }) => to < 200 || from > 299) === true
  return everyState.filter((state) => (states?.includes(state) ?? true) && !(isFailure && state === 'SUCCEEDED'))
}

/** In the order of the enum in the database. */
const everyState = ['PENDING', 'SUCCEEDED', 'FAILED', 'HELD', 'CANCELLED'] as const

function orAbsent<Value>(value: Value | null | undefined): Value | undefined {
  return value ?? undefined
}

function common<Item>(one: readonly Item[] | undefined, other: readonly Item[] | undefined) {
  return one && other ? one.filter((item) => other.includes(item)) : (one ?? other)
}

function furthest<Value>(one: Value | undefined, other: Value | undefined, isFurther: (a: Value, b: Value) => boolean) {
  return one !== undefined && other !== undefined ? (isFurther(one, other) ? one : other) : (one ?? other)
}
