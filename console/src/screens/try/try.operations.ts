// Written by `npm run schema` from try.graphql.

import { operation } from '../../gateway/operation.ts'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] }
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never }
/** Which bot agents a list has: those that pass each test that is set. Null is the same as absent. An empty list lets none pass. */
export interface BotAgentFilter {
  /** Only bot agents of one of these applications, at most 100. Those of others than your own are found only with `all: true`. */
  clientIds?: Array<string> | null | undefined
  /** Only bot agents that belong to one of these groups, at most 100. */
  groupIds?: Array<number> | null | undefined
  /** Only bot agents with one of these ids, at most 500. */
  ids?: Array<string> | null | undefined
  /** Only bot agents whose name starts with this text, in upper or lower case: at most 255 characters. There are no wildcards: `%` and `_` stand for themselves. An empty text lets all pass. */
  nameStartsWith?: string | null | undefined
  /** Only bot agents with one of these statuses. */
  statuses?: Array<BotAgentStatus> | null | undefined
  /** Only bot agents that were created or updated at this time or later. */
  updatedSince?: string | null | undefined
  /** Only bot agents whose webhooks are in one of these states. None without webhooks is. */
  webhooksStates?: Array<WebhooksState> | null | undefined
}

/** Whether a bot agent is logged in and accepts chats. */
export type BotAgentStatus =
  /** Logged in: gets webhooks, and chats from the chat router. */
  | 'ACCEPTING_CHATS'
  /** Logged in: gets webhooks, but no chats. */
  | 'NOT_ACCEPTING_CHATS'
  /** Not logged in: gets neither chats nor webhooks. */
  | 'OFFLINE'

/** The chat of an event, for filters and additional data. */
export interface ChatContextInput {
  /** The ids of the agents in the chat. */
  agentIds?: Array<string> | null | undefined
  /** The ids of the groups that have access to the chat. */
  groupIds?: Array<number> | null | undefined
  /** The id of the chat: 1 to 255 characters. */
  id: string
  /** The properties of the chat: `{"source": {"type": "facebook"}}`. Defaults to the properties that are stored for the chat. */
  properties?: unknown
  /** The id of the thread. */
  threadId?: string | null | undefined
}

/** The kind of a participant in a chat. */
export type ParticipantType =
  /** An agent, human or bot. */
  | 'AGENT'
  /** A customer. */
  | 'CUSTOMER'

/** An event of the chat platform. Specification: Webhook actions. */
export interface PublishChatEventInput {
  /** What happened: any action except AGENT_STATUS_CHANGED and AGENT_DELETED, which only the gateway raises. */
  action: WebhookAction
  /** The id of the author, for the filter `authorIds`: 1 to 255 characters. Defaults to `event.author_id` in `data`. */
  authorId?: string | null | undefined
  /** Who wrote the event. Required for INCOMING_EVENT. */
  authorType?: ParticipantType | null | undefined
  /** The chat. If omitted, nothing is known about it. */
  chat?: ChatContextInput | null | undefined
  /** The `data` of the webhooks, sent as you write it: an object with at least the fields of its action, up to 256 KiB. */
  data: unknown
  /** A key of 1 to 255 characters that makes retries safe: if several calls within 24 hours have the same key, only the first takes effect, and the others return its event. */
  idempotencyKey?: string | null | undefined
}

/** The example to send. */
export interface SendExampleWebhookInput {
  /** The action. The bot agent need not listen to it. */
  action: WebhookAction
  /** The id of the bot agent: 32 lower-case hex characters. */
  botAgentId: string
  /** The `data` to send: an object with at least the fields of the action, up to 32 KiB. Defaults to the `example` of the action in `webhookActions`. */
  data?: unknown
}

/** HTTP statuses, such as 500 to 599. Both ends belong to it. */
export interface StatusCodeRange {
  /** The first status: 100 to 999. */
  from: number
  /** The last status: `from` to 999. */
  to: number
}

/** The kind of a mistake in the input of a mutation. */
export type UserErrorCode =
  /** The current state does not allow the change. */
  | 'CONFLICT'
  /** The limit is reached: remove something first, or wait until the time in the message. */
  | 'LIMIT_REACHED'
  /** There is no such object, or you may not use it. */
  | 'NOT_FOUND'
  /** A value is not valid: fix it. */
  | 'VALIDATION'

