// Written by `npm run schema` from operate.graphql.

import { operation } from '../../gateway/operation.ts'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] }
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never }
/** Something that was done to a bot agent, or that the gateway did to its webhooks. */
export type AuditAction =
  /** The bot agent was created. */
  | 'CREATED'
  /** Its webhooks were enabled, or set again while they were paused or disabled. */
  | 'ENABLED'
  /** A ping or an example was sent to the destination of its webhooks. */
  | 'PINGED'
  /** Some of its properties were deleted. */
  | 'PROPERTIES_DELETED'
  /** Some of its properties were set. */
  | 'PROPERTIES_SET'
  /** It was removed. */
  | 'REMOVED'
  /** Webhooks were replayed. */
  | 'REPLAYED'
  /** It was logged out, because the access token that its log-in was tied to was revoked. */
  | 'REVOKED'
  /** The secret key of its webhooks was read. Reads with one access token from one address within ten minutes share one entry. */
  | 'SECRET_READ'
  /** It was updated, even if nothing changed. */
  | 'UPDATED'
  /** The gateway disabled its webhooks: their destination answered 410, or failed for too long. */
  | 'WEBHOOKS_DISABLED'
  /** Webhooks were given up: their attempts are used up. Those that are given up at the same moment share one entry. */
  | 'WEBHOOKS_GAVE_UP'
  /** The gateway paused its webhooks: their destination fails. */
  | 'WEBHOOKS_PAUSED'
  /** Its webhooks were paused, and are active again: a probe has succeeded. */
  | 'WEBHOOKS_RECOVERED'

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

export type RemoveBotAgentMutationVariables = Exact<{
  id: string
}>

export interface RemoveBotAgentMutation {
  removeBotAgent: {
    botAgentId: string | null
    userErrors: Array<{
      code: UserErrorCode
      reason: UserErrorReason | null
      field: Array<string> | null
      message: string
    }>
  }
}

export type EnableWebhooksMutationVariables = Exact<{
  id: string
}>

export interface EnableWebhooksMutation {
  enableWebhooks: {
    userErrors: Array<{
      code: UserErrorCode
      reason: UserErrorReason | null
      field: Array<string> | null
      message: string
    }>
  }
}

export type PingWebhooksMutationVariables = Exact<{
  id: string
}>

export interface PingWebhooksMutation {
  pingWebhooks: {
    cursor: string | null
    webhookDelivery: { id: string } | null
    userErrors: Array<{
      code: UserErrorCode
      reason: UserErrorReason | null
      field: Array<string> | null
      message: string
    }>
  }
}

export type BotAgentStatisticsQueryVariables = Exact<{
  ids: Array<string> | string
  all: boolean
}>

export interface BotAgentStatisticsQuery {
  webhookStatistics: {
    nodes: Array<{
      from: string
      matched: number
      delivered: number
      failed: number
      retried: number
      held: number
      p50Ms: number | null
      p95Ms: number | null
      failuresByError: Array<{ error: WebhookAttemptError; count: number }>
    }>
  }
}

export type BotAgentAuditQueryVariables = Exact<{
  ids: Array<string> | string
  after?: string | null | undefined
}>

export interface BotAgentAuditQuery {
  auditTrail: {
    nodes: Array<{
      id: string
      action: AuditAction
      clientId: string | null
      address: string | null
      accessTokenHash: string | null
      createdAt: string
      replayed: number | null
      gaveUp: number | null
    }>
    pageInfo: { endCursor: string | null; hasNextPage: boolean }
  }
}

export type PingUpdatesSubscriptionVariables = Exact<{
  ids: Array<string> | string
  after?: string | null | undefined
}>

export interface PingUpdatesSubscription {
  webhookDeliveryUpdated: {
    cursor: string
    delivery: {
      id: string
      state: WebhookDeliveryState
      attempts: Array<{ durationMs: number; statusCode: number | null; explanation: string | null }>
    }
  }
}

export type PageOfListFragment = { endCursor: string | null; hasNextPage: boolean }

export const RemoveBotAgent = operation<RemoveBotAgentMutation, RemoveBotAgentMutationVariables>(
  'mutation RemoveBotAgent($id:ID!){removeBotAgent(input:{botAgentId:$id}){botAgentId userErrors{code reason field message}}}',
)

export const EnableWebhooks = operation<EnableWebhooksMutation, EnableWebhooksMutationVariables>(
  'mutation EnableWebhooks($id:ID!){enableWebhooks(input:{botAgentId:$id}){userErrors{code reason field message}}}',
)

export const PingWebhooks = operation<PingWebhooksMutation, PingWebhooksMutationVariables>(
  'mutation PingWebhooks($id:ID!){pingWebhooks(input:{botAgentId:$id}){cursor webhookDelivery{id}userErrors{code reason field message}}}',
)

export const BotAgentStatistics = operation<BotAgentStatisticsQuery, BotAgentStatisticsQueryVariables>(
  'query BotAgentStatistics($ids:[ID!]!$all:Boolean!){webhookStatistics(botAgentIds:$ids all:$all interval:HOUR){nodes{from matched delivered failed retried held p50Ms p95Ms failuresByError{error count}}}}',
)

export const BotAgentAudit = operation<BotAgentAuditQuery, BotAgentAuditQueryVariables>(
  'query BotAgentAudit($ids:[ID!]!$after:String){auditTrail(botAgentIds:$ids after:$after first:50){nodes{id action clientId address accessTokenHash createdAt replayed gaveUp}pageInfo{...PageOfList}}}fragment PageOfList on PageInfo{endCursor hasNextPage}',
)

export const PingUpdates = operation<PingUpdatesSubscription, PingUpdatesSubscriptionVariables>(
  'subscription PingUpdates($ids:[ID!]!$after:String){webhookDeliveryUpdated(botAgentIds:$ids filter:{ping:true}after:$after){cursor delivery{id state attempts{durationMs statusCode explanation}}}}',
)
