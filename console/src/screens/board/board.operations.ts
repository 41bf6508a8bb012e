// Written by `npm run schema` from board.graphql.

import { operation } from '../../gateway/operation.ts'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] }
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never }
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

/** The order of a list of bot agents. A cursor is valid only in the order that it comes from. */
export type BotAgentOrder =
  /** The one that was created first comes first. */
  | 'CREATED_FIRST'
  /** The one that was created last comes first. */
  | 'CREATED_LAST'
  /** By name, ignoring case, in the order of Unicode: letters with accents come after z, whatever the language. */
  | 'NAME'
  /** The one that was created or updated last comes first. One that is updated while you page moves to the first page. */
  | 'UPDATED_LAST'

/** Whether a bot agent is logged in and accepts chats. */
export type BotAgentStatus =
  /** Logged in: gets webhooks, and chats from the chat router. */
  | 'ACCEPTING_CHATS'
  /** Logged in: gets webhooks, but no chats. */
  | 'NOT_ACCEPTING_CHATS'
  /** Not logged in: gets neither chats nor webhooks. */
  | 'OFFLINE'

/** Why the status of a bot agent changed. */
export type BotAgentStatusChangeReason =
  /** The bot agent was created. */
  | 'CREATED'
  /** The bot agent was removed. */
  | 'REMOVED'
  /** The access token that its log-in was tied to was revoked. */
  | 'TOKEN_REVOKED'
  /** The bot agent was updated. */
  | 'UPDATED'

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

/** The priority of a bot agent for the chats of a group. */
export type GroupPriority =
  /** Before all others. */
  | 'FIRST'
  /** When no agent with FIRST or NORMAL has a free slot. */
  | 'LAST'
  /** When no agent with FIRST has a free slot. */
  | 'NORMAL'

/** Whether webhooks are being sent. */
export type WebhooksState =
  /** Webhooks are sent. */
  | 'ACTIVE'
  /** The destination answered 410, or failed for too long: new webhooks are held, and none are sent until you call `enableWebhooks`. */
  | 'DISABLED'
  /** The destination is failing: webhooks wait, and the gateway probes the destination from time to time. */
  | 'PAUSED'

export type BoardQueryVariables = Exact<{
  all: boolean
  after?: string | null | undefined
  filter?: BotAgentFilter | null | undefined
  orderBy?: BotAgentOrder | null | undefined
  first?: number | null | undefined
}>

export interface BoardQuery {
  botAgents: {
    cursor: string | null
    totalCount: number
    pageInfo: { endCursor: string | null; hasNextPage: boolean }
    nodes: Array<{
      id: string
      name: string
      status: BotAgentStatus
      maxChatsCount: number
      defaultGroupPriority: DefaultGroupPriority
      updatedAt: string
      groups: Array<{ id: number; priority: GroupPriority }>
      application: { clientId: string }
      webhooks: { state: WebhooksState; health: { failureRate24h: number | null } } | null
    }>
  }
}

export type BoardCountsQueryVariables = Exact<{
  all: boolean
}>

export interface BoardCountsQuery {
  botAgentCounts: {
    total: number
    acceptingChats: number
    notAcceptingChats: number
    offline: number
    webhooksPaused: number
    webhooksDisabled: number
  }
}

export type BoardHealthQueryVariables = Exact<{
  all: boolean
  a: Array<string> | string
  b: Array<string> | string
  c: Array<string> | string
  d: Array<string> | string
  e: Array<string> | string
  f: Array<string> | string
  g: Array<string> | string
  h: Array<string> | string
}>

export interface BoardHealthQuery {
  a: { nodes: Array<{ delivered: number; failed: number }> }
  b: { nodes: Array<{ delivered: number; failed: number }> }
  c: { nodes: Array<{ delivered: number; failed: number }> }
  d: { nodes: Array<{ delivered: number; failed: number }> }
  e: { nodes: Array<{ delivered: number; failed: number }> }
  f: { nodes: Array<{ delivered: number; failed: number }> }
  g: { nodes: Array<{ delivered: number; failed: number }> }
  h: { nodes: Array<{ delivered: number; failed: number }> }
}

export type BoardStatusChangedSubscriptionVariables = Exact<{
  all: boolean
  after?: string | null | undefined
}>

