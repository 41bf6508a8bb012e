import type { participantTypes, WebhookAction } from '../webhooks/webhook-action.ts'
import type { WebhookFilters, WebhookSubscription } from '../webhooks/webhooks.ts'
import { type ChatProperties, isChatAction } from './chat-event.ts'

/** What filters look at. */
export interface MatchedEvent {
  readonly action: WebhookAction
  readonly authorType: (typeof participantTypes)[number] | null
  /** Null if it is not known. */
  readonly authorId: string | null
  /** Null if nothing is known of the chat: it counts as one without properties and agents. */
  readonly chat: {
    readonly properties: ChatProperties
    readonly agentIds: readonly string[]
  } | null
}

type PropertyFilter = NonNullable<WebhookFilters['chatProperties']>[number]
type MemberFilter = NonNullable<WebhookFilters['chatMemberIds']>

/**
 * Whether the event triggers this webhook of the bot agent: the action is the same, and all filters match. `chatMemberIds` applies only
 * to events of chats. Specification: Filters.
 */
export function matches(subscription: WebhookSubscription, event: MatchedEvent, bot: { clientId: string }): boolean {
  const { chatProperties, chatMemberIds, authorType, authorIds, onlyMyChats } = subscription.filters ?? {}
  const { properties, agentIds } = event.chat ?? { properties: {}, agentIds: [] }
  if (subscription.name !== event.action) return false
  if (chatProperties?.some((filter) => !propertyMatches(filter, properties))) return false
  if (chatMemberIds && isChatAction(event.action) && !membersMatch(chatMemberIds, agentIds)) return false
  if (authorType && authorType !== event.authorType) return false
  if (event.authorId !== null && authorIds?.exclude.includes(event.authorId)) return false
  return !onlyMyChats || propertyOf(properties, 'source', 'client_id') === bot.clientId
}

export function propertyMatches(
  { namespace, name, exists, values, excludeValues }: PropertyFilter,
  properties: ChatProperties,
) {
  const value = propertyOf(properties, namespace, name)
  if (values) return value !== undefined && values.includes(value)
  if (excludeValues) return value === undefined || !excludeValues.includes(value)
  return exists === (value !== undefined)
}

export function membersMatch({ agentsAny, agentsExclude }: MemberFilter, agentIds: readonly string[]): boolean {
  if (agentsAny) return agentsAny.some((id) => agentIds.includes(id))
  return !agentsExclude?.some((id) => agentIds.includes(id))
}

/** Only own properties: a namespace may be called `constructor`. */
export function propertyOf(properties: ChatProperties, namespace: string, name: string) {
  const named = Object.hasOwn(properties, namespace) ? properties[namespace] : undefined
  return named && Object.hasOwn(named, name) ? named[name] : undefined
}
