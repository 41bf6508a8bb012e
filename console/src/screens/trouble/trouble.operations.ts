// Written by `npm run schema` from trouble.graphql.

import { operation } from '../../gateway/operation.ts'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] }
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never }
/** Whether a bot agent is logged in and accepts chats. */
export type BotAgentStatus =
  /** Logged in: gets webhooks, and chats from the chat router. */
  | 'ACCEPTING_CHATS'
  /** Logged in: gets webhooks, but no chats. */
  | 'NOT_ACCEPTING_CHATS'
  /** Not logged in: gets neither chats nor webhooks. */
  | 'OFFLINE'

/** Which deliveries to replay. There is no limit on their number. */
export interface ReplayWebhookDeliveriesInput {
  /** The id of the bot agent: 32 lower-case hex characters. */
  botAgentId: string
  /** Only count the deliveries: nothing is sent, changed or recorded in the audit trail. */
  dryRun?: boolean | null | undefined
  /** Only deliveries that pass this filter. Pings are not replayed. */
  filter?: WebhookDeliveryFilter | null | undefined
  /** Only deliveries that were created at this time or later. */
  since?: string | null | undefined
  /** Only deliveries in one of these states. Required unless the `filter` has states; with both, both must hold. */
  states?: Array<WebhookDeliveryState> | null | undefined
  /** Only deliveries that were created at this time or earlier. */
  until?: string | null | undefined
}

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

/** What happened to the webhooks of a bot agent. */
export type WebhooksStateChangeKind =
  /** They were disabled: the destination answered 410, or failed for too long. */
  | 'DISABLED'
  /** They were paused or disabled, and the owner enabled them, or set the webhooks again. */
  | 'ENABLED'
  /** One delivery was given up: its attempts are used up. The state has not changed. */
  | 'GAVE_UP'
  /** They were paused: ten attempts in a row have failed. A longer pause afterwards is not told again. */
  | 'PAUSED'
  /** They were paused, and a probe has succeeded. */
  | 'RECOVERED'

export type TroubledBotsQueryVariables = Exact<{
  all: boolean
}>

export interface TroubledBotsQuery {
  botAgentCounts: { webhooksPaused: number; webhooksDisabled: number }
  botAgents: { nodes: Array<{ id: string }> }
  held: { totalCount: number; totalCountIsExact: boolean; nodes: Array<{ botAgentId: string }> }
  failed: { totalCount: number; totalCountIsExact: boolean; nodes: Array<{ botAgentId: string }> }
}

export type CausesOfFailureQueryVariables = Exact<{
  all: boolean
}>

export interface CausesOfFailureQuery {
  httpStatus: { totalCount: number; totalCountIsExact: boolean }
  timeout: { totalCount: number; totalCountIsExact: boolean }
  dns: { totalCount: number; totalCountIsExact: boolean }
  refused: { totalCount: number; totalCountIsExact: boolean }
  tls: { totalCount: number; totalCountIsExact: boolean }
  blocked: { totalCount: number; totalCountIsExact: boolean }
  connection: { totalCount: number; totalCountIsExact: boolean }
}

export type TroubleOfBotQueryVariables = Exact<{
  id: string
}>

export interface TroubleOfBotQuery {
  botAgent: {
    id: string
    name: string
    status: BotAgentStatus
    application: { clientId: string }
    webhooks: {
      url: string
      state: WebhooksState
      health: {
        since: string
        lastSuccessAt: string | null
        lastFailureAt: string | null
        failuresInARow: number
        nextProbeAt: string | null
        failureRate24h: number | null
      }
    } | null
    waiting: { totalCount: number; totalCountIsExact: boolean }
    held: { totalCount: number; totalCountIsExact: boolean }
    failed: { totalCount: number; totalCountIsExact: boolean }
    lastFailed: {
      nodes: Array<{
        id: string
        attempts: Array<{ error: WebhookAttemptError | null; statusCode: number | null; explanation: string | null }>
      }>
    }
  } | null
}

export type FollowedFromQueryVariables = Exact<{ [key: string]: never }>

export interface FollowedFromQuery {
  cursor: string | null
}

export type EnableWebhooksMutationVariables = Exact<{
  id: string
}>

export interface EnableWebhooksMutation {
  enableWebhooks: { userErrors: Array<{ message: string }> }
}

export type ReplayMutationVariables = Exact<{
  input: ReplayWebhookDeliveriesInput
}>

export interface ReplayMutation {
  replayWebhookDeliveries: {
    cursor: string | null
    matching: number
    matchingIsExact: boolean
    replayed: number
    userErrors: Array<{ message: string }>
  }
}

export type ReplayedSubscriptionVariables = Exact<{
  all: boolean
  botAgentIds?: Array<string> | string | null | undefined
  after?: string | null | undefined
}>

export interface ReplayedSubscription {
  webhookDeliveryUpdated: {
    cursor: string
    previousCursor: string | null
    state: WebhookDeliveryState
    attempt: { replay: boolean } | null
    delivery: { id: string; botAgentId: string }
  }
}

