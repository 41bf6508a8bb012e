// Written by `npm run schema` from delivery.graphql.

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

/** Whether webhooks are being sent. */
export type WebhooksState =
  /** Webhooks are sent. */
  | 'ACTIVE'
  /** The destination answered 410, or failed for too long: new webhooks are held, and none are sent until you call `enableWebhooks`. */
  | 'DISABLED'
  /** The destination is failing: webhooks wait, and the gateway probes the destination from time to time. */
  | 'PAUSED'

export type OneDeliveryQueryVariables = Exact<{
  id: string
}>

export interface OneDeliveryQuery {
  cursor: string | null
  webhookDelivery: {
    id: string
    action: WebhookAction
    state: WebhookDeliveryState
    botAgentId: string
    chatId: string | null
    ping: boolean
    url: string
    createdAt: string
    finishedAt: string | null
    nextAttemptAt: string | null
    attemptCount: number
    attemptsLeft: number
    attemptsDurationMs: number
    requestBody: string | null
    botAgent: {
      id: string
      name: string
      application: { clientId: string }
      webhooks: { state: WebhooksState } | null
    } | null
    chatEvent: { id: string } | null
    attempts: Array<{
      number: number
      replay: boolean
      startedAt: string
      durationMs: number
      gateway: string | null
      address: string | null
      error: WebhookAttemptError | null
      explanation: string | null
      statusCode: number | null
      responseBody: string | null
      responseBodyCut: boolean
      timings: {
        lookupMs: number | null
        connectMs: number | null
        tlsMs: number | null
        firstByteMs: number | null
        readMs: number | null
        totalMs: number
      } | null
      requestHeaders: Array<{ name: string; value: string }>
      responseHeaders: Array<{ name: string; value: string }>
    }>
  } | null
}

export type DeliveryWithSecretQueryVariables = Exact<{
  id: string
}>

export interface DeliveryWithSecretQuery {
  webhookDelivery: {
    requestBody: string | null
    botAgent: { webhooks: { secretKey: string | null } | null } | null
  } | null
}

export type ExplanationQueryVariables = Exact<{
  botAgentId: string
  chatEventId: string
}>

export interface ExplanationQuery {
  explainWebhook: { matched: boolean; reasons: Array<{ filter: string | null; held: boolean; message: string }> } | null
}

export type EventOfDeliveryQueryVariables = Exact<{
  id: string
}>

export interface EventOfDeliveryQuery {
  chatEvent: {
    id: string
    action: WebhookAction
    chatId: string | null
    createdAt: string
    matched: number
    data: unknown
  } | null
}

export type ReplayDeliveryMutationVariables = Exact<{
  id: string
}>

export interface ReplayDeliveryMutation {
  replayWebhookDelivery: { userErrors: Array<{ message: string }> }
}

export type DeliveryUpdatedSubscriptionVariables = Exact<{
  all: boolean
  filter: WebhookDeliveryFilter
  after?: string | null | undefined
}>

export interface DeliveryUpdatedSubscription {
  webhookDeliveryUpdated: {
    cursor: string
    previousCursor: string | null
    delivery: {
      id: string
      action: WebhookAction
      state: WebhookDeliveryState
      botAgentId: string
      chatId: string | null
      ping: boolean
      url: string
      createdAt: string
      finishedAt: string | null
      nextAttemptAt: string | null
      attemptCount: number
      attemptsLeft: number
      attemptsDurationMs: number
      requestBody: string | null
      botAgent: {
        id: string
        name: string
        application: { clientId: string }
        webhooks: { state: WebhooksState } | null
      } | null
      chatEvent: { id: string } | null
      attempts: Array<{
        number: number
        replay: boolean
        startedAt: string
        durationMs: number
        gateway: string | null
        address: string | null
        error: WebhookAttemptError | null
        explanation: string | null
        statusCode: number | null
        responseBody: string | null
        responseBodyCut: boolean
        timings: {
          lookupMs: number | null
          connectMs: number | null
          tlsMs: number | null
          firstByteMs: number | null
          readMs: number | null
          totalMs: number
        } | null
        requestHeaders: Array<{ name: string; value: string }>
        responseHeaders: Array<{ name: string; value: string }>
      }>
    }
  }
}

