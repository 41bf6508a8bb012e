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

type Told = Reason & {
  /** A property that it looks at and does not find. It may be there for others. */
  readonly absent?: string
}

/** Values that a sentence lists. */
const MOST_LISTED = 5

/**
 * Explains an event to one application as `matches` judges it for a bot agent, which may be of another one: the event matches if all reasons
 * held. What the viewer may not read decides, but is not told: that the event matched, or did not, is all that the viewer learns of it.
 */
export function* explainMatch(
  subscription: WebhookSubscription,
  event: { readonly action: RememberedEvent['action']; readonly seen: string },
  bot: { clientId: string },
  viewer: { clientId: string },
): Generator<Reason> {
  if (viewer.clientId === bot.clientId) {
    yield* reasonsOf(subscription, readSeen(event, bot.clientId), bot, viewer)
    return
  }
  const matched = reasonsOf(subscription, readSeen(event, bot.clientId), bot, viewer).every(({ held }) => held)
  const seen = [...reasonsOf(subscription, readSeen(event), bot, viewer)]
  if (seen.every(({ held }) => held) === matched) {
    yield* seen
    return
  }
  yield* seen.map((told) => {
    const { filter, held, absent } = told
    if (absent === undefined || held === matched) return told
    return reason(filter, matched, () => `It looks at ${absent}, a property you may not read.`)
  })
}

/** Makes its sentence when it is asked for: of many reasons only some are shown. */
function reason(filter: FilterName | null, held: boolean, message: () => string, absent?: string): Told {
  return {
    filter,
    held,
    get message() {
      return message()
    },
    ...(absent !== undefined && { absent }),
  }
}

/** Yields a reason for each filter of a webhook. The event matches if all of them held: see `matches` */
function* reasonsOf(
  { name, filters }: WebhookSubscription,
  event: RememberedEvent,
  bot: { clientId: string },
  viewer: { clientId: string },
): Generator<Told> {
  const held = name === event.action
  yield reason(null, held, () => `The action is ${event.action}${held ? '' : `, not ${name}`}.`)
  for (const filter of Object.keys(explain) as FilterName[])
    yield* explain[filter](filters ?? {}, event, { bot, viewer })
}

/** For each filter: what it comes to for an event. None if it is not set. */
const explain: {
  readonly [Name in FilterName]: (
    filters: WebhookFilters,
    event: RememberedEvent,
    who: { bot: { clientId: string }; viewer: { clientId: string } },
  ) => Iterable<Told>
} = {
  *chatProperties({ chatProperties }, { chat, missing }, who) {
    const properties = chat?.properties ?? {}
    for (const filter of chatProperties ?? []) {
      const { namespace, name } = filter
      const why = missing.property(namespace, name)
      if (why) {
        yield unknown('chatProperties', 'properties of the chat', why)
        continue
      }
      const path = pathOf(namespace, name)
      const value = propertyOf(properties, namespace, name)
      const held = propertyMatches(filter, properties)
      const message = () => {
        const was = propertySentence(path, value, knows(who, namespace))
        return filter.values?.length === 1 ? mustBe(was, held, listed(filter.values)) : `${was}; ${demand(filter)}.`
      }
      yield reason('chatProperties', held, message, value === undefined ? path : undefined)
    }
  },

  chatMemberIds({ chatMemberIds }, { action, chat, missing }) {
    const filter = 'chatMemberIds'
    if (!chatMemberIds) return []
    if (!isChatAction(action)) {
      return [reason(filter, true, () => `${action} belongs to no chat, so it is not applied.`)]
    }
    if (missing.agents) return [unknown(filter, 'agents in the chat', missing.agents)]
    const agentIds = chat?.agentIds ?? []
    return [reason(filter, membersMatch(chatMemberIds, agentIds), () => memberSentence(chatMemberIds, agentIds))]
  },

  onlyMyChats({ onlyMyChats }, { chat, missing }, who) {
    const { clientId } = who.bot
    const filter = 'onlyMyChats'
    if (!onlyMyChats) return []
    const why = missing.property('source', 'client_id')
    if (why) return [unknown(filter, 'properties of the chat', why)]
    const path = 'source.client_id'
    const owner = propertyOf(chat?.properties ?? {}, 'source', 'client_id')
    const held = owner === clientId
    const message = () => mustBe(propertySentence(path, owner, knows(who, 'source')), held, quoted(clientId))
    return [reason(filter, held, message, owner === undefined ? path : undefined)]
  },

  authorType({ authorType: asked }, { authorType }) {
    if (!asked) return []
    const author = authorType ? `The author was of the type ${authorType}` : 'The type of the author was not given'
    const held = authorType === asked
    return [reason('authorType', held, () => mustBe(author, held, asked))]
  },

  authorIds({ authorIds }, { authorId }) {
    if (!authorIds) return []
    const held = authorId === null || !authorIds.exclude.includes(authorId)
    const author = () =>
      authorId === null ? 'The id of the author was not given' : `The author was ${quoted(authorId)}`
    return [reason('authorIds', held, () => `${author()}; ${mustNotBe(authorIds.exclude)}.`)]
  },
}

function memberSentence(
  { agentsAny, agentsExclude }: NonNullable<WebhookFilters['chatMemberIds']>,
  agentIds: readonly string[],
): string {
  const were =
    agentIds.length > 0 ? `The agents in the chat were ${listed(agentIds)}` : 'No agent was known to be in the chat'
  const [ids, one, several] = agentsAny
    ? ([agentsAny, 'must be one of them', 'at least one of'] as const)
    : ([agentsExclude ?? [], 'must not be one of them', 'none of'] as const)
  const asked = ids.length === 1 ? `${listed(ids)} ${one}` : `${several} ${listed(ids)} must be in it`
  return `${were}; ${asked}.`
}

/** Whether a property that is not seen was not there: both see all properties of the namespace. */
function knows({ bot, viewer }: { bot: { clientId: string }; viewer: { clientId: string } }, namespace: string) {
  return bot.clientId === namespace && viewer.clientId === namespace
}

function propertySentence(path: string, value: string | number | boolean | undefined, isKnown: boolean): string {
  if (value !== undefined) return `The property ${path} of the chat was ${quoted(value)}`
  return `The chat had no property ${path}${isKnown ? '' : ' that may be read'}`
}

function demand({ exists, values, excludeValues }: NonNullable<WebhookFilters['chatProperties']>[number]): string {
  if (values) return `it must be one of ${listed(values)}`
  if (excludeValues) return mustNotBe(excludeValues)
  return exists ? 'there must be one' : 'there must be none'
}

/** Does not say the same twice if it was what it must be. */
function mustBe(was: string, held: boolean, asked: string): string {
  return held ? `${was}, as asked.` : `${was}; it must be ${asked}.`
}

function mustNotBe(values: readonly (string | number | boolean)[]): string {
  return values.length === 1 ? `it must not be ${listed(values)}` : `it must not be one of ${listed(values)}`
}

function unknown(filter: FilterName, what: string, why: Missing): Told {
  const reasons = {
    CUT: 'there was too much to keep',
    UNREAD: 'no bot agent that listened to the event asked for them, so they were not kept',
  }
  return reason(filter, false, () => `It can’t tell: the ${what} are not known, because ${reasons[why]}.`)
}

function listed(values: readonly (string | number | boolean)[]): string {
  const some = values.slice(0, MOST_LISTED).map(quoted).join(', ')
  return values.length > MOST_LISTED ? `${some} and ${values.length - MOST_LISTED} more` : some
}

function pathOf(namespace: string, name: string): string {
  return shortened(`${namespace}.${name}`)
}
