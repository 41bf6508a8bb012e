// Written by `npm run schema` from bot-agent.graphql.

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

/** What happened to a bot agent. */
export type BotAgentChangeKind =
  /** Nothing yet: the first event of a stream that was asked for it. It carries a cursor alone. */
  | 'ANNOUNCED'
  /** The bot agent was created. */
  | 'CREATED'
  /** The bot agent was removed. */
  | 'REMOVED'
  /** Its status alone changed: it was updated, or its access token was revoked. */
  | 'STATUS_CHANGED'
  /** The bot agent was updated. `changedFields` says in what; the status may be among them. */
  | 'UPDATED'
  /** Its webhooks were paused or disabled because their destination failed, or are active again. */
  | 'WEBHOOKS_STATE_CHANGED'

/** Whether a bot agent is logged in and accepts chats. */
export type BotAgentStatus =
  /** Logged in: gets webhooks, and chats from the chat router. */
  | 'ACCEPTING_CHATS'
  /** Logged in: gets webhooks, but no chats. */
  | 'NOT_ACCEPTING_CHATS'
  /** Not logged in: gets neither chats nor webhooks. */
  | 'OFFLINE'

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

/** The bot agent to create. Specification: Create Bot Agent. */
export interface CreateBotAgentInput {
  /** The URL of a picture, with or without a scheme: up to 2,048 characters. */
  avatar?: string | null | undefined
  /** Its priority for the chats of groups that it does not list. Defaults to NORMAL. */
  defaultGroupPriority?: DefaultGroupPriority | null | undefined
  /** The groups that it belongs to, in the order given: at most 100, each at most once. */
  groups?: Array<GroupMembershipInput> | null | undefined
  /** A key of 1 to 255 characters that makes retries safe: if several calls within 24 hours have the same key, only the first creates a bot agent, and the others return it as it is by then. They must have the same input. */
  idempotencyKey?: string | null | undefined
  /** The maximum number of concurrent chats: 1 to 500. Defaults to 6. */
  maxChatsCount?: number | null | undefined
  /** The display name: 1 to 255 characters. */
  name: string
  /** Whether it is logged in and accepts chats. */
  status: BotAgentStatus
  /** Where its webhooks are sent, and what triggers them. */
  webhooks?: WebhooksInput | null | undefined
}

/** The priority of a bot agent for the chats of groups that it does not list. */
export type DefaultGroupPriority =
  /** Before normal agents. */
  | 'FIRST'
  /** When no other agent is available. */
  | 'LAST'
  /** Like normal agents. */
  | 'NORMAL'
  /** Never: it works as a supervisor. */
  | 'SUPERVISOR'

/** A group to put a bot agent in. */
export interface GroupMembershipInput {
  /** The id of the group, from 0. */
  id: number
  /** The priority of the bot agent for the chats of the group. */
  priority: GroupPriority
}

/** The priority of a bot agent for the chats of a group. */
export type GroupPriority =
  /** Before all others. */
  | 'FIRST'
  /** When no agent with FIRST or NORMAL has a free slot. */
  | 'LAST'
  /** When no agent with FIRST has a free slot. */
  | 'NORMAL'

/** A header to add to webhooks. */
export interface HeaderInput {
  /** The name: up to 100 characters. Not one that the gateway sets itself (`host`, `user-agent`, `accept-encoding`, `content-*`, `webhook-*`), `expect`, or one about the connection. */
  name: string
  /** The value, a secret: 1 to 1,024 characters of ASCII without control characters. `…` keeps the stored value of the header with this name. */
  value: string
}

/** The kind of a participant in a chat. */
export type ParticipantType =
  /** An agent, human or bot. */
  | 'AGENT'
  /** A customer. */
  | 'CUSTOMER'

