const chat = {
  filters: ['chatProperties', 'chatMemberIds', 'onlyMyChats'],
  additionalData: ['CHAT_PROPERTIES'],
} as const
const agent = { filters: ['chatMemberIds'], additionalData: [] } as const

/** The actions that can trigger a webhook, each with the filters and additional data that it offers. Specification: Webhook actions. */
export const webhookActions = {
  INCOMING_CHAT_THREAD: chat,
  INCOMING_EVENT: {
    filters: [...chat.filters, 'authorType', 'authorIds'],
    additionalData: [...chat.additionalData, 'ACCESS'],
  },
  INCOMING_RICH_MESSAGE_POSTBACK: chat,
  LAST_SEEN_TIMESTAMP_UPDATED: chat,
  THREAD_CLOSED: chat,
  CHAT_PROPERTIES_UPDATED: chat,
  CHAT_PROPERTIES_DELETED: chat,
  CHAT_THREAD_PROPERTIES_UPDATED: chat,
  CHAT_THREAD_PROPERTIES_DELETED: chat,
  CHAT_USER_ADDED: { ...chat, additionalData: [...chat.additionalData, 'ACCESS', 'THREAD_ID'] },
  CHAT_USER_REMOVED: chat,
  CHAT_THREAD_TAGGED: chat,
  CHAT_THREAD_UNTAGGED: chat,
  AGENT_STATUS_CHANGED: agent,
  AGENT_DELETED: agent,
} as const satisfies Record<string, { filters: readonly FilterName[]; additionalData: readonly AdditionalData[] }>

export type WebhookAction = keyof typeof webhookActions
export const webhookActionNames = Object.keys(webhookActions) as WebhookAction[]

export type FilterName = 'chatProperties' | 'chatMemberIds' | 'authorType' | 'authorIds' | 'onlyMyChats'

export const additionalData = ['CHAT_PROPERTIES', 'ACCESS', 'THREAD_ID'] as const
export type AdditionalData = (typeof additionalData)[number]

export const participantTypes = ['AGENT', 'CUSTOMER'] as const

/** @returns an action as the specification names it, such as `incoming_event` */
export function wireAction<Action extends WebhookAction>(action: Action): Lowercase<Action> {
  return action.toLowerCase() as Lowercase<Action>
}
