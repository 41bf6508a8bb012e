// Written by `npm run schema` from webhooks.graphql.

import { operation } from '../../../gateway/operation.ts'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] }
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never }
/** Data that a webhook can carry on request. */
export type AdditionalData =
  /** The groups that have access to the chat. */
  | 'ACCESS'
  /** The properties of the chat. */
  | 'CHAT_PROPERTIES'
  /** The thread of the chat. */
  | 'THREAD_ID'

/** A condition on the author of an event. */
export interface AuthorFilterInput {
  /** None of these is the author: 1 to 100 ids, each once. An event without a known author passes: its author is a text, so a number in `event.author_id` is not known. */
  exclude: Array<string>
}

/** A condition on the agents in the chat. Set exactly one field. */
export interface ChatMemberFilterInput {
  /** At least one of these agents is in the chat. */
  agentsAny?: Array<string> | null | undefined
  /** None of these agents is in the chat. */
  agentsExclude?: Array<string> | null | undefined
}

/** A condition on one property of the chat. Set exactly one of `exists`, `values` and `excludeValues`. */
export interface ChatPropertyFilterInput {
  /** The property is absent, or has none of these values. */
  excludeValues?: Array<unknown> | null | undefined
  /** Whether the chat has the property. */
  exists?: boolean | null | undefined
  /** The name of the property. */
  name: string
  /** The namespace of the property. */
  namespace: string
  /** The property has one of these values: strings, numbers or booleans. */
  values?: Array<unknown> | null | undefined
}

/** The kind of a participant in a chat. */
export type ParticipantType =
  /** An agent, human or bot. */
  | 'AGENT'
  /** A customer. */
  | 'CUSTOMER'

/** An action that can trigger a webhook. Specification: Webhook actions. */
export type WebhookAction =
  /** Filters: chatMemberIds. */
  | 'AGENT_DELETED'
  /** Filters: chatMemberIds. */
  | 'AGENT_STATUS_CHANGED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'CHAT_PROPERTIES_DELETED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'CHAT_PROPERTIES_UPDATED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'CHAT_THREAD_PROPERTIES_DELETED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'CHAT_THREAD_PROPERTIES_UPDATED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'CHAT_THREAD_TAGGED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'CHAT_THREAD_UNTAGGED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES, ACCESS, THREAD_ID. */
  | 'CHAT_USER_ADDED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'CHAT_USER_REMOVED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'INCOMING_CHAT_THREAD'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats, authorType, authorIds. Additional data: CHAT_PROPERTIES, ACCESS. */
  | 'INCOMING_EVENT'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'INCOMING_RICH_MESSAGE_POSTBACK'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'LAST_SEEN_TIMESTAMP_UPDATED'
  /** Filters: chatProperties, chatMemberIds, onlyMyChats. Additional data: CHAT_PROPERTIES. */
  | 'THREAD_CLOSED'

/** Conditions for an action to trigger a webhook. The description of each action lists the filters that it takes. */
export interface WebhookFiltersInput {
  /** A condition on the author, for example so that a bot does not hear itself. */
  authorIds?: AuthorFilterInput | null | undefined
  /** Only events by this kind of author. */
  authorType?: ParticipantType | null | undefined
  /** A condition on the agents in the chat. */
  chatMemberIds?: ChatMemberFilterInput | null | undefined
  /** Conditions on properties of the chat; all must be met. */
  chatProperties?: Array<ChatPropertyFilterInput> | null | undefined
  /** Only chats that belong to the bot agent’s application: their property `source.client_id` is its client id. */
  onlyMyChats?: boolean | null | undefined
}

/** An action that triggers webhooks, and the conditions for it. */
export interface WebhookSubscriptionInput {
  /** Additional data for the webhook to carry. */
  additionalData?: Array<AdditionalData> | null | undefined
  /** Conditions for the action to trigger a webhook; all that are given must be met. */
  filters?: WebhookFiltersInput | null | undefined
  /** The action. */
  name: WebhookAction
}

export type SecretKeyOfQueryVariables = Exact<{
  id: string
}>

export interface SecretKeyOfQuery {
  botAgent: { updatedAt: string; webhooks: { secretKey: string | null } | null } | null
}

export type PreviewOfActionsQueryVariables = Exact<{
  actions: Array<WebhookSubscriptionInput> | WebhookSubscriptionInput
}>

export interface PreviewOfActionsQuery {
  previewWebhooks: Array<{
    chatEvent: { id: string; action: WebhookAction; chatId: string | null; createdAt: string }
    explanation: { matched: boolean; reasons: Array<{ filter: string | null; held: boolean; message: string }> }
  }>
}

export const SecretKeyOf = operation<SecretKeyOfQuery, SecretKeyOfQueryVariables>(
  'query SecretKeyOf($id:ID!){botAgent(id:$id){updatedAt webhooks{secretKey}}}',
)

export const PreviewOfActions = operation<PreviewOfActionsQuery, PreviewOfActionsQueryVariables>(
  'query PreviewOfActions($actions:[WebhookSubscriptionInput!]!){previewWebhooks(actions:$actions last:100){chatEvent{id action chatId createdAt}explanation{matched reasons{filter held message}}}}',
)