/** The changes to a bot agent. Omitted fields keep their values. Specification: Update Bot Agent. */
export interface UpdateBotAgentInput {
  /** The URL of a picture, with or without a scheme: up to 2,048 characters. Null removes it. */
  avatar?: string | null | undefined
  /** Its priority for the chats of groups that it does not list. */
  defaultGroupPriority?: DefaultGroupPriority | null | undefined
  /** The `updatedAt` that you have read, so that you do not overwrite what others have changed since. If the bot agent has another one by now, nothing is changed: the payload has an error with the code CONFLICT, and the bot agent as it is now. */
  expectedUpdatedAt?: string | null | undefined
  /** The groups that it belongs to, in the order given: at most 100, each at most once. Replaces the whole list. */
  groups?: Array<GroupMembershipInput> | null | undefined
  /** The id of the bot agent: 32 lower-case hex characters. */
  id: string
  /** The maximum number of concurrent chats: 1 to 500. */
  maxChatsCount?: number | null | undefined
  /** The display name: 1 to 255 characters. */
  name?: string | null | undefined
  /** Whether it is logged in and accepts chats. */
  status?: BotAgentStatus | null | undefined
  /** Where its webhooks are sent, and what triggers them. Replaces them as a whole, except that a `secretKey` you leave out is kept; null removes them. */
  webhooks?: WebhooksInput | null | undefined
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

/** In which order webhooks are sent. */
export type WebhookOrder =
  /** The webhooks of one chat one after the other, in the order in which the gateway accepted their events. One that is tried again holds back the later ones of its chat, and no others. */
  | 'CHAT'
  /** Each as soon as possible: a later one may overtake one that is tried again. */
  | 'NONE'

/** An action that triggers webhooks, and the conditions for it. */
export interface WebhookSubscriptionInput {
  /** Additional data for the webhook to carry. */
  additionalData?: Array<AdditionalData> | null | undefined
  /** Conditions for the action to trigger a webhook; all that are given must be met. */
  filters?: WebhookFiltersInput | null | undefined
  /** The action. */
  name: WebhookAction
}

/** Where to send the webhooks of a bot agent, and what triggers them: at most 32 KiB of JSON. Replaces the previous webhooks as a whole, except for a secret key and headers that you leave out, which stay. **An update without `maxPerSecond` removes the limit, and one without `order` sets it to NONE**, so send them with each update. */
export interface WebhooksInput {
  /** The actions that trigger webhooks, each at most once. */
  actions: Array<WebhookSubscriptionInput>
  /** Headers that each webhook has besides those of the gateway. Their values are secrets, stored encrypted. At most 10, each name once. If you leave them out of an update, or set them to null, they stay as they are; `[]` removes them. */
  headers?: Array<HeaderInput> | null | undefined
  /** How many webhooks may be sent in any second, by all gateways together: 1 to 1,000. What waits for its turn uses up no attempt. Defaults to no limit, also in an update of webhooks with one. */
  maxPerSecond?: number | null | undefined
  /** In which order they are sent. Defaults to NONE, also in an update of webhooks with another order. */
  order?: WebhookOrder | null | undefined
  /** The secret that is sent with each webhook and used to sign it: 1 to 255 characters. After `whsec_` it must be a key in Base64, as in Standard Webhooks. Stored encrypted. Required for the first webhooks of a bot agent. If you leave it out of an update, or set it to null, the key stays as it is. */
  secretKey?: string | null | undefined
  /** Where webhooks are sent: an http or https URL of up to 500 characters, without a user name or password. */
  url: string
}

/** Whether webhooks are being sent. */
export type WebhooksState =
  /** Webhooks are sent. */
  | 'ACTIVE'
  /** The destination answered 410, or failed for too long: new webhooks are held, and none are sent until you call `enableWebhooks`. */
  | 'DISABLED'
  /** The destination is failing: webhooks wait, and the gateway probes the destination from time to time. */
  | 'PAUSED'

export type BotAgentWithCatalogueQueryVariables = Exact<{
  id: string
}>

export interface BotAgentWithCatalogueQuery {
  cursor: string | null
  botAgent: {
    id: string
    name: string
    avatar: string | null
    status: BotAgentStatus
    maxChatsCount: number
    defaultGroupPriority: DefaultGroupPriority
    createdAt: string
    updatedAt: string
    groups: Array<{ id: number; priority: GroupPriority }>
    application: { clientId: string }
    webhooks: {
      url: string
      state: WebhooksState
      order: WebhookOrder
      maxPerSecond: number | null
      headers: Array<{ name: string; value: string }>
      health: {
        failureRate24h: number | null
        failuresInARow: number
        lastFailureAt: string | null
        lastSuccessAt: string | null
        nextProbeAt: string | null
        since: string
      }
      actions: Array<{
        name: WebhookAction
        additionalData: Array<AdditionalData>
        filters: {
          authorType: ParticipantType | null
          onlyMyChats: boolean | null
          authorIds: { exclude: Array<string> } | null
          chatMemberIds: { agentsAny: Array<string> | null; agentsExclude: Array<string> | null } | null
          chatProperties: Array<{
            namespace: string
            name: string
            exists: boolean | null
            values: Array<unknown> | null
            excludeValues: Array<unknown> | null
          }> | null
        } | null
      }>
    } | null
  } | null
  webhookActions: Array<{
    name: WebhookAction
    description: string
    filters: Array<string>
    additionalData: Array<AdditionalData>
  }>
}

export type ActionCatalogueQueryVariables = Exact<{ [key: string]: never }>

export interface ActionCatalogueQuery {
  webhookActions: Array<{
    name: WebhookAction
    description: string
    filters: Array<string>
    additionalData: Array<AdditionalData>
  }>
}

export type BotAgentChangesSubscriptionVariables = Exact<{
  ids: Array<string> | string
  all: boolean
  after?: string | null | undefined
}>

export interface BotAgentChangesSubscription {
  botAgentChanged: {
    cursor: string
    kind: BotAgentChangeKind
    changedFields: Array<string>
    occurredAt: string
    botAgent: {
      id: string
      name: string
      avatar: string | null
      status: BotAgentStatus
      maxChatsCount: number
      defaultGroupPriority: DefaultGroupPriority
      createdAt: string
      updatedAt: string
      groups: Array<{ id: number; priority: GroupPriority }>
      application: { clientId: string }
      webhooks: {
        url: string
        state: WebhooksState
        order: WebhookOrder
        maxPerSecond: number | null
        headers: Array<{ name: string; value: string }>
        health: {
          failureRate24h: number | null
          failuresInARow: number
          lastFailureAt: string | null
          lastSuccessAt: string | null
          nextProbeAt: string | null
          since: string
        }
        actions: Array<{
          name: WebhookAction
          additionalData: Array<AdditionalData>
          filters: {
            authorType: ParticipantType | null
            onlyMyChats: boolean | null
            authorIds: { exclude: Array<string> } | null
            chatMemberIds: { agentsAny: Array<string> | null; agentsExclude: Array<string> | null } | null
            chatProperties: Array<{
              namespace: string
              name: string
              exists: boolean | null
              values: Array<unknown> | null
              excludeValues: Array<unknown> | null
            }> | null
          } | null
        }>
      } | null
    } | null
  }
}

export type CreateBotAgentMutationVariables = Exact<{
  input: CreateBotAgentInput
}>

export interface CreateBotAgentMutation {
  createBotAgent: {
    botAgent: { id: string; name: string } | null
    userErrors: Array<{
      code: UserErrorCode
      reason: UserErrorReason | null
      field: Array<string> | null
      message: string
    }>
  }
}

export type UpdateBotAgentMutationVariables = Exact<{
  input: UpdateBotAgentInput
}>

export interface UpdateBotAgentMutation {
  updateBotAgent: {
    botAgent: {
      id: string
      name: string
      avatar: string | null
      status: BotAgentStatus
      maxChatsCount: number
      defaultGroupPriority: DefaultGroupPriority
      createdAt: string
      updatedAt: string
      groups: Array<{ id: number; priority: GroupPriority }>
      application: { clientId: string }
      webhooks: {
        url: string
        state: WebhooksState
        order: WebhookOrder
        maxPerSecond: number | null
        headers: Array<{ name: string; value: string }>
        health: {
          failureRate24h: number | null
          failuresInARow: number
          lastFailureAt: string | null
          lastSuccessAt: string | null
          nextProbeAt: string | null
          since: string
        }
        actions: Array<{
          name: WebhookAction
          additionalData: Array<AdditionalData>
          filters: {
            authorType: ParticipantType | null
            onlyMyChats: boolean | null
            authorIds: { exclude: Array<string> } | null
            chatMemberIds: { agentsAny: Array<string> | null; agentsExclude: Array<string> | null } | null
            chatProperties: Array<{
              namespace: string
              name: string
              exists: boolean | null
              values: Array<unknown> | null
              excludeValues: Array<unknown> | null
            }> | null
          } | null
        }>
      } | null
    } | null
    userErrors: Array<{
      code: UserErrorCode
      reason: UserErrorReason | null
      field: Array<string> | null
      message: string
    }>
  }
}

export type WholeBotAgentFragment = {
  id: string
  name: string
  avatar: string | null
  status: BotAgentStatus
  maxChatsCount: number
  defaultGroupPriority: DefaultGroupPriority
  createdAt: string
  updatedAt: string
  groups: Array<{ id: number; priority: GroupPriority }>
  application: { clientId: string }
  webhooks: {
    url: string
    state: WebhooksState
    order: WebhookOrder
    maxPerSecond: number | null
    headers: Array<{ name: string; value: string }>
    health: {
      failureRate24h: number | null
      failuresInARow: number
      lastFailureAt: string | null
      lastSuccessAt: string | null
      nextProbeAt: string | null
      since: string
    }
    actions: Array<{
      name: WebhookAction
      additionalData: Array<AdditionalData>
      filters: {
        authorType: ParticipantType | null
        onlyMyChats: boolean | null
        authorIds: { exclude: Array<string> } | null
        chatMemberIds: { agentsAny: Array<string> | null; agentsExclude: Array<string> | null } | null
        chatProperties: Array<{
          namespace: string
          name: string
          exists: boolean | null
          values: Array<unknown> | null
          excludeValues: Array<unknown> | null
        }> | null
      } | null
    }>
  } | null
}

export const BotAgentWithCatalogue = operation<BotAgentWithCatalogueQuery, BotAgentWithCatalogueQueryVariables>(
  'query BotAgentWithCatalogue($id:ID!){cursor botAgent(id:$id){...WholeBotAgent}webhookActions{name description filters additionalData}}fragment WholeBotAgent on BotAgent{id name avatar status maxChatsCount defaultGroupPriority groups{id priority}application{clientId}createdAt updatedAt webhooks{url state order maxPerSecond headers{name value}health{failureRate24h failuresInARow lastFailureAt lastSuccessAt nextProbeAt since}actions{name additionalData filters{authorType onlyMyChats authorIds{exclude}chatMemberIds{agentsAny agentsExclude}chatProperties{namespace name exists values excludeValues}}}}}',
)

export const ActionCatalogue = operation<ActionCatalogueQuery, ActionCatalogueQueryVariables>(
  'query ActionCatalogue{webhookActions{name description filters additionalData}}',
)

export const BotAgentChanges = operation<BotAgentChangesSubscription, BotAgentChangesSubscriptionVariables>(
  'subscription BotAgentChanges($ids:[ID!]!$all:Boolean!$after:String){botAgentChanged(botAgentIds:$ids all:$all after:$after){cursor kind changedFields occurredAt botAgent{...WholeBotAgent}}}fragment WholeBotAgent on BotAgent{id name avatar status maxChatsCount defaultGroupPriority groups{id priority}application{clientId}createdAt updatedAt webhooks{url state order maxPerSecond headers{name value}health{failureRate24h failuresInARow lastFailureAt lastSuccessAt nextProbeAt since}actions{name additionalData filters{authorType onlyMyChats authorIds{exclude}chatMemberIds{agentsAny agentsExclude}chatProperties{namespace name exists values excludeValues}}}}}',
)

export const CreateBotAgent = operation<CreateBotAgentMutation, CreateBotAgentMutationVariables>(
  'mutation CreateBotAgent($input:CreateBotAgentInput!){createBotAgent(input:$input){botAgent{id name}userErrors{code reason field message}}}',
)

export const UpdateBotAgent = operation<UpdateBotAgentMutation, UpdateBotAgentMutationVariables>(
  'mutation UpdateBotAgent($input:UpdateBotAgentInput!){updateBotAgent(input:$input){botAgent{...WholeBotAgent}userErrors{code reason field message}}}fragment WholeBotAgent on BotAgent{id name avatar status maxChatsCount defaultGroupPriority groups{id priority}application{clientId}createdAt updatedAt webhooks{url state order maxPerSecond headers{name value}health{failureRate24h failuresInARow lastFailureAt lastSuccessAt nextProbeAt since}actions{name additionalData filters{authorType onlyMyChats authorIds{exclude}chatMemberIds{agentsAny agentsExclude}chatProperties{namespace name exists values excludeValues}}}}}',
)
