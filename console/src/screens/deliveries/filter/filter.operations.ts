// Written by `npm run schema` from filter.graphql.

import { operation } from '../../../gateway/operation.ts'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] }
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never }
/** HTTP statuses, such as 500 to 599. Both ends belong to it. */
export interface StatusCodeRange {
  /** The first status: 100 to 999. */
  from: number
  /** The last status: `from` to 999. */
  to: number
}

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

/** Why an attempt failed. */
export type WebhookAttemptError =
  /** The address of the destination is not public. */
  | 'BLOCKED_ADDRESS'
  /** The connection failed in another way: there is no route, for example, or the response is not HTTP. */
  | 'CONNECTION'
  /** Nothing listens at the address and port. */
  | 'CONNECTION_REFUSED'
  /** The connection was closed or reset before a response began. */
  | 'CONNECTION_RESET'
  /** The host name could not be resolved. */
  | 'DNS'
  /** The response had a status other than 2xx. Redirects are not followed. */
  | 'HTTP_STATUS'
  /** The gateway stopped unexpectedly during the attempt, or just before it. The webhook may have arrived; it is sent again. */
  | 'INTERRUPTED'
  /** The connection was closed or reset in the middle of the response. */
  | 'RESPONSE_BROKEN_OFF'
  /** The attempt took too long, from looking up the host name to the end of the response. */
  | 'TIMEOUT'
  /** The certificate is not valid, or TLS failed in another way. */
  | 'TLS'

/** Which deliveries to take: those that pass each test. A test that is absent or null passes all, and an empty list passes none. */
export interface WebhookDeliveryFilter {
  /** Triggered by one of these actions. */
  actions?: Array<WebhookAction> | null | undefined
  /** To one of these bot agents, at most 500. */
  botAgentIds?: Array<string> | null | undefined
  /** Of this event: `evt_…`. Deliveries of other applications that carried data that you may not read are not found by it. */
  chatEventId?: string | null | undefined
  /** Of an event in this chat. Deliveries of other applications that carried data that you may not read are not found by it. */
  chatId?: string | null | undefined
  /** Created at this time or later. */
  createdSince?: string | null | undefined
  /** Created at this time or earlier. */
  createdUntil?: string | null | undefined
  /** Whose last attempt failed with one of these errors. Attempts from before this filter was added are not known to it. */
  errors?: Array<WebhookAttemptError> | null | undefined
  /** True: pings. False: no pings. */
  ping?: boolean | null | undefined
  /** True: that were replayed at least once. False: that never were. */
  replayed?: boolean | null | undefined
  /** In one of these states. */
  states?: Array<WebhookDeliveryState> | null | undefined
  /** Whose last attempt got a response with a status in one of these ranges, at most 50. Attempts from before this filter was added are not known to it. */
  statusCodes?: Array<StatusCodeRange> | null | undefined
}

/** The state of a delivery. */
export type WebhookDeliveryState =
  /** The bot agent or its webhooks were removed. */
  | 'CANCELLED'
  /** All attempts have failed. */
  | 'FAILED'
  /** The webhooks of the bot agent are disabled. The delivery is kept and can be replayed. */
  | 'HELD'
  /** The delivery waits for its next attempt. */
  | 'PENDING'
  /** The destination responded with a 2xx status. */
  | 'SUCCEEDED'

export type CountOfDeliveriesQueryVariables = Exact<{
  all: boolean
  filter?: WebhookDeliveryFilter | null | undefined
}>

export interface CountOfDeliveriesQuery {
  webhookDeliveries: { totalCount: number; totalCountIsExact: boolean }
}

export type BotsByNameQueryVariables = Exact<{
  all: boolean
  name: string
}>

export interface BotsByNameQuery {
  botAgents: { nodes: Array<{ id: string; name: string }> }
}

export type BotsByIdQueryVariables = Exact<{
  all: boolean
  ids: Array<string> | string
}>

export interface BotsByIdQuery {
  botAgents: { nodes: Array<{ id: string; name: string }> }
}

export type NamedBotFragment = { id: string; name: string }

export const CountOfDeliveries = operation<CountOfDeliveriesQuery, CountOfDeliveriesQueryVariables>(
  'query CountOfDeliveries($all:Boolean!$filter:WebhookDeliveryFilter){webhookDeliveries(all:$all filter:$filter first:0){totalCount totalCountIsExact}}',
)

export const BotsByName = operation<BotsByNameQuery, BotsByNameQueryVariables>(
  'query BotsByName($all:Boolean!$name:String!){botAgents(all:$all filter:{nameStartsWith:$name}orderBy:NAME first:20){nodes{...NamedBot}}}fragment NamedBot on BotAgent{id name}',
)

export const BotsById = operation<BotsByIdQuery, BotsByIdQueryVariables>(
  'query BotsById($all:Boolean!$ids:[ID!]!){botAgents(all:$all filter:{ids:$ids}first:100){nodes{...NamedBot}}}fragment NamedBot on BotAgent{id name}',
)
