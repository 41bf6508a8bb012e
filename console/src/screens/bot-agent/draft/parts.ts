import { actionLabel } from '../../../words/action-words.ts'
import { priorities, statuses } from '../../../words/bot-agent-words.ts'
import type { ActionDraft, Draft, WebhooksDraft } from './draft.ts'

/** A part of a bot that people change, and may change at the same time. */
export interface Part {
  readonly name: string
  readonly label: string
  /** Equal texts: nothing has changed. */
  readonly identity: (draft: Draft) => string
  /** As it is shown beside another version of it. */
  readonly shown: (draft: Draft) => string
  /** @returns `into` with this part of `from` */
  readonly take: (into: Draft, from: Draft) => Draft
}

const nothing = 'none'

function field<Name extends Exclude<keyof Draft, 'webhooks'>>(
  name: Name,
  label: string,
  shown: (value: Draft[Name]) => string,
): Part {
  return {
    name,
    label,
    identity: (draft) => identityOf(draft[name]),
    shown: (draft) => shown(draft[name]),
    take: (into, from) => ({ ...into, [name]: from[name] }),
  }
}

function ofWebhooks<Name extends keyof WebhooksDraft>(
  name: Name,
  label: string,
  shown: (value: WebhooksDraft[Name]) => string,
): Part {
  return {
    name: `webhooks.${name}`,
    label,
    identity: ({ webhooks }) => identityOf(webhooks?.[name]),
    shown: ({ webhooks }) => (webhooks ? shown(webhooks[name]) : nothing),
    take: (into, from) => {
      // Webhooks that were added or removed meanwhile are taken as a whole.
      if (!into.webhooks || !from.webhooks) return { ...into, webhooks: from.webhooks }
      return { ...into, webhooks: { ...into.webhooks, [name]: from.webhooks[name] } }
    },
  }
}

export const parts: readonly Part[] = [
  field('name', 'Name', (name) => name),
  field('avatar', 'Picture', (avatar) => avatar || nothing),
  field('status', 'Status', (status) => statuses[status].label),
  field('maxChatsCount', 'Chats at the same time', (count) => count),
  field('defaultGroupPriority', 'Default priority', (priority) => priorities[priority]),
  field('groups', 'Groups', (groups) =>
    listed(groups.map(({ id, priority }) => `${id} (${priorities[priority].toLowerCase()})`)),
  ),
  ofWebhooks('url', 'URL of webhooks', (url) => url),
  ofWebhooks('order', 'Order of webhooks', (order) =>
    order === 'CHAT' ? 'one after the other in each chat' : 'as soon as possible',
  ),
  ofWebhooks('maxPerSecond', 'Webhooks per second', (pace) => pace || 'no limit'),
  ofWebhooks('headers', 'Headers', (headers) => listed(headers.map(({ name }) => name))),
  ofWebhooks('actions', 'Actions', (actions) => listed(actions.map(actionInWords))),
  ofWebhooks('secretKey', 'Secret key', (key) => (key ? 'a new one' : 'as it is')),
]

function listed(items: readonly string[]): string {
  return items.length > 0 ? items.join(', ') : nothing
}

function actionInWords(action: ActionDraft): string {
  const filters = filtersInWords(action)
  return filters ? `${actionLabel(action.name)} (${filters})` : actionLabel(action.name)
}

/** The filters of an action in a few words; empty if there are none. */
export function filtersInWords(action: ActionDraft): string {
  const ids = (lines: string) => lines.split('\n').filter((line) => line.trim()).length
  return [
    action.authorType !== 'ANY' && `written by ${action.authorType === 'AGENT' ? 'agents' : 'customers'}`,
    action.authorsExcluded.trim() && `not by ${countOf(ids(action.authorsExcluded), 'author')}`,
    action.members === 'agentsAny' && `with one of ${countOf(ids(action.memberIds), 'agent')}`,
    action.members === 'agentsExclude' && `without ${countOf(ids(action.memberIds), 'agent')}`,
    action.onlyMyChats && 'own chats',
    ...action.properties.map(({ namespace, name, test, values }) => {
      const property = `${namespace}.${name}`
      if (test === 'exists') return `${property} is set`
      if (test === 'absent') return `${property} is not set`
      return `${property} is ${test === 'values' ? '' : 'not '}${values.split('\n').join(' or ')}`
    }),
  ]
    .filter(Boolean)
    .join(', ')
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function identityOf(value: unknown): string {
  return JSON.stringify(value ?? null, (name, inner: unknown) => (name === 'key' ? undefined : inner))
}