/** The rule that a value breaks, for forms that say it in the language of their user. */
export type UserErrorReason =
  /** The URL does not lead to a public address. */
  | 'BLOCKED_ADDRESS'
  /** The item is in the list twice. */
  | 'DUPLICATE'
  /** The idempotency key was used before with another input. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** The value, or the field itself, is none of `allowed`. */
  | 'NOT_ALLOWED'
  /** Not exactly one of the fields in `allowed` is set. */
  | 'NOT_EXACTLY_ONE'
  /** The batch ended before this item was tried: send it again. */
  | 'NOT_TRIED'
  /** Another item of an atomic batch has errors, so this one was not changed. */
  | 'OTHER_ITEM_FAILED'
  /** The object was updated since `expectedUpdatedAt`: the payload has it as it is now. */
  | 'OUTDATED'
  /** The number is not from `min` to `max`. */
  | 'OUT_OF_RANGE'
  /** What was created with the idempotency key has been removed since. */
  | 'REMOVED'
  /** The value is missing, or null. */
  | 'REQUIRED'
  /** The list has fewer than `min` items. */
  | 'TOO_FEW'
  /** The value has more than `max` bytes as JSON, or is nested too deeply. */
  | 'TOO_LARGE'
  /** The text has more than `maxLength` characters. */
  | 'TOO_LONG'
  /** The list has more than `max` items, or the application already has `max` of these. */
  | 'TOO_MANY'
  /** The text has fewer than `min` characters. */
  | 'TOO_SHORT'

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

/** Whether webhooks are being sent. */
export type WebhooksState =
  /** Webhooks are sent. */
  | 'ACTIVE'
  /** The destination answered 410, or failed for too long: new webhooks are held, and none are sent until you call `enableWebhooks`. */
  | 'DISABLED'
  /** The destination is failing: webhooks wait, and the gateway probes the destination from time to time. */
  | 'PAUSED'

export type BotAgentsToTryQueryVariables = Exact<{
  all: boolean
  filter?: BotAgentFilter | null | undefined
}>

export interface BotAgentsToTryQuery {
  botAgents: {
    nodes: Array<{
      id: string
      name: string
      status: BotAgentStatus
      application: { clientId: string }
      webhooks: { url: string; state: WebhooksState; actions: Array<{ name: WebhookAction }> } | null
    }>
  }
}

export type BotAgentToTryByIdQueryVariables = Exact<{
  id: string
}>

export interface BotAgentToTryByIdQuery {
  botAgent: {
    id: string
    name: string
    status: BotAgentStatus
    application: { clientId: string }
    webhooks: { url: string; state: WebhooksState; actions: Array<{ name: WebhookAction }> } | null
  } | null
}

export type CatalogueWithExamplesQueryVariables = Exact<{ [key: string]: never }>

export interface CatalogueWithExamplesQuery {
  webhookActions: Array<{ name: WebhookAction; description: string; example: unknown }>
}

export type SendExampleMutationVariables = Exact<{
  input: SendExampleWebhookInput
}>

export interface SendExampleMutation {
  sendExampleWebhook: {
    cursor: string | null
    webhookDelivery: {
      id: string
      action: WebhookAction
      state: WebhookDeliveryState
      ping: boolean
      createdAt: string
      nextAttemptAt: string | null
      botAgentId: string
      url: string
      requestBody: string | null
      botAgent: { name: string } | null
      chatEvent: { id: string } | null
      attempts: Array<{
        number: number
        startedAt: string
        durationMs: number
        statusCode: number | null
        error: WebhookAttemptError | null
        explanation: string | null
        responseBody: string | null
      }>
    } | null
    userErrors: Array<{
      code: UserErrorCode
      reason: UserErrorReason | null
      field: Array<string> | null
      message: string
    }>
  }
}

export type PublishEventMutationVariables = Exact<{
  input: PublishChatEventInput
}>

export interface PublishEventMutation {
  publishChatEvent: {
    cursor: string | null
    matched: number
    chatEvent: { id: string; action: WebhookAction; createdAt: string } | null
    userErrors: Array<{
      code: UserErrorCode
      reason: UserErrorReason | null
      field: Array<string> | null
      message: string
    }>
  }
}

export type WhyOrWhyNotQueryVariables = Exact<{
  botAgentId: string
  chatEventId: string
}>

export interface WhyOrWhyNotQuery {
  explainWebhook: { matched: boolean; reasons: Array<{ filter: string | null; held: boolean; message: string }> } | null
}

