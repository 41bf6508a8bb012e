import { quoted, shortened } from '../contract/quoted.ts'
import type { FilterName } from '../webhooks/webhook-action.ts'
import type { WebhookFilters, WebhookSubscription } from '../webhooks/webhooks.ts'
import { isChatAction } from './chat-event.ts'
import { membersMatch, propertyMatches, propertyOf } from './matching.ts'
import { type Missing, type RememberedEvent, readSeen } from './seen-event.ts'

/** One condition of a webhook, and whether an event met it. */
export interface Reason {
  /** The filter; null for a condition that is not a filter. */
  readonly filter: FilterName | null
  readonly held: boolean
  /** A sentence with the value that was seen. */
  readonly message: string
}

export interface Explanation {
  readonly matched: boolean
  readonly reasons: readonly Reason[]
}

type Told = Reason & {
  /** A property that it looks at and does not find. It may be there for others. */
  readonly absent?: string
}

/** Values that a sentence lists. */
const MOST_LISTED = 5

/**
 * Explains an event to one application as `matches` judges it for a bot agent, which may be of another one. What the viewer may not read
 * decides, but is not told: that the event matched, or did not, is all that the viewer learns of it.
 */
export function explainMatch(
  subscription: WebhookSubscription,
  event: { readonly action: RememberedEvent['action']; readonly seen: string },
  bot: { clientId: string },
  viewer: { clientId: string },
): Explanation {
  const judged = reasonsOf(subscription, readSeen(event, bot.clientId), bot)
  const matched = judged.every(({ held }) => held)
  if (viewer.clientId === bot.clientId) return { matched, reasons: judged.map(shown) }
  const seen = reasonsOf(subscription, readSeen(event), bot)
  if (seen.every(({ held }) => held) === matched) return { matched, reasons: seen.map(shown) }
  return {
    matched,
    reasons: seen.map((reason) => {
      if (reason.absent === undefined || reason.held === matched) return shown(reason)
      const message = `It looks at ${reason.absent}, a property you may not read.`
      return { filter: reason.filter, held: matched, message }
    }),
  }
}

function shown({ filter, held, message }: Told): Reason {
  return { filter, held, message }
}

/** @returns a reason for each filter of a webhook. The event matches if all of them held: see `matches` */
function reasonsOf({ name, filters }: WebhookSubscription, event: RememberedEvent, bot: { clientId: string }): Told[] {
  const held = name === event.action
  const action = { filter: null, held, message: `The action is ${event.action}${held ? '' : `, not ${name}`}.` }
  const told = (Object.keys(explain) as FilterName[]).flatMap((filter) => explain[filter](filters ?? {}, event, bot))
  return [action, ...told]
}

/** For each filter: what it comes to for an event. None if it is not set. */
const explain: {
  readonly [Name in FilterName]: (filters: WebhookFilters, event: RememberedEvent, bot: { clientId: string }) => Told[]
} = {
  chatProperties: ({ chatProperties }, { chat, missing }) =>
    (chatProperties ?? []).map((filter) => {
      const path = pathOf(filter.namespace, filter.name)
      if (missing.properties) return unknown('chatProperties', 'properties of the chat', missing.properties)
      const value = propertyOf(chat?.properties ?? {}, filter.namespace, filter.name)
      const held = propertyMatches(filter, chat?.properties ?? {})
      const message = `${propertySentence(path, value)}; ${demand(filter)}.`
      return { filter: 'chatProperties', held, message, ...(value === undefined && { absent: path }) }
    }),

  chatMemberIds: ({ chatMemberIds }, { action, chat, missing }) => {
    const filter = 'chatMemberIds'
    if (!chatMemberIds) return []
    if (!isChatAction(action))
      return [{ filter, held: true, message: `${action} belongs to no chat, so it is not applied.` }]
    if (missing.agents) return [unknown(filter, 'agents in the chat', missing.agents)]
    const agentIds = chat?.agentIds ?? []
    const { agentsAny, agentsExclude } = chatMemberIds
    const were =
      agentIds.length > 0 ? `The agents in the chat were ${listed(agentIds)}` : 'No agent was known to be in the chat'
    const asked = agentsAny
      ? `at least one of ${listed(agentsAny)} must be`
      : `none of ${listed(agentsExclude ?? [])} may be`
    return [{ filter, held: membersMatch(chatMemberIds, agentIds), message: `${were}; ${asked}.` }]
  },

  onlyMyChats: ({ onlyMyChats }, { chat, missing }, { clientId }) => {
    const filter = 'onlyMyChats'
    if (!onlyMyChats) return []
    if (missing.properties) return [unknown(filter, 'properties of the chat', missing.properties)]
    const owner = propertyOf(chat?.properties ?? {}, 'source', 'client_id')
    const message = `${propertySentence('source.client_id', owner)}; it must be ${quoted(clientId)}.`
    return [{ filter, held: owner === clientId, message, ...(owner === undefined && { absent: 'source.client_id' }) }]
  },

  authorType: ({ authorType }, event) => {
    if (!authorType) return []
    const author = event.authorType
      ? `The author was of the type ${event.authorType}`
      : 'The type of the author was not given'
    return [
      { filter: 'authorType', held: event.authorType === authorType, message: `${author}; it must be ${authorType}.` },
    ]
  },

  authorIds: ({ authorIds }, { authorId }) => {
    if (!authorIds) return []
    const author = authorId === null ? 'The id of the author was not given' : `The author was ${quoted(authorId)}`
    const held = authorId === null || !authorIds.exclude.includes(authorId)
    return [{ filter: 'authorIds', held, message: `${author}; it may be none of ${listed(authorIds.exclude)}.` }]
  },
}

function propertySentence(path: string, value: string | number | boolean | undefined): string {
  return value === undefined
    ? `The chat had no property ${path}`
    : `The property ${path} of the chat was ${quoted(value)}`
}

function demand({ exists, values, excludeValues }: NonNullable<WebhookFilters['chatProperties']>[number]): string {
  if (values) return values.length === 1 ? `it must be ${listed(values)}` : `it must be one of ${listed(values)}`
  if (excludeValues)
    return excludeValues.length === 1
      ? `it must not be ${listed(excludeValues)}`
      : `it must be none of ${listed(excludeValues)}`
  return exists ? 'there must be one' : 'there must be none'
}

function unknown(filter: FilterName, what: string, why: Missing): Told {
  const reasons = {
    CUT: 'there was too much to keep',
    UNREAD: 'no bot agent that listened to the event asked for them, so they were not kept',
  }
  return { filter, held: false, message: `It can’t tell: the ${what} are not known, because ${reasons[why]}.` }
}

function listed(values: readonly (string | number | boolean)[]): string {
  const some = values.slice(0, MOST_LISTED).map(quoted).join(', ')
  return values.length > MOST_LISTED ? `${some} and ${values.length - MOST_LISTED} more` : some
}

function pathOf(namespace: string, name: string): string {
  return shortened(`${namespace}.${name}`)
}
