import type { WebhookAction } from '../webhooks/webhook-action.ts'
import type { WebhookFilters, WebhookSubscription } from '../webhooks/webhooks.ts'
import { isChatAction } from './chat-event.ts'
import type { MatchedEvent } from './matching.ts'

/** A bot agent that listens to an action and is logged in. */
export interface Listener {
  readonly botAgentId: string
  readonly clientId: string
  /** Whether it gets the events of one chat one after the other. */
  readonly inOrder: boolean
  readonly subscription: WebhookSubscription
}

/** What events of one action look up their listeners in. */
export interface ListenerIndex {
  /** @returns every listener whose filters the event may pass, each once, and few others */
  candidates(event: MatchedEvent): Iterable<Listener>
}

/** The key of a fact about an event. */
type Key = string

/**
 * Files each listener under one condition of its filters that an event must meet: the one that it shares with the fewest other listeners.
 * So an event does not look at listeners that it can't reach, however many there are.
 */
export function indexListeners(action: WebhookAction, listeners: readonly Listener[]): ListenerIndex {
  const conditions = listeners.map((listener) => ({ listener, any: conditionsOf(action, listener) }))
  const shared = new Map<Key, number>()
  for (const key of conditions.flatMap(({ any }) => any.flat())) shared.set(key, (shared.get(key) ?? 0) + 1)
  const shareOf = (keys: readonly Key[]) => Math.max(...keys.map((key) => shared.get(key) ?? 0))

  const unconditional: Listener[] = []
  const byKey = new Map<Key, Listener[]>()
  for (const { listener, any } of conditions) {
    const [first, ...others] = any
    if (!first) {
      unconditional.push(listener)
      continue
    }
    const rarest = others.reduce((best, keys) => (shareOf(keys) < shareOf(best) ? keys : best), first)
    for (const key of rarest) {
      const filed = byKey.get(key)
      if (filed) filed.push(listener)
      else byKey.set(key, [listener])
    }
  }

  return {
    candidates(event) {
      if (byKey.size === 0) return unconditional
      const found = new Set(unconditional)
      for (const key of keysOf(event)) for (const listener of byKey.get(key) ?? []) found.add(listener)
      return found
    },
  }
}

/** Whether the properties of the chat decide if the listener gets an event, or are sent to it. */
export function looksAtProperties({ subscription: { filters, additionalData } }: Listener): boolean {
  return (
    additionalData.includes('CHAT_PROPERTIES') ||
    filters?.onlyMyChats === true ||
    Boolean(filters?.chatProperties?.length)
  )
}

/** @returns for each filter that names what an event must have: the keys of which it must have at least one */
function conditionsOf(action: WebhookAction, { clientId, subscription: { filters } }: Listener): Key[][] {
  const { chatProperties, chatMemberIds, authorType, onlyMyChats } = filters ?? {}
  const agents = isChatAction(action) ? chatMemberIds?.agentsAny : undefined
  return [
    ...(chatProperties ?? []).flatMap((filter) => conditionOf(filter)),
    ...(agents ? [[...new Set(agents)].map(keys.agent)] : []),
    ...(onlyMyChats ? [[keys.property('source', 'client_id', clientId)]] : []),
    ...(authorType ? [[keys.author(authorType)]] : []),
  ]
}

function conditionOf({ namespace, name, exists, values }: NonNullable<WebhookFilters['chatProperties']>[number]) {
  if (values) return [[...new Set(values)].map((value) => keys.property(namespace, name, value))]
  return exists ? [[keys.exists(namespace, name)]] : []
}

function* keysOf({ authorType, chat }: MatchedEvent): Generator<Key> {
  if (authorType) yield keys.author(authorType)
  if (!chat) return
  for (const id of chat.agentIds) yield keys.agent(id)
  for (const [namespace, named] of Object.entries(chat.properties)) {
    for (const [name, value] of Object.entries(named)) {
      yield keys.exists(namespace, name)
      yield keys.property(namespace, name, value)
    }
  }
}

const keys = {
  author: (type: string): Key => `author ${type}`,
  agent: (id: string): Key => `agent ${id}`,
  exists: (namespace: string, name: string): Key => `exists ${JSON.stringify([namespace, name])}`,
  property: (namespace: string, name: string, value: string | number | boolean): Key =>
    `property ${JSON.stringify([namespace, name, value])}`,
}