export type TriedDeliveriesSubscriptionVariables = Exact<{
  ids?: Array<string> | string | null | undefined
  all: boolean
  filter?: WebhookDeliveryFilter | null | undefined
  after?: string | null | undefined
}>

export interface TriedDeliveriesSubscription {
  webhookDeliveryUpdated: {
    cursor: string
    delivery: {
      id: string
      action: WebhookAction
      state: WebhookDeliveryState
      ping: boolean
      createdAt: string
      nextAttemptAt: string | null
      botAgentId: string
      url: string
      requestBody: string | null
      botAgent: { name: string } | null
      chatEvent: { id: string } | null
      attempts: Array<{
        number: number
        startedAt: string
        durationMs: number
        statusCode: number | null
        error: WebhookAttemptError | null
        explanation: string | null
        responseBody: string | null
      }>
    }
  }
}

export type BotAgentToTryFragment = {
  id: string
  name: string
  status: BotAgentStatus
  application: { clientId: string }
  webhooks: { url: string; state: WebhooksState; actions: Array<{ name: WebhookAction }> } | null
}

export type TriedDeliveryFragment = {
  id: string
  action: WebhookAction
  state: WebhookDeliveryState
  ping: boolean
  createdAt: string
  nextAttemptAt: string | null
  botAgentId: string
  url: string
  requestBody: string | null
  botAgent: { name: string } | null
  chatEvent: { id: string } | null
  attempts: Array<{
    number: number
    startedAt: string
    durationMs: number
    statusCode: number | null
    error: WebhookAttemptError | null
    explanation: string | null
    responseBody: string | null
  }>
}

export const BotAgentsToTry = operation<BotAgentsToTryQuery, BotAgentsToTryQueryVariables>(
  'query BotAgentsToTry($all:Boolean!$filter:BotAgentFilter){botAgents(all:$all filter:$filter orderBy:NAME first:20){nodes{...BotAgentToTry}}}fragment BotAgentToTry on BotAgent{id name status application{clientId}webhooks{url state actions{name}}}',
)

export const BotAgentToTryById = operation<BotAgentToTryByIdQuery, BotAgentToTryByIdQueryVariables>(
  'query BotAgentToTryById($id:ID!){botAgent(id:$id){...BotAgentToTry}}fragment BotAgentToTry on BotAgent{id name status application{clientId}webhooks{url state actions{name}}}',
)

export const CatalogueWithExamples = operation<CatalogueWithExamplesQuery, CatalogueWithExamplesQueryVariables>(
  'query CatalogueWithExamples{webhookActions{name description example}}',
)

export const SendExample = operation<SendExampleMutation, SendExampleMutationVariables>(
  'mutation SendExample($input:SendExampleWebhookInput!){sendExampleWebhook(input:$input){cursor webhookDelivery{...TriedDelivery}userErrors{code reason field message}}}fragment TriedDelivery on WebhookDelivery{id action state ping createdAt nextAttemptAt botAgentId botAgent{name}url requestBody chatEvent{id}attempts{number startedAt durationMs statusCode error explanation responseBody}}',
)

export const PublishEvent = operation<PublishEventMutation, PublishEventMutationVariables>(
  'mutation PublishEvent($input:PublishChatEventInput!){publishChatEvent(input:$input){cursor matched chatEvent{id action createdAt}userErrors{code reason field message}}}',
)

export const WhyOrWhyNot = operation<WhyOrWhyNotQuery, WhyOrWhyNotQueryVariables>(
  'query WhyOrWhyNot($botAgentId:ID!$chatEventId:ID!){explainWebhook(botAgentId:$botAgentId chatEventId:$chatEventId){matched reasons{filter held message}}}',
)

export const TriedDeliveries = operation<TriedDeliveriesSubscription, TriedDeliveriesSubscriptionVariables>(
  'subscription TriedDeliveries($ids:[ID!]$all:Boolean!$filter:WebhookDeliveryFilter$after:String){webhookDeliveryUpdated(botAgentIds:$ids all:$all filter:$filter after:$after){cursor delivery{...TriedDelivery}}}fragment TriedDelivery on WebhookDelivery{id action state ping createdAt nextAttemptAt botAgentId botAgent{name}url requestBody chatEvent{id}attempts{number startedAt durationMs statusCode error explanation responseBody}}',
)