export type WholeDeliveryFragment = {
  id: string
  action: WebhookAction
  state: WebhookDeliveryState
  botAgentId: string
  chatId: string | null
  ping: boolean
  url: string
  createdAt: string
  finishedAt: string | null
  nextAttemptAt: string | null
  attemptCount: number
  attemptsLeft: number
  attemptsDurationMs: number
  requestBody: string | null
  botAgent: {
    id: string
    name: string
    application: { clientId: string }
    webhooks: { state: WebhooksState } | null
  } | null
  chatEvent: { id: string } | null
  attempts: Array<{
    number: number
    replay: boolean
    startedAt: string
    durationMs: number
    gateway: string | null
    address: string | null
    error: WebhookAttemptError | null
    explanation: string | null
    statusCode: number | null
    responseBody: string | null
    responseBodyCut: boolean
    timings: {
      lookupMs: number | null
      connectMs: number | null
      tlsMs: number | null
      firstByteMs: number | null
      readMs: number | null
      totalMs: number
    } | null
    requestHeaders: Array<{ name: string; value: string }>
    responseHeaders: Array<{ name: string; value: string }>
  }>
}

export type WholeAttemptFragment = {
  number: number
  replay: boolean
  startedAt: string
  durationMs: number
  gateway: string | null
  address: string | null
  error: WebhookAttemptError | null
  explanation: string | null
  statusCode: number | null
  responseBody: string | null
  responseBodyCut: boolean
  timings: {
    lookupMs: number | null
    connectMs: number | null
    tlsMs: number | null
    firstByteMs: number | null
    readMs: number | null
    totalMs: number
  } | null
  requestHeaders: Array<{ name: string; value: string }>
  responseHeaders: Array<{ name: string; value: string }>
}

export const OneDelivery = operation<OneDeliveryQuery, OneDeliveryQueryVariables>(
  'query OneDelivery($id:ID!){cursor webhookDelivery(id:$id){...WholeDelivery}}fragment WholeDelivery on WebhookDelivery{id action state botAgentId botAgent{id name application{clientId}webhooks{state}}chatEvent{id}chatId ping url createdAt finishedAt nextAttemptAt attemptCount attemptsLeft attemptsDurationMs requestBody attempts{...WholeAttempt}}fragment WholeAttempt on WebhookAttempt{number replay startedAt durationMs gateway address error explanation statusCode timings{lookupMs connectMs tlsMs firstByteMs readMs totalMs}requestHeaders{name value}responseHeaders{name value}responseBody responseBodyCut}',
)

export const DeliveryWithSecret = operation<DeliveryWithSecretQuery, DeliveryWithSecretQueryVariables>(
  'query DeliveryWithSecret($id:ID!){webhookDelivery(id:$id){requestBody(withSecretKey:true)botAgent{webhooks{secretKey}}}}',
)

export const Explanation = operation<ExplanationQuery, ExplanationQueryVariables>(
  'query Explanation($botAgentId:ID!$chatEventId:ID!){explainWebhook(botAgentId:$botAgentId chatEventId:$chatEventId){matched reasons{filter held message}}}',
)

export const EventOfDelivery = operation<EventOfDeliveryQuery, EventOfDeliveryQueryVariables>(
  'query EventOfDelivery($id:ID!){chatEvent(id:$id){id action chatId createdAt matched data}}',
)

export const ReplayDelivery = operation<ReplayDeliveryMutation, ReplayDeliveryMutationVariables>(
  'mutation ReplayDelivery($id:ID!){replayWebhookDelivery(input:{id:$id}){userErrors{message}}}',
)

export const DeliveryUpdated = operation<DeliveryUpdatedSubscription, DeliveryUpdatedSubscriptionVariables>(
  'subscription DeliveryUpdated($all:Boolean!$filter:WebhookDeliveryFilter!$after:String){webhookDeliveryUpdated(all:$all filter:$filter after:$after){cursor previousCursor delivery{...WholeDelivery}}}fragment WholeDelivery on WebhookDelivery{id action state botAgentId botAgent{id name application{clientId}webhooks{state}}chatEvent{id}chatId ping url createdAt finishedAt nextAttemptAt attemptCount attemptsLeft attemptsDurationMs requestBody attempts{...WholeAttempt}}fragment WholeAttempt on WebhookAttempt{number replay startedAt durationMs gateway address error explanation statusCode timings{lookupMs connectMs tlsMs firstByteMs readMs totalMs}requestHeaders{name value}responseHeaders{name value}responseBody responseBodyCut}',
)
