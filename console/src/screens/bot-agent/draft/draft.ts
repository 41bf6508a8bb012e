import type { WholeBotAgentFragment } from './bot-agent.operations.ts'
import { linesOf } from './lines.ts'

export type BotAgent = WholeBotAgentFragment
export type WebhooksOfBot = NonNullable<BotAgent['webhooks']>
type Subscription = WebhooksOfBot['actions'][number]
export type ActionName = Subscription['name']
type AdditionalData = Subscription['additionalData'][number]

/** A bot as it stands in the form: numbers and lists as they are typed. */
export interface Draft {
  readonly name: string
  readonly avatar: string
  readonly status: BotAgent['status']
  readonly maxChatsCount: string
  readonly defaultGroupPriority: BotAgent['defaultGroupPriority']
  readonly groups: readonly GroupDraft[]
  readonly webhooks: WebhooksDraft | null
}

/** `key` tells rows of a list apart while they are edited. */
interface Row {
  readonly key: string
}

interface GroupDraft extends Row {
  readonly id: string
  readonly priority: BotAgent['groups'][number]['priority']
}

export interface WebhooksDraft {
  readonly url: string
  /** Empty: the key that is stored stays. */
  readonly secretKey: string
  readonly order: WebhooksOfBot['order']
  /** Empty: no limit. */
  readonly maxPerSecond: string
  readonly headers: readonly HeaderDraft[]
  readonly actions: readonly ActionDraft[]
}

interface HeaderDraft extends Row {
  readonly name: string
  /** Empty: the value that is stored stays. */
  readonly value: string
  readonly stored: boolean
}

export interface ActionDraft {
  readonly name: ActionName
  readonly additionalData: readonly AdditionalData[]
  readonly authorType: 'AGENT' | 'CUSTOMER' | 'ANY'
  readonly authorsExcluded: string
  readonly members: 'ANY' | 'agentsAny' | 'agentsExclude'
  readonly memberIds: string
  readonly onlyMyChats: boolean
  readonly properties: readonly PropertyDraft[]
}

type PropertyTest = 'exists' | 'absent' | 'values' | 'excludeValues'

export interface PropertyDraft extends Row {
  readonly namespace: string
  readonly name: string
  readonly test: PropertyTest
  readonly values: string
}

let lastKey = 0

export function newKey(): string {
  lastKey += 1
  return `row-${lastKey}`
}

export const newBotAgent: Draft = {
  name: '',
  avatar: '',
  status: 'OFFLINE',
  maxChatsCount: '6',
  defaultGroupPriority: 'NORMAL',
  groups: [],
  webhooks: null,
}

export const newWebhooks: WebhooksDraft = {
  url: '',
  secretKey: '',
  order: 'NONE',
  maxPerSecond: '',
  headers: [],
  actions: [],
}

export function newAction(name: ActionName): ActionDraft {
  return {
    name,
    additionalData: [],
    authorType: 'ANY',
    authorsExcluded: '',
    members: 'ANY',
    memberIds: '',
    onlyMyChats: false,
    properties: [],
  }
}

export function draftOf({ webhooks, ...bot }: BotAgent): Draft {
  return {
    name: bot.name,
    avatar: bot.avatar ?? '',
    status: bot.status,
    maxChatsCount: String(bot.maxChatsCount),
    defaultGroupPriority: bot.defaultGroupPriority,
    groups: bot.groups.map(({ id, priority }) => ({ key: newKey(), id: String(id), priority })),
    webhooks: webhooks && {
      url: webhooks.url,
      secretKey: '',
      order: webhooks.order,
      maxPerSecond: webhooks.maxPerSecond === null ? '' : String(webhooks.maxPerSecond),
      headers: webhooks.headers.map(({ name }) => ({ key: newKey(), name, value: '', stored: true })),
      actions: webhooks.actions.map(actionOf),
    },
  }
}

function actionOf({ name, additionalData, filters }: Subscription): ActionDraft {
  const members = filters?.chatMemberIds
  return {
    name,
    additionalData,
    authorType: filters?.authorType ?? 'ANY',
    authorsExcluded: (filters?.authorIds?.exclude ?? []).join('\n'),
    members: members?.agentsAny ? 'agentsAny' : members?.agentsExclude ? 'agentsExclude' : 'ANY',
    memberIds: (members?.agentsAny ?? members?.agentsExclude ?? []).join('\n'),
    onlyMyChats: filters?.onlyMyChats ?? false,
    properties: (filters?.chatProperties ?? []).map((property) => ({
      key: newKey(),
      namespace: property.namespace,
      name: property.name,
      ...testOf(property),
    })),
  }
}

type StoredProperty = NonNullable<NonNullable<Subscription['filters']>['chatProperties']>[number]

function testOf({ exists, values, excludeValues }: StoredProperty): Pick<PropertyDraft, 'test' | 'values'> {
  if (values) return { test: 'values', values: linesOf(values) }
  if (excludeValues) return { test: 'excludeValues', values: linesOf(excludeValues) }
  return { test: exists ? 'exists' : 'absent', values: '' }
}