export interface BoardStatusChangedSubscription {
  botAgentStatusChanged: {
    cursor: string
    botAgentId: string
    previousStatus: BotAgentStatus | null
    status: BotAgentStatus
    reason: BotAgentStatusChangeReason
    changedAt: string
    botAgent: { name: string } | null
  }
}

export type BoardBotChangedSubscriptionVariables = Exact<{
  all: boolean
  after?: string | null | undefined
}>

export interface BoardBotChangedSubscription {
  botAgentChanged: {
    cursor: string
    kind: BotAgentChangeKind
    botAgentId: string | null
    changedFields: Array<string>
    occurredAt: string
    botAgent: {
      id: string
      name: string
      status: BotAgentStatus
      maxChatsCount: number
      defaultGroupPriority: DefaultGroupPriority
      updatedAt: string
      groups: Array<{ id: number; priority: GroupPriority }>
      application: { clientId: string }
      webhooks: { state: WebhooksState; health: { failureRate24h: number | null } } | null
    } | null
  }
}

export type BoardBotFragment = {
  id: string
  name: string
  status: BotAgentStatus
  maxChatsCount: number
  defaultGroupPriority: DefaultGroupPriority
  updatedAt: string
  groups: Array<{ id: number; priority: GroupPriority }>
  application: { clientId: string }
  webhooks: { state: WebhooksState; health: { failureRate24h: number | null } } | null
}

export type HoursFragment = { nodes: Array<{ delivered: number; failed: number }> }

export type PageOfListFragment = { endCursor: string | null; hasNextPage: boolean }

export const Board = operation<BoardQuery, BoardQueryVariables>(
  'query Board($all:Boolean!$after:String$filter:BotAgentFilter$orderBy:BotAgentOrder$first:Int){botAgents(all:$all after:$after filter:$filter orderBy:$orderBy first:$first){cursor totalCount pageInfo{...PageOfList}nodes{...BoardBot}}}fragment PageOfList on PageInfo{endCursor hasNextPage}fragment BoardBot on BotAgent{id name status maxChatsCount defaultGroupPriority groups{id priority}application{clientId}updatedAt webhooks{state health{failureRate24h}}}',
)

export const BoardCounts = operation<BoardCountsQuery, BoardCountsQueryVariables>(
  'query BoardCounts($all:Boolean!){botAgentCounts(all:$all){total acceptingChats notAcceptingChats offline webhooksPaused webhooksDisabled}}',
)

export const BoardHealth = operation<BoardHealthQuery, BoardHealthQueryVariables>(
  'query BoardHealth($all:Boolean!$a:[ID!]!$b:[ID!]!$c:[ID!]!$d:[ID!]!$e:[ID!]!$f:[ID!]!$g:[ID!]!$h:[ID!]!){a:webhookStatistics(all:$all interval:HOUR botAgentIds:$a){...Hours}b:webhookStatistics(all:$all interval:HOUR botAgentIds:$b){...Hours}c:webhookStatistics(all:$all interval:HOUR botAgentIds:$c){...Hours}d:webhookStatistics(all:$all interval:HOUR botAgentIds:$d){...Hours}e:webhookStatistics(all:$all interval:HOUR botAgentIds:$e){...Hours}f:webhookStatistics(all:$all interval:HOUR botAgentIds:$f){...Hours}g:webhookStatistics(all:$all interval:HOUR botAgentIds:$g){...Hours}h:webhookStatistics(all:$all interval:HOUR botAgentIds:$h){...Hours}}fragment Hours on WebhookStatistics{nodes{delivered failed}}',
)

export const BoardStatusChanged = operation<BoardStatusChangedSubscription, BoardStatusChangedSubscriptionVariables>(
  'subscription BoardStatusChanged($all:Boolean!$after:String){botAgentStatusChanged(all:$all after:$after){cursor botAgentId previousStatus status reason changedAt botAgent{name}}}',
)

export const BoardBotChanged = operation<BoardBotChangedSubscription, BoardBotChangedSubscriptionVariables>(
  'subscription BoardBotChanged($all:Boolean!$after:String){botAgentChanged(all:$all after:$after){cursor kind botAgentId changedFields occurredAt botAgent{...BoardBot}}}fragment BoardBot on BotAgent{id name status maxChatsCount defaultGroupPriority groups{id priority}application{clientId}updatedAt webhooks{state health{failureRate24h}}}',
)