export type TroubleNoticedSubscriptionVariables = Exact<{
  all: boolean
  after?: string | null | undefined
}>

export interface TroubleNoticedSubscription {
  webhooksStateChanged: {
    cursor: string
    previousCursor: string | null
    kind: WebhooksStateChangeKind
    botAgentId: string
    cause: string
    occurredAt: string
    delivery: { id: string } | null
    botAgent: { id: string; name: string } | null
  }
}

export type StuckSubscriptionVariables = Exact<{
  all: boolean
  after?: string | null | undefined
}>

export interface StuckSubscription {
  webhookDeliveryUpdated: {
    cursor: string
    previousCursor: string | null
    delivery: { id: string; botAgentId: string }
  }
}

export type CountedFragment = { totalCount: number; totalCountIsExact: boolean }

export const TroubledBots = operation<TroubledBotsQuery, TroubledBotsQueryVariables>(
  'query TroubledBots($all:Boolean!){botAgentCounts(all:$all){webhooksPaused webhooksDisabled}botAgents(all:$all filter:{webhooksStates:[PAUSED DISABLED]}orderBy:NAME first:100){nodes{id}}held:webhookDeliveries(all:$all filter:{states:[HELD]}first:100){totalCount totalCountIsExact nodes{botAgentId}}failed:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false}first:100){totalCount totalCountIsExact nodes{botAgentId}}}',
)

export const CausesOfFailure = operation<CausesOfFailureQuery, CausesOfFailureQueryVariables>(
  'query CausesOfFailure($all:Boolean!){httpStatus:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false errors:[HTTP_STATUS]}first:0){...Counted}timeout:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false errors:[TIMEOUT]}first:0){...Counted}dns:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false errors:[DNS]}first:0){...Counted}refused:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false errors:[CONNECTION_REFUSED]}first:0){...Counted}tls:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false errors:[TLS]}first:0){...Counted}blocked:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false errors:[BLOCKED_ADDRESS]}first:0){...Counted}connection:webhookDeliveries(all:$all filter:{states:[FAILED]ping:false errors:[CONNECTION CONNECTION_RESET RESPONSE_BROKEN_OFF INTERRUPTED]}first:0){...Counted}}fragment Counted on WebhookDeliveryConnection{totalCount totalCountIsExact}',
)

export const TroubleOfBot = operation<TroubleOfBotQuery, TroubleOfBotQueryVariables>(
  'query TroubleOfBot($id:ID!){botAgent(id:$id){id name status application{clientId}webhooks{url state health{since lastSuccessAt lastFailureAt failuresInARow nextProbeAt failureRate24h}}waiting:webhookDeliveries(filter:{states:[PENDING]}first:0){...Counted}held:webhookDeliveries(filter:{states:[HELD]}first:0){...Counted}failed:webhookDeliveries(filter:{states:[FAILED]ping:false}first:0){...Counted}lastFailed:webhookDeliveries(filter:{ping:false states:[PENDING FAILED HELD]errors:[BLOCKED_ADDRESS CONNECTION CONNECTION_REFUSED CONNECTION_RESET DNS HTTP_STATUS INTERRUPTED RESPONSE_BROKEN_OFF TIMEOUT TLS]}first:1){nodes{id attempts{error statusCode explanation}}}}}fragment Counted on WebhookDeliveryConnection{totalCount totalCountIsExact}',
)

export const FollowedFrom = operation<FollowedFromQuery, FollowedFromQueryVariables>('query FollowedFrom{cursor}')

export const EnableWebhooks = operation<EnableWebhooksMutation, EnableWebhooksMutationVariables>(
  'mutation EnableWebhooks($id:ID!){enableWebhooks(input:{botAgentId:$id}){userErrors{message}}}',
)

export const Replay = operation<ReplayMutation, ReplayMutationVariables>(
  'mutation Replay($input:ReplayWebhookDeliveriesInput!){replayWebhookDeliveries(input:$input){cursor matching matchingIsExact replayed userErrors{message}}}',
)

export const Replayed = operation<ReplayedSubscription, ReplayedSubscriptionVariables>(
  'subscription Replayed($all:Boolean!$botAgentIds:[ID!]$after:String){webhookDeliveryUpdated(all:$all botAgentIds:$botAgentIds filter:{replayed:true}after:$after){cursor previousCursor state attempt{replay}delivery{id botAgentId}}}',
)

export const TroubleNoticed = operation<TroubleNoticedSubscription, TroubleNoticedSubscriptionVariables>(
  'subscription TroubleNoticed($all:Boolean!$after:String){webhooksStateChanged(all:$all after:$after){cursor previousCursor kind botAgentId cause occurredAt delivery{id}botAgent{id name}}}',
)

export const Stuck = operation<StuckSubscription, StuckSubscriptionVariables>(
  'subscription Stuck($all:Boolean!$after:String){webhookDeliveryUpdated(all:$all filter:{states:[HELD FAILED]}after:$after){cursor previousCursor delivery{id botAgentId}}}',
)
