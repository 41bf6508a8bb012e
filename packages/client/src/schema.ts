// Written by `npm run schema` from schema.graphql.

export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A date-time string at UTC, such as 2007-12-03T10:15:30Z, compliant with the `date-time` format outlined in section 5.6 of the RFC 3339 profile of the ISO 8601 standard for representation of dates and times using the Gregorian calendar. */
  DateTime: { input: string; output: string; }
  /** The `JSON` scalar type represents JSON values as specified by [ECMA-404](http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf). */
  JSON: { input: unknown; output: unknown; }
};

/** Data that a webhook can carry on request. */
export type AdditionalData =
  /** The groups that have access to the chat. */
  | 'ACCESS'
  /** The properties of the chat. */
  | 'CHAT_PROPERTIES'
  /** The thread of the chat. */
  | 'THREAD_ID';

/** An application of the developers’ platform. */
export type Application = {
  __typename?: 'Application';
  /** The OAuth client id of the application. */
  clientId: Scalars['String']['output'];
};

/** How long the phases of an attempt took, in milliseconds. A phase is null if the attempt did not come to it, or if a connection that was open already made it unnecessary. A phase that did not end counts up to the end of the attempt. */
export type AttemptTimings = {
  __typename?: 'AttemptTimings';
  /** Opening the connection. */
  connectMs: Maybe<Scalars['Int']['output']>;
  /** Waiting for the first byte of the response, from when the request was sent. */
  firstByteMs: Maybe<Scalars['Int']['output']>;
  /** Looking up the host name. */
  lookupMs: Maybe<Scalars['Int']['output']>;
  /** Reading the response. */
  readMs: Maybe<Scalars['Int']['output']>;
  /** The TLS handshake. */
  tlsMs: Maybe<Scalars['Int']['output']>;
  /** The whole attempt, the same as `durationMs`. What the phases leave of it went into waiting for a connection. */
  totalMs: Scalars['Int']['output'];
};

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
  | 'WEBHOOKS_RECOVERED';

/** An entry in the audit trail: what was done to a bot agent, by whom, from where and when. */
export type AuditEntry = Node & {
  __typename?: 'AuditEntry';
  /** A keyed hash of the access token that was used, in hex. It is the same for all entries of one token, until the encryption key changes. */
  accessTokenHash: Maybe<Scalars['String']['output']>;
  /** What was done. */
  action: AuditAction;
  /** The IP address of the caller. */
  address: Maybe<Scalars['String']['output']>;
  /** The id of the bot agent, which may have been removed since. */
  botAgentId: Scalars['ID']['output'];
  /** The client id of the application that did it; null if no application did, for example when an issuer revokes a token or the gateway pauses webhooks. */
  clientId: Maybe<Scalars['String']['output']>;
  /** When it was done. */
  createdAt: Scalars['DateTime']['output'];
  /** How many webhooks were given up; null unless the action is WEBHOOKS_GAVE_UP. */
  gaveUp: Maybe<Scalars['Int']['output']>;
  /** The id of the entry: `aud_…`. */
  id: Scalars['ID']['output'];
  /** How many webhooks were replayed; null unless the action is REPLAYED. */
  replayed: Maybe<Scalars['Int']['output']>;
};

/** A page of the audit trail, newest first. */
export type AuditEntryConnection = {
  __typename?: 'AuditEntryConnection';
  /** The nodes of this page, each with its cursor. */
  edges: Array<AuditEntryEdge>;
  /** The nodes without their cursors. */
  nodes: Array<AuditEntry>;
  /** The position of this page in its list. */
  pageInfo: PageInfo;
};

/** An entry in the audit trail. */
export type AuditEntryEdge = {
  __typename?: 'AuditEntryEdge';
  /** Pass it as `after` to get the nodes that follow, or as `before` to get those that precede. It stays valid when the node is removed. */
  cursor: Scalars['String']['output'];
  /** The node itself. */
  node: AuditEntry;
};

/** A condition on the author of an event. */
export type AuthorFilter = {
  __typename?: 'AuthorFilter';
  /** None of these is the author: 1 to 100 ids, each once. An event without a known author passes: its author is a text, so a number in `event.author_id` is not known. */
  exclude: Array<Scalars['ID']['output']>;
};

/** A condition on the author of an event. */
export type AuthorFilterInput = {
  /** None of these is the author: 1 to 100 ids, each once. An event without a known author passes: its author is a text, so a number in `event.author_id` is not known. */
  exclude: Array<Scalars['ID']['input']>;
};

/** An agent in chats that is operated by an application. Specification: Bot Agent. */
export type BotAgent = Node & {
  __typename?: 'BotAgent';
  /** The application that owns it. */
  application: Application;
  /** The URL of a picture, with or without a scheme: up to 2,048 characters. */
  avatar: Maybe<Scalars['String']['output']>;
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** Its priority for the chats of groups that it does not list. */
  defaultGroupPriority: DefaultGroupPriority;
  /** The groups that it belongs to, in the order given: at most 100, each at most once. */
  groups: Array<GroupMembership>;
  /** The id: 32 lower-case hex characters. */
  id: Scalars['ID']['output'];
  /** The maximum number of concurrent chats: 1 to 500. */
  maxChatsCount: Scalars['Int']['output'];
  /** The display name: 1 to 255 characters. */
  name: Scalars['String']['output'];
  /**
   * The properties of the bot agent that you may read, sorted by namespace and name.
   *
   * Requires the scope `properties--my:ro`.
   */
  properties: Array<PropertyValue>;
  /** Whether it is logged in and accepts chats. */
  status: BotAgentStatus;
  /** When it was created or last updated. */
  updatedAt: Scalars['DateTime']['output'];
  /** The deliveries of its webhooks, newest first if you do not ask for another order. */
  webhookDeliveries: WebhookDeliveryConnection;
  /** Where its webhooks are sent, and what triggers them. */
  webhooks: Maybe<Webhooks>;
};


/** An agent in chats that is operated by an application. Specification: Bot Agent. */
export type BotAgentWebhookDeliveriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<WebhookDeliveryFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<WebhookDeliveryOrder>;
  states?: InputMaybe<Array<WebhookDeliveryState>>;
};

/** A change of a bot agent. The changes of one bot agent arrive in order. */
export type BotAgentChange = {
  __typename?: 'BotAgentChange';
  /** The bot agent after the change, with what has changed since then, if anything: those changes follow. Null for ANNOUNCED, and once it has been removed. */
  botAgent: Maybe<BotAgent>;
  /** The id of the bot agent, which may have been removed since. Null for ANNOUNCED. */
  botAgentId: Maybe<Scalars['ID']['output']>;
  /** The fields of the bot agent that changed, by their names in `BotAgent`; empty unless it is UPDATED or STATUS_CHANGED. An update that sets what was there before changes no field but `updatedAt`, which is not listed. */
  changedFields: Array<Scalars['String']['output']>;
  /** Pass it as `after` to continue after this event, on any gateway. It is opaque. */
  cursor: Scalars['String']['output'];
  /** What happened. */
  kind: BotAgentChangeKind;
  /** When it happened. */
  occurredAt: Scalars['DateTime']['output'];
  /** The `cursor` of the event before this one in the same stream; where it began `after` a cursor, that cursor before its first event. Null for the first event of a stream that began from now. If it is not the last cursor that you have, something between you and the gateway has dropped events. */
  previousCursor: Maybe<Scalars['String']['output']>;
};

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
  | 'WEBHOOKS_STATE_CHANGED';

/** A page of bot agents, in the order that `orderBy` asks for. */
export type BotAgentConnection = {
  __typename?: 'BotAgentConnection';
  /** The cursor of the feed just before this read. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. When you read several pages, keep the cursor of the first. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The nodes of this page, each with its cursor. */
  edges: Array<BotAgentEdge>;
  /** The nodes without their cursors. */
  nodes: Array<BotAgent>;
  /** The position of this page in its list. */
  pageInfo: PageInfo;
  /** The number of bot agents on all pages. */
  totalCount: Scalars['Int']['output'];
};

/** How many bot agents there are, and how many of them in each state, all at the same moment. */
export type BotAgentCounts = {
  __typename?: 'BotAgentCounts';
  /** Those with the status ACCEPTING_CHATS. */
  acceptingChats: Scalars['Int']['output'];
  /** Those with the status NOT_ACCEPTING_CHATS. */
  notAcceptingChats: Scalars['Int']['output'];
  /** Those with the status OFFLINE. */
  offline: Scalars['Int']['output'];
  /** All of them. */
  total: Scalars['Int']['output'];
  /** Those whose webhooks are DISABLED. */
  webhooksDisabled: Scalars['Int']['output'];
  /** Those whose webhooks are PAUSED. */
  webhooksPaused: Scalars['Int']['output'];
};

/** A bot agent in a list. */
export type BotAgentEdge = {
  __typename?: 'BotAgentEdge';
  /** Pass it as `after` to get the nodes that follow, or as `before` to get those that precede. It stays valid when the node is removed. */
  cursor: Scalars['String']['output'];
  /** The node itself. */
  node: BotAgent;
};

/** Which bot agents a list has: those that pass each test that is set. Null is the same as absent. An empty list lets none pass. */
export type BotAgentFilter = {
  /** Only bot agents of one of these applications, at most 100. Those of others than your own are found only with `all: true`. */
  clientIds?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Only bot agents that belong to one of these groups, at most 100. */
  groupIds?: InputMaybe<Array<Scalars['Int']['input']>>;
  /** Only bot agents with one of these ids, at most 500. */
  ids?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Only bot agents whose name starts with this text, in upper or lower case: at most 255 characters. There are no wildcards: `%` and `_` stand for themselves. An empty text lets all pass. */
  nameStartsWith?: InputMaybe<Scalars['String']['input']>;
  /** Only bot agents with one of these statuses. */
  statuses?: InputMaybe<Array<BotAgentStatus>>;
  /** Only bot agents that were created or updated at this time or later. */
  updatedSince?: InputMaybe<Scalars['DateTime']['input']>;
  /** Only bot agents whose webhooks are in one of these states. None without webhooks is. */
  webhooksStates?: InputMaybe<Array<WebhooksState>>;
};

/** The order of a list of bot agents. A cursor is valid only in the order that it comes from. */
export type BotAgentOrder =
  /** The one that was created first comes first. */
  | 'CREATED_FIRST'
  /** The one that was created last comes first. */
  | 'CREATED_LAST'
  /** By name, ignoring case, in the order of Unicode: letters with accents come after z, whatever the language. */
  | 'NAME'
  /** The one that was created or updated last comes first. One that is updated while you page moves to the first page. */
  | 'UPDATED_LAST';

/** Whether a bot agent is logged in and accepts chats. */
export type BotAgentStatus =
  /** Logged in: gets webhooks, and chats from the chat router. */
  | 'ACCEPTING_CHATS'
  /** Logged in: gets webhooks, but no chats. */
  | 'NOT_ACCEPTING_CHATS'
  /** Not logged in: gets neither chats nor webhooks. */
  | 'OFFLINE';

/** A change of the status of a bot agent. The changes of one bot agent arrive in order. */
export type BotAgentStatusChange = {
  __typename?: 'BotAgentStatusChange';
  /** The bot agent as it is now; null if it has been removed. */
  botAgent: Maybe<BotAgent>;
  /** The id of the bot agent, which may have been removed since. */
  botAgentId: Scalars['ID']['output'];
  /** When it changed. */
  changedAt: Scalars['DateTime']['output'];
  /** Pass it as `after` to continue after this event, on any gateway. It is opaque. */
  cursor: Scalars['String']['output'];
  /** The `cursor` of the event before this one in the same stream; where it began `after` a cursor, that cursor before its first event. Null for the first event of a stream that began from now. If it is not the last cursor that you have, something between you and the gateway has dropped events. */
  previousCursor: Maybe<Scalars['String']['output']>;
  /** The status before this change; null if the bot agent was created. */
  previousStatus: Maybe<BotAgentStatus>;
  /** Why it changed. */
  reason: BotAgentStatusChangeReason;
  /** The status after this change; OFFLINE if the bot agent was removed. */
  status: BotAgentStatus;
};

/** Why the status of a bot agent changed. */
export type BotAgentStatusChangeReason =
  /** The bot agent was created. */
  | 'CREATED'
  /** The bot agent was removed. */
  | 'REMOVED'
  /** The access token that its log-in was tied to was revoked. */
  | 'TOKEN_REVOKED'
  /** The bot agent was updated. */
  | 'UPDATED';

/** The chat of an event, for filters and additional data. */
export type ChatContextInput = {
  /** The ids of the agents in the chat. */
  agentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** The ids of the groups that have access to the chat. */
  groupIds?: InputMaybe<Array<Scalars['Int']['input']>>;
  /** The id of the chat: 1 to 255 characters. */
  id: Scalars['ID']['input'];
  /** The properties of the chat: `{"source": {"type": "facebook"}}`. Defaults to the properties that are stored for the chat. */
  properties?: InputMaybe<Scalars['JSON']['input']>;
  /** The id of the thread. */
  threadId?: InputMaybe<Scalars['ID']['input']>;
};

/** Something that happened in a chat or to a bot agent. Visible to applications whose bot agents it reached, also when their deliveries are no longer kept, to callers that may see such a bot agent, and to the chat platform (`chats--all:rw`). */
export type ChatEvent = Node & {
  __typename?: 'ChatEvent';
  /** What happened. */
  action: WebhookAction;
  /** The id of the chat that it belongs to; null if there is none. */
  chatId: Maybe<Scalars['String']['output']>;
  /** When the gateway accepted it. */
  createdAt: Scalars['DateTime']['output'];
  /** The `data` of its webhooks. */
  data: Scalars['JSON']['output'];
  /** The deliveries that it caused and that you may see, newest first. Those of other applications that carried data you may not read are left out. */
  deliveries: WebhookDeliveryConnection;
  /** The id: `evt_…`. */
  id: Scalars['ID']['output'];
  /** How many bot agents matched, each of which gets a delivery: all of the license for the chat platform (`chats--all:rw`) and with `agents-bot--all:ro`; for others only those of their own application. */
  matched: Scalars['Int']['output'];
};


/** Something that happened in a chat or to a bot agent. Visible to applications whose bot agents it reached, also when their deliveries are no longer kept, to callers that may see such a bot agent, and to the chat platform (`chats--all:rw`). */
export type ChatEventDeliveriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of events, newest first. With the filter `chatId` a page may have fewer than you ask for, or none, although `hasNextPage` is true: it has looked at as many events of the chat as it may. Go on from `endCursor`. */
export type ChatEventConnection = {
  __typename?: 'ChatEventConnection';
  /** The cursor of the feed just before this read. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. When you read several pages, keep the cursor of the first. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The nodes of this page, each with its cursor. */
  edges: Array<ChatEventEdge>;
  /** The nodes without their cursors. */
  nodes: Array<ChatEvent>;
  /** The position of this page in its list. */
  pageInfo: PageInfo;
};

/** An event in a list. */
export type ChatEventEdge = {
  __typename?: 'ChatEventEdge';
  /** Pass it as `after` to get the nodes that follow, or as `before` to get those that precede. It stays valid when the node is removed. */
  cursor: Scalars['String']['output'];
  /** The node itself. */
  node: ChatEvent;
};

/** Which events to list: those that meet all of the conditions. Null means any. */
export type ChatEventFilter = {
  /** Only events of one of these actions. */
  actions?: InputMaybe<Array<WebhookAction>>;
  /** Only events of this chat: 1 to 255 characters. */
  chatId?: InputMaybe<Scalars['String']['input']>;
  /** Only events accepted at this time or later. */
  createdSince?: InputMaybe<Scalars['DateTime']['input']>;
  /** Only events accepted at this time or earlier. */
  createdUntil?: InputMaybe<Scalars['DateTime']['input']>;
  /** Only events that matched a bot agent; with false, only others, which are kept for a day. */
  matched?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A condition on the agents in the chat. Exactly one field is set. */
export type ChatMemberFilter = {
  __typename?: 'ChatMemberFilter';
  /** At least one of these agents is in the chat. */
  agentsAny: Maybe<Array<Scalars['ID']['output']>>;
  /** None of these agents is in the chat. */
  agentsExclude: Maybe<Array<Scalars['ID']['output']>>;
};

/** A condition on the agents in the chat. Set exactly one field. */
export type ChatMemberFilterInput = {
  /** At least one of these agents is in the chat. */
  agentsAny?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** None of these agents is in the chat. */
  agentsExclude?: InputMaybe<Array<Scalars['ID']['input']>>;
};

/** A condition on one property of the chat. Exactly one of `exists`, `values` and `excludeValues` is set. */
export type ChatPropertyFilter = {
  __typename?: 'ChatPropertyFilter';
  /** The property is absent, or has none of these values. */
  excludeValues: Maybe<Array<Scalars['JSON']['output']>>;
  /** Whether the chat has the property. */
  exists: Maybe<Scalars['Boolean']['output']>;
  /** The name of the property. */
  name: Scalars['String']['output'];
  /** The namespace of the property. */
  namespace: Scalars['String']['output'];
  /** The property has one of these values: strings, numbers or booleans. */
  values: Maybe<Array<Scalars['JSON']['output']>>;
};

/** A condition on one property of the chat. Set exactly one of `exists`, `values` and `excludeValues`. */
export type ChatPropertyFilterInput = {
  /** The property is absent, or has none of these values. */
  excludeValues?: InputMaybe<Array<Scalars['JSON']['input']>>;
  /** Whether the chat has the property. */
  exists?: InputMaybe<Scalars['Boolean']['input']>;
  /** The name of the property. */
  name: Scalars['String']['input'];
  /** The namespace of the property. */
  namespace: Scalars['String']['input'];
  /** The property has one of these values: strings, numbers or booleans. */
  values?: InputMaybe<Array<Scalars['JSON']['input']>>;
};

/** The bot agent to create. Specification: Create Bot Agent. */
export type CreateBotAgentInput = {
  /** The URL of a picture, with or without a scheme: up to 2,048 characters. */
  avatar?: InputMaybe<Scalars['String']['input']>;
  /** Its priority for the chats of groups that it does not list. Defaults to NORMAL. */
  defaultGroupPriority?: InputMaybe<DefaultGroupPriority>;
  /** The groups that it belongs to, in the order given: at most 100, each at most once. */
  groups?: InputMaybe<Array<GroupMembershipInput>>;
  /** A key of 1 to 255 characters that makes retries safe: if several calls within 24 hours have the same key, only the first creates a bot agent, and the others return it as it is by then. They must have the same input. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The maximum number of concurrent chats: 1 to 500. Defaults to 6. */
  maxChatsCount?: InputMaybe<Scalars['Int']['input']>;
  /** The display name: 1 to 255 characters. */
  name: Scalars['String']['input'];
  /** Whether it is logged in and accepts chats. */
  status: BotAgentStatus;
  /** Where its webhooks are sent, and what triggers them. */
  webhooks?: InputMaybe<WebhooksInput>;
};

/** The bot agent, or what is wrong with the input. */
export type CreateBotAgentPayload = {
  __typename?: 'CreateBotAgentPayload';
  /** The bot agent as it is now. Null on failure, unless the reason is OUTDATED. */
  botAgent: Maybe<BotAgent>;
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The bot agents to create. */
export type CreateBotAgentsInput = {
  /** Whether nothing is changed if any item has an error. Otherwise each item takes effect, or fails, by itself, in the order given. */
  atomic?: InputMaybe<Scalars['Boolean']['input']>;
  /** The bot agents: at most 100. Items may be about the same bot agent. */
  botAgents: Array<CreateBotAgentInput>;
};

/** What became of each item. */
export type CreateBotAgentsPayload = {
  __typename?: 'CreateBotAgentsPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** The payload of each item, in the order given, as the single mutation has it: the path in a user error is inside the item. Null where the gateway failed, with an error beside `data`. Empty if `userErrors` is not. */
  results: Array<Maybe<CreateBotAgentPayload>>;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The property to define in the namespace of your application, which is its client id. */
export type CreatePropertyInput = {
  /** What applications other than the owner may do with its values. Defaults to nothing. */
  access?: InputMaybe<Array<PropertyAccess>>;
  /** The allowed values: 1 to 100 values of its type, strings of up to 255 characters. */
  domain?: InputMaybe<Array<Scalars['JSON']['input']>>;
  /** The name: 1 to 255 characters out of A to Z, a to z, 0 to 9, `_`, `.` and `-`. */
  name: Scalars['String']['input'];
  /** The allowed range of numbers. Only for INT, and not together with a `domain`. */
  range?: InputMaybe<IntRangeInput>;
  /** The type of its values. */
  type: PropertyType;
};

/** The property, or what is wrong with the input. */
export type CreatePropertyPayload = {
  __typename?: 'CreatePropertyPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The definition; null on failure. */
  property: Maybe<PropertyDefinition>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The priority of a bot agent for the chats of groups that it does not list. */
export type DefaultGroupPriority =
  /** Before normal agents. */
  | 'FIRST'
  /** When no other agent is available. */
  | 'LAST'
  /** Like normal agents. */
  | 'NORMAL'
  /** Never: it works as a supervisor. */
  | 'SUPERVISOR';

/** The properties to delete. */
export type DeletePropertiesInput = {
  /** For a THREAD: the chat that it belongs to. Webhooks carry its id, and filters use its properties. If omitted, webhooks have no `chat_id`, and filters treat the chat as one without properties. */
  chatId?: InputMaybe<Scalars['ID']['input']>;
  /** Up to 100 names: `{"namespace": ["name"]}`. Properties that the object does not have are ignored. */
  properties: Scalars['JSON']['input'];
  /** The object that has the properties. */
  target: PropertyTargetInput;
};

/** The properties of the target, or what is wrong with the input. */
export type DeletePropertiesPayload = {
  __typename?: 'DeletePropertiesPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** All properties of the target that you may read, as they are now; empty on failure. */
  properties: Array<PropertyValue>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The property of your application. */
export type DeletePropertyInput = {
  /** The name: 1 to 255 characters out of A to Z, a to z, 0 to 9, `_`, `.` and `-`. */
  name: Scalars['String']['input'];
};

/** The name of the property, or what is wrong with the input. */
export type DeletePropertyPayload = {
  __typename?: 'DeletePropertyPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The name of the deleted definition; null on failure. */
  name: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The bot agent whose webhooks to resume. */
export type EnableWebhooksInput = {
  /** The id of the bot agent: 32 lower-case hex characters. */
  botAgentId: Scalars['ID']['input'];
};

/** The bot agent, or what is wrong with the input. */
export type EnableWebhooksPayload = {
  __typename?: 'EnableWebhooksPayload';
  /** The bot agent as it is now; null on failure. */
  botAgent: Maybe<BotAgent>;
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** A group that a bot agent belongs to. */
export type GroupMembership = {
  __typename?: 'GroupMembership';
  /** The id of the group. */
  id: Scalars['Int']['output'];
  /** The priority of the bot agent for the chats of the group. */
  priority: GroupPriority;
};

/** A group to put a bot agent in. */
export type GroupMembershipInput = {
  /** The id of the group, from 0. */
  id: Scalars['Int']['input'];
  /** The priority of the bot agent for the chats of the group. */
  priority: GroupPriority;
};

/** The priority of a bot agent for the chats of a group. */
export type GroupPriority =
  /** Before all others. */
  | 'FIRST'
  /** When no agent with FIRST or NORMAL has a free slot. */
  | 'LAST'
  /** When no agent with FIRST has a free slot. */
  | 'NORMAL';

/** A header of an HTTP message. */
export type Header = {
  __typename?: 'Header';
  /** The name, which may be in upper or lower case. */
  name: Scalars['String']['output'];
  /** The value; `…` if it is a secret. */
  value: Scalars['String']['output'];
};

/** A header to add to webhooks. */
export type HeaderInput = {
  /** The name: up to 100 characters. Not one that the gateway sets itself (`host`, `user-agent`, `accept-encoding`, `content-*`, `webhook-*`), `expect`, or one about the connection. */
  name: Scalars['String']['input'];
  /** The value, a secret: 1 to 1,024 characters of ASCII without control characters. `…` keeps the stored value of the header with this name. */
  value: Scalars['String']['input'];
};

/** A range of numbers; both ends are included. */
export type IntRange = {
  __typename?: 'IntRange';
  /** The smallest number. */
  from: Scalars['Int']['output'];
  /** The largest number. */
  to: Scalars['Int']['output'];
};

/** A range of numbers; both ends are included. */
export type IntRangeInput = {
  /** The smallest number. */
  from: Scalars['Int']['input'];
  /** The largest number, not less than `from`. */
  to: Scalars['Int']['input'];
};

/** Everything that can be changed. The response is sent after the change is committed. */
export type Mutation = {
  __typename?: 'Mutation';
  /**
   * Creates a bot agent of your application. Its log-in is tied to the access token of this call.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  createBotAgent: CreateBotAgentPayload;
  /**
   * Creates several bot agents, each as `createBotAgent` does.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  createBotAgents: CreateBotAgentsPayload;
  /**
   * Defines a property in the namespace of your application, which may have at most 200 in a license. Fails with CONFLICT if the name is already defined, even with the same definition.
   *
   * Requires the scope `properties--my:rw`.
   */
  createProperty: CreatePropertyPayload;
  /**
   * Deletes properties of an object. If one of them is not valid, none are deleted. Changes to a chat or thread trigger CHAT_PROPERTIES_DELETED or CHAT_THREAD_PROPERTIES_DELETED in the same commit.
   *
   * Requires the scope `properties--my:rw`.
   */
  deleteProperties: DeletePropertiesPayload;
  /**
   * Deletes the definition of a property of your application. Its name may then be defined again. Fails with CONFLICT if the property has a value anywhere in the license; `deleteProperties` deletes values.
   *
   * Requires the scope `properties--my:rw`.
   */
  deleteProperty: DeletePropertyPayload;
  /**
   * Resumes webhooks that were paused or disabled. Deliveries that are HELD stay HELD until they are replayed.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  enableWebhooks: EnableWebhooksPayload;
  /**
   * Sends a signed webhook with the action `ping` and no data, to test the destination. It is not retried, and its outcome neither pauses nor disables webhooks. A bot agent gets at most 30 pings and examples within a minute.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  pingWebhooks: PingWebhooksPayload;
  /**
   * Reports an event of a chat. The event and the webhooks of all bot agents that listen to it are committed together.
   *
   * Requires the scope `chats--all:rw`.
   */
  publishChatEvent: PublishChatEventPayload;
  /**
   * Removes a bot agent permanently.
   *
   * Requires the scope `agents-bot--my:rw`; for what other applications own, `agents-bot--all:rw`.
   */
  removeBotAgent: RemoveBotAgentPayload;
  /**
   * Removes several bot agents permanently, each as `removeBotAgent` does.
   *
   * Requires the scope `agents-bot--my:rw`; for what other applications own, `agents-bot--all:rw`.
   */
  removeBotAgents: RemoveBotAgentsPayload;
  /**
   * Sends webhooks of one bot agent again. If two calls run at the same time, each delivery is replayed only once. The audit trail has one entry for all of them, with their exact number.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  replayWebhookDeliveries: ReplayWebhookDeliveriesPayload;
  /**
   * Sends a webhook again, whatever its state, with the same `webhook-id`. Replaces a retry that is scheduled.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  replayWebhookDelivery: ReplayWebhookDeliveryPayload;
  /**
   * Sends a signed webhook that shows what one of an action looks like. It is marked as an example: by the header `webhook-example: true`, and by `"example": true` in the body. It is sent once, even if the webhooks are paused or disabled; it is not retried, and its outcome neither pauses nor disables webhooks. A bot agent gets at most 30 pings and examples within a minute.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  sendExampleWebhook: SendExampleWebhookPayload;
  /**
   * Sets properties of an object. If one of them is not valid, none are set. Changes to a chat or thread trigger CHAT_PROPERTIES_UPDATED or CHAT_THREAD_PROPERTIES_UPDATED in the same commit.
   *
   * Requires the scope `properties--my:rw`.
   */
  setProperties: SetPropertiesPayload;
  /**
   * Updates a bot agent of your application, never of another one, whatever your scopes. Its log-in is now tied to the access token of this call.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  updateBotAgent: UpdateBotAgentPayload;
  /**
   * Updates several bot agents of your application, each as `updateBotAgent` does.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  updateBotAgents: UpdateBotAgentsPayload;
  /**
   * Replaces the definition of a property of your application: what the input leaves out is as in a new definition. Fails with CONFLICT if the property has a value anywhere in the license.
   *
   * Requires the scope `properties--my:rw`.
   */
  updateProperty: UpdatePropertyPayload;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationCreateBotAgentArgs = {
  input: CreateBotAgentInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationCreateBotAgentsArgs = {
  input: CreateBotAgentsInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationCreatePropertyArgs = {
  input: CreatePropertyInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationDeletePropertiesArgs = {
  input: DeletePropertiesInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationDeletePropertyArgs = {
  input: DeletePropertyInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationEnableWebhooksArgs = {
  input: EnableWebhooksInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationPingWebhooksArgs = {
  input: PingWebhooksInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationPublishChatEventArgs = {
  input: PublishChatEventInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationRemoveBotAgentArgs = {
  input: RemoveBotAgentInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationRemoveBotAgentsArgs = {
  input: RemoveBotAgentsInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationReplayWebhookDeliveriesArgs = {
  input: ReplayWebhookDeliveriesInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationReplayWebhookDeliveryArgs = {
  input: ReplayWebhookDeliveryInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationSendExampleWebhookArgs = {
  input: SendExampleWebhookInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationSetPropertiesArgs = {
  input: SetPropertiesInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationUpdateBotAgentArgs = {
  input: UpdateBotAgentInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationUpdateBotAgentsArgs = {
  input: UpdateBotAgentsInput;
};


/** Everything that can be changed. The response is sent after the change is committed. */
export type MutationUpdatePropertyArgs = {
  input: UpdatePropertyInput;
};

/** An object that `node` can fetch by its id. */
export type Node = {
  id: Scalars['ID']['output'];
};

/** The position of a page in its list. Relay: GraphQL Cursor Connections. */
export type PageInfo = {
  __typename?: 'PageInfo';
  /** The cursor of the last node, to pass as the next `after`; null if the page is empty. */
  endCursor: Maybe<Scalars['String']['output']>;
  /** Whether there are nodes after this page; with `before`, whether there were when that cursor was made. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether there are nodes before this page; with `after`, whether there were when that cursor was made. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first node, to pass as the next `before`; null if the page is empty. */
  startCursor: Maybe<Scalars['String']['output']>;
};

/** The kind of a participant in a chat. */
export type ParticipantType =
  /** An agent, human or bot. */
  | 'AGENT'
  /** A customer. */
  | 'CUSTOMER';

/** The bot agent whose destination to test. */
export type PingWebhooksInput = {
  /** The id of the bot agent: 32 lower-case hex characters. */
  botAgentId: Scalars['ID']['input'];
};

/** The delivery, or what is wrong with the input. */
export type PingWebhooksPayload = {
  __typename?: 'PingWebhooksPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
  /** The delivery as it is now; null on failure. */
  webhookDelivery: Maybe<WebhookDelivery>;
};

/** What an application may do with the values of a property. Neither includes the other. */
export type PropertyAccess =
  /** See and search them. */
  | 'READ'
  /** Set and delete them. */
  | 'WRITE';

/** The definition of a property that objects in the license can have. It can be changed while the property has no values. */
export type PropertyDefinition = {
  __typename?: 'PropertyDefinition';
  /** What applications other than the owner may do with its values. */
  access: Array<PropertyAccess>;
  /** The allowed values: 1 to 100 values of its type, strings of up to 255 characters. */
  domain: Maybe<Array<Scalars['JSON']['output']>>;
  /** The name: 1 to 255 characters out of A to Z, a to z, 0 to 9, `_`, `.` and `-`. */
  name: Scalars['String']['output'];
  /** The client id of the application that owns it. The namespace `test` exists in every license; nobody owns it, and everyone may use it. */
  namespace: Scalars['String']['output'];
  /** The allowed range of numbers. Only for INT, and not together with a `domain`. */
  range: Maybe<IntRange>;
  /** The type of its values. */
  type: PropertyType;
};

/** The kind of an object that has properties. */
export type PropertyLocation =
  /** A bot agent that you may see. Its properties are removed with it. */
  | 'BOT_AGENT'
  /** A chat. Filters of webhooks use its properties. */
  | 'CHAT'
  /** An event of a thread. */
  | 'EVENT'
  /** A group. Its id is its number. */
  | 'GROUP'
  /** The license itself. It has no id. */
  | 'LICENSE'
  /** A thread of a chat. */
  | 'THREAD';

/** What to search for. Set exactly one of `exists`, `values`, `excludeValues` and `words`. */
export type PropertySearchInput = {
  /** Finds objects that have the property with none of these values: 1 to 100 values of its type. */
  excludeValues?: InputMaybe<Array<Scalars['JSON']['input']>>;
  /** True finds objects that have the property, whatever its value. False is not supported. */
  exists?: InputMaybe<Scalars['Boolean']['input']>;
  /** The kind of objects to search. */
  location: PropertyLocation;
  /** The name of the property. */
  name: Scalars['String']['input'];
  /** The namespace of the property. */
  namespace: Scalars['String']['input'];
  /** Finds objects with one of these values: 1 to 100 values of the property’s type. */
  values?: InputMaybe<Array<Scalars['JSON']['input']>>;
  /** Finds objects whose TOKENIZED_STRING contains all of these words: 1 to 32, in any order. A word is a run of letters and digits. Words are compared as a whole, ignoring case. Emoji are not words, and a text without spaces, as in Japanese, is one word. */
  words?: InputMaybe<Scalars['String']['input']>;
};

/** An object that has a property. */
export type PropertyTarget = {
  __typename?: 'PropertyTarget';
  /** The id of the object; null for the license itself. */
  id: Maybe<Scalars['ID']['output']>;
  /** The kind of object. */
  location: PropertyLocation;
};

/** A page of the objects that were found, sorted by the bytes of their ids. */
export type PropertyTargetConnection = {
  __typename?: 'PropertyTargetConnection';
  /** The nodes of this page, each with its cursor. */
  edges: Array<PropertyTargetEdge>;
  /** The nodes without their cursors. */
  nodes: Array<PropertyTarget>;
  /** The position of this page in its list. */
  pageInfo: PageInfo;
};

/** An object that was found. */
export type PropertyTargetEdge = {
  __typename?: 'PropertyTargetEdge';
  /** Pass it as `after` to get the nodes that follow, or as `before` to get those that precede. It stays valid when the node is removed. */
  cursor: Scalars['String']['output'];
  /** The node itself. */
  node: PropertyTarget;
};

/** The object that has the properties. */
export type PropertyTargetInput = {
  /** The id of the object: omitted for LICENSE, a number for GROUP, the id of a bot agent for BOT_AGENT, and the platform’s id of 1 to 255 characters for the others. */
  id?: InputMaybe<Scalars['ID']['input']>;
  /** The kind of object. */
  location: PropertyLocation;
};

/** The type of the values of a property. Specification: Properties. */
export type PropertyType =
  /** True or false. */
  | 'BOOL'
  /** A whole number of 32 bits. 1.0 is valid, 1.5 is not. */
  | 'INT'
  /** Text of up to 16 KiB of UTF-8. */
  | 'STRING'
  /** Text of up to 16 KiB of UTF-8 whose words can be searched for. */
  | 'TOKENIZED_STRING';

/** A property of an object. */
export type PropertyValue = {
  __typename?: 'PropertyValue';
  /** The name of the property. */
  name: Scalars['String']['output'];
  /** The namespace of the property. */
  namespace: Scalars['String']['output'];
  /** The value: a number, a boolean or a string, depending on the definition. */
  value: Scalars['JSON']['output'];
};

/** An event of the chat platform. Specification: Webhook actions. */
export type PublishChatEventInput = {
  /** What happened: any action except AGENT_STATUS_CHANGED and AGENT_DELETED, which only the gateway raises. */
  action: WebhookAction;
  /** The id of the author, for the filter `authorIds`: 1 to 255 characters. Defaults to `event.author_id` in `data`. */
  authorId?: InputMaybe<Scalars['ID']['input']>;
  /** Who wrote the event. Required for INCOMING_EVENT. */
  authorType?: InputMaybe<ParticipantType>;
  /** The chat. If omitted, nothing is known about it. */
  chat?: InputMaybe<ChatContextInput>;
  /** The `data` of the webhooks, sent as you write it: an object with at least the fields of its action, up to 256 KiB. */
  data: Scalars['JSON']['input'];
  /** A key of 1 to 255 characters that makes retries safe: if several calls within 24 hours have the same key, only the first takes effect, and the others return its event. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** The event, or what is wrong with the input. */
export type PublishChatEventPayload = {
  __typename?: 'PublishChatEventPayload';
  /** The event; null on failure. */
  chatEvent: Maybe<ChatEvent>;
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The number of deliveries that it caused; 0 on failure. */
  matched: Scalars['Int']['output'];
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** Everything that can be read. */
export type Query = {
  __typename?: 'Query';
  /**
   * Who changed the bot agents of your application, or read their secrets. Includes bot agents that have been removed, but never those of other applications, whatever your scopes.
   *
   * Requires the scope `agents-bot--my:rw`.
   */
  auditTrail: AuditEntryConnection;
  /**
   * Fetches a bot agent by its id. Null if it does not exist or you may not see it.
   *
   * Requires the scope `agents-bot--my:ro`; for what other applications own, `agents-bot--all:ro`.
   */
  botAgent: Maybe<BotAgent>;
  /**
   * How many bot agents your application has, or all applications in the license have, in each state: for tabs and badges.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  botAgentCounts: BotAgentCounts;
  /**
   * The bot agents of your application, or all bot agents in the license. Specification: Get Bot Agents.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  botAgents: BotAgentConnection;
  /**
   * Fetches an event by its id. Null if it does not exist or you may not see it. One of the two scopes is enough.
   *
   * Requires the scope `agents-bot--my:ro`; for what other applications own, `chats--all:rw`.
   */
  chatEvent: Maybe<ChatEvent>;
  /**
   * What came in, newest first: for the chat platform all events of the license; for an application those that reached its bot agents, or any bot agents that it may see. One of the two scopes is enough.
   *
   * Requires the scope `agents-bot--my:ro`; for what other applications own, `chats--all:rw`.
   */
  chatEvents: ChatEventConnection;
  /**
   * The cursor of the feed just before this query. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again.
   *
   * Requires an access token.
   */
  cursor: Maybe<Scalars['String']['output']>;
  /**
   * Why a bot agent did or did not get an event: the event as it was when it came, and the bot agent as it is now, with all changes since. Where the event has made a webhook, the bot agent matched then. Null if there is no such event that you may see.
   *
   * Requires the scope `agents-bot--my:ro`; for what other applications own, `agents-bot--all:ro`.
   */
  explainWebhook: Maybe<WebhookExplanation>;
  /**
   * Fetches an object by its id. Null if the object does not exist or you may not see it: seeing it takes the same scopes as the query for its type.
   *
   * Requires an access token.
   */
  node: Maybe<Node>;
  /**
   * Which of the last events that you may see in `chatEvents` would have made a webhook to a bot agent of your application, before you save its actions. Newest first. For most applications these are only events that already reached one of their bot agents, so a wider filter shows nothing new: `WebhookPreview` says which scopes show more.
   *
   * Requires the scope `agents-bot--my:ro`.
   */
  previewWebhooks: Array<WebhookPreview>;
  /**
   * The properties of an object that you may read, sorted by namespace and name. Empty if the object does not exist or you may not see it.
   *
   * Requires the scope `properties--my:ro`.
   */
  properties: Array<PropertyValue>;
  /**
   * The properties of your application, those of the namespace `test`, and those of other applications in the license that you may read or write. Sorted by namespace and name.
   *
   * Requires the scope `properties--my:ro`.
   */
  propertyDefinitions: Array<PropertyDefinition>;
  /**
   * Searches for objects by the value of a property that you may read. Finds only bot agents that you may see. Fails with BAD_USER_INPUT if the search is not valid.
   *
   * Requires the scope `properties--my:ro`.
   */
  propertySearch: PropertyTargetConnection;
  /**
   * The caller, and what its access token allows.
   *
   * Requires an access token.
   */
  viewer: Viewer;
  /**
   * The catalogue of all actions that a bot agent can listen to.
   *
   * Requires an access token.
   */
  webhookActions: Array<WebhookActionInfo>;
  /**
   * The deliveries to the bot agents of your application, or to all bot agents in the license.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  webhookDeliveries: WebhookDeliveryConnection;
  /**
   * Fetches a delivery by its id. Null if it does not exist or you may not see its bot agent.
   *
   * Requires the scope `agents-bot--my:ro`; for what other applications own, `agents-bot--all:ro`.
   */
  webhookDelivery: Maybe<WebhookDelivery>;
  /**
   * What became of the webhooks to the bot agents of your application, or to all bot agents in the license, by minute, hour or day. Numbers are added within seconds. They stay when a bot agent is removed.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  webhookStatistics: WebhookStatistics;
};


/** Everything that can be read. */
export type QueryAuditTrailArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. */
export type QueryBotAgentArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryBotAgentCountsArgs = {
  all?: InputMaybe<Scalars['Boolean']['input']>;
};


/** Everything that can be read. */
export type QueryBotAgentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  all?: InputMaybe<Scalars['Boolean']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<BotAgentFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<BotAgentOrder>;
  statuses?: InputMaybe<Array<BotAgentStatus>>;
};


/** Everything that can be read. */
export type QueryChatEventArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryChatEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ChatEventFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. */
export type QueryExplainWebhookArgs = {
  botAgentId: Scalars['ID']['input'];
  chatEventId: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryPreviewWebhooksArgs = {
  actions: Array<WebhookSubscriptionInput>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/** Everything that can be read. */
export type QueryPropertiesArgs = {
  target: PropertyTargetInput;
};


/** Everything that can be read. */
export type QueryPropertyDefinitionsArgs = {
  namespace?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be read. */
export type QueryPropertySearchArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  where: PropertySearchInput;
};


/** Everything that can be read. */
export type QueryWebhookDeliveriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  all?: InputMaybe<Scalars['Boolean']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  filter?: InputMaybe<WebhookDeliveryFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<WebhookDeliveryOrder>;
  states?: InputMaybe<Array<WebhookDeliveryState>>;
};


/** Everything that can be read. */
export type QueryWebhookDeliveryArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryWebhookStatisticsArgs = {
  all?: InputMaybe<Scalars['Boolean']['input']>;
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  from?: InputMaybe<Scalars['DateTime']['input']>;
  interval: StatisticsInterval;
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** The bot agent to remove. Specification: Remove Bot Agent. */
export type RemoveBotAgentInput = {
  /** The id of the bot agent: 32 lower-case hex characters. */
  botAgentId: Scalars['ID']['input'];
};

/** The removed bot agent, or what is wrong with the input. */
export type RemoveBotAgentPayload = {
  __typename?: 'RemoveBotAgentPayload';
  /** The id of the removed bot agent; null on failure. */
  botAgentId: Maybe<Scalars['ID']['output']>;
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The bot agents to remove. */
export type RemoveBotAgentsInput = {
  /** Whether nothing is changed if any item has an error. Otherwise each item takes effect, or fails, by itself, in the order given. */
  atomic?: InputMaybe<Scalars['Boolean']['input']>;
  /** Their ids: at most 100. Items may be about the same bot agent. */
  botAgentIds: Array<Scalars['ID']['input']>;
};

/** What became of each item. */
export type RemoveBotAgentsPayload = {
  __typename?: 'RemoveBotAgentsPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** The payload of each item, in the order given, as the single mutation has it: the path in a user error is inside the item. Null where the gateway failed, with an error beside `data`. Empty if `userErrors` is not. */
  results: Array<Maybe<RemoveBotAgentPayload>>;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** Which deliveries to replay. There is no limit on their number. */
export type ReplayWebhookDeliveriesInput = {
  /** The id of the bot agent: 32 lower-case hex characters. */
  botAgentId: Scalars['ID']['input'];
  /** Only count the deliveries: nothing is sent, changed or recorded in the audit trail. */
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only deliveries that pass this filter. Pings are not replayed. */
  filter?: InputMaybe<WebhookDeliveryFilter>;
  /** Only deliveries that were created at this time or later. */
  since?: InputMaybe<Scalars['DateTime']['input']>;
  /** Only deliveries in one of these states. Required unless the `filter` has states; with both, both must hold. */
  states?: InputMaybe<Array<WebhookDeliveryState>>;
  /** Only deliveries that were created at this time or earlier. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** How many deliveries are replayed, or what is wrong with the input. */
export type ReplayWebhookDeliveriesPayload = {
  __typename?: 'ReplayWebhookDeliveriesPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The number of deliveries that the input selects; 0 on failure. With `dryRun`, what would be replayed. It is counted up to 100,000, among as many that may pass the filter. */
  matching: Scalars['Int']['output'];
  /** Whether `matching` is all of them. If not, there are or may be more; false on failure. */
  matchingIsExact: Scalars['Boolean']['output'];
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** The number of deliveries that are replayed; 0 on failure, and with `dryRun`. More than 1,000 are replayed in the background, after the response: then the number is what the range holds now, counted as in `matching`. */
  replayed: Scalars['Int']['output'];
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The delivery to replay. */
export type ReplayWebhookDeliveryInput = {
  /** The id of the delivery: `dlv_…`. */
  id: Scalars['ID']['input'];
};

/** The delivery, or what is wrong with the input. */
export type ReplayWebhookDeliveryPayload = {
  __typename?: 'ReplayWebhookDeliveryPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
  /** The delivery as it is now; null on failure. */
  webhookDelivery: Maybe<WebhookDelivery>;
};

/** The example to send. */
export type SendExampleWebhookInput = {
  /** The action. The bot agent need not listen to it. */
  action: WebhookAction;
  /** The id of the bot agent: 32 lower-case hex characters. */
  botAgentId: Scalars['ID']['input'];
  /** The `data` to send: an object with at least the fields of the action, up to 32 KiB. Defaults to the `example` of the action in `webhookActions`. */
  data?: InputMaybe<Scalars['JSON']['input']>;
};

/** The delivery, or what is wrong with the input. */
export type SendExampleWebhookPayload = {
  __typename?: 'SendExampleWebhookPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
  /** The delivery as it is now; null on failure. */
  webhookDelivery: Maybe<WebhookDelivery>;
};

/** The properties to set. */
export type SetPropertiesInput = {
  /** For a THREAD: the chat that it belongs to. Webhooks carry its id, and filters use its properties. If omitted, webhooks have no `chat_id`, and filters treat the chat as one without properties. */
  chatId?: InputMaybe<Scalars['ID']['input']>;
  /** Up to 100 properties: `{"namespace": {"name": value}}`. Other properties keep their values. */
  properties: Scalars['JSON']['input'];
  /** The object that gets the properties. */
  target: PropertyTargetInput;
};

/** The properties of the target, or what is wrong with the input. */
export type SetPropertiesPayload = {
  __typename?: 'SetPropertiesPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** All properties of the target that you may read, as they are now; empty on failure. */
  properties: Array<PropertyValue>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** How long the buckets of statistics are. They begin at whole minutes, hours and days of UTC. */
export type StatisticsInterval =
  /** A day, from midnight to midnight UTC: the sum of its hours. */
  | 'DAY'
  /** An hour: kept for 30 days. */
  | 'HOUR'
  /** A minute: kept for 24 hours. */
  | 'MINUTE';

/** HTTP statuses, such as 500 to 599. Both ends belong to it. */
export type StatusCodeRange = {
  /** The first status: 100 to 999. */
  from: Scalars['Int']['input'];
  /** The last status: `from` to 999. */
  to: Scalars['Int']['input'];
};

/** Everything that can be watched, without gaps or duplicates. */
export type Subscription = {
  __typename?: 'Subscription';
  /**
   * Each change of your application’s bot agents, or of all bot agents in the license. To show a list that stays right, read `botAgents` with its `cursor`, and subscribe with it as `after`. The stream may end with the same error codes as `botAgentStatusChanged`.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  botAgentChanged: BotAgentChange;
  /**
   * Each status change of your application’s bot agents, or of all bot agents in the license. The stream may end with an error code. CURSOR_EXPIRED: subscribe again without `after`. SLOW_CONSUMER, SHUTTING_DOWN or OVERLOADED: subscribe again with the last `cursor`.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  botAgentStatusChanged: BotAgentStatusChange;
  /**
   * Each attempt and each change of state of your application’s deliveries, or of all deliveries in the license. The stream may end with the same error codes as `botAgentStatusChanged`.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  webhookDeliveryUpdated: WebhookDeliveryUpdate;
  /**
   * Notices about the webhooks of your application’s bot agents, or of all bot agents in the license: paused, disabled, enabled, recovered, or a delivery given up. The stream may end with the same error codes as `botAgentStatusChanged`.
   *
   * Requires the scope `agents-bot--my:ro`; with `all: true`, `agents-bot--all:ro`.
   */
  webhooksStateChanged: WebhooksStateChange;
};


/** Everything that can be watched, without gaps or duplicates. */
export type SubscriptionBotAgentChangedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  all?: InputMaybe<Scalars['Boolean']['input']>;
  announce?: InputMaybe<Scalars['Boolean']['input']>;
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
};


/** Everything that can be watched, without gaps or duplicates. */
export type SubscriptionBotAgentStatusChangedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  all?: InputMaybe<Scalars['Boolean']['input']>;
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
};


/** Everything that can be watched, without gaps or duplicates. */
export type SubscriptionWebhookDeliveryUpdatedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  all?: InputMaybe<Scalars['Boolean']['input']>;
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  filter?: InputMaybe<WebhookDeliveryFilter>;
};


/** Everything that can be watched, without gaps or duplicates. */
export type SubscriptionWebhooksStateChangedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  all?: InputMaybe<Scalars['Boolean']['input']>;
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
};

/** The changes to a bot agent. Omitted fields keep their values. Specification: Update Bot Agent. */
export type UpdateBotAgentInput = {
  /** The URL of a picture, with or without a scheme: up to 2,048 characters. Null removes it. */
  avatar?: InputMaybe<Scalars['String']['input']>;
  /** Its priority for the chats of groups that it does not list. */
  defaultGroupPriority?: InputMaybe<DefaultGroupPriority>;
  /** The `updatedAt` that you have read, so that you do not overwrite what others have changed since. If the bot agent has another one by now, nothing is changed: the payload has an error with the code CONFLICT, and the bot agent as it is now. */
  expectedUpdatedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The groups that it belongs to, in the order given: at most 100, each at most once. Replaces the whole list. */
  groups?: InputMaybe<Array<GroupMembershipInput>>;
  /** The id of the bot agent: 32 lower-case hex characters. */
  id: Scalars['ID']['input'];
  /** The maximum number of concurrent chats: 1 to 500. */
  maxChatsCount?: InputMaybe<Scalars['Int']['input']>;
  /** The display name: 1 to 255 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Whether it is logged in and accepts chats. */
  status?: InputMaybe<BotAgentStatus>;
  /** Where its webhooks are sent, and what triggers them. Replaces them as a whole, except that a `secretKey` you leave out is kept; null removes them. */
  webhooks?: InputMaybe<WebhooksInput>;
};

/** The bot agent, or what is wrong with the input. */
export type UpdateBotAgentPayload = {
  __typename?: 'UpdateBotAgentPayload';
  /** The bot agent as it is now. Null on failure, unless the reason is OUTDATED. */
  botAgent: Maybe<BotAgent>;
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The changes to bot agents. */
export type UpdateBotAgentsInput = {
  /** Whether nothing is changed if any item has an error. Otherwise each item takes effect, or fails, by itself, in the order given. */
  atomic?: InputMaybe<Scalars['Boolean']['input']>;
  /** The changes: at most 100. Items may be about the same bot agent. */
  botAgents: Array<UpdateBotAgentInput>;
};

/** What became of each item. */
export type UpdateBotAgentsPayload = {
  __typename?: 'UpdateBotAgentsPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** The payload of each item, in the order given, as the single mutation has it: the path in a user error is inside the item. Null where the gateway failed, with an error beside `data`. Empty if `userErrors` is not. */
  results: Array<Maybe<UpdateBotAgentPayload>>;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** The property of your application, by its name, as it is to be defined. */
export type UpdatePropertyInput = {
  /** What applications other than the owner may do with its values. Defaults to nothing. */
  access?: InputMaybe<Array<PropertyAccess>>;
  /** The allowed values: 1 to 100 values of its type, strings of up to 255 characters. */
  domain?: InputMaybe<Array<Scalars['JSON']['input']>>;
  /** The name: 1 to 255 characters out of A to Z, a to z, 0 to 9, `_`, `.` and `-`. */
  name: Scalars['String']['input'];
  /** The allowed range of numbers. Only for INT, and not together with a `domain`. */
  range?: InputMaybe<IntRangeInput>;
  /** The type of its values. */
  type: PropertyType;
};

/** The property, or what is wrong with the input. */
export type UpdatePropertyPayload = {
  __typename?: 'UpdatePropertyPayload';
  /** The cursor of the feed just before the first mutation of the document. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The definition; null on failure. */
  property: Maybe<PropertyDefinition>;
  /** Everything that can be read, as it is after the mutation. */
  query: Query;
  /** What is wrong with the input; empty on success. */
  userErrors: Array<UserError>;
};

/** A mistake in the `input` that the caller can fix. If there are any mistakes, nothing was changed. */
export type UserError = {
  __typename?: 'UserError';
  /** The values that are allowed. */
  allowed: Maybe<Array<Scalars['String']['output']>>;
  /** The kind of mistake. */
  code: UserErrorCode;
  /** The path inside `input`, such as `["groups", "0", "id"]`; null if no single field is at fault. */
  field: Maybe<Array<Scalars['String']['output']>>;
  /** The greatest number or count. */
  max: Maybe<Scalars['Int']['output']>;
  /** The greatest length of a text, in characters (Unicode code points). */
  maxLength: Maybe<Scalars['Int']['output']>;
  /** What is wrong. Names the field, the limit and the value given. */
  message: Scalars['String']['output'];
  /** The least number, length or count. */
  min: Maybe<Scalars['Int']['output']>;
  /** The rule that the value breaks; null if `code` and `message` say all there is. */
  reason: Maybe<UserErrorReason>;
};

/** The kind of a mistake in the input of a mutation. */
export type UserErrorCode =
  /** The current state does not allow the change. */
  | 'CONFLICT'
  /** The limit is reached: remove something first, or wait until the time in the message. */
  | 'LIMIT_REACHED'
  /** There is no such object, or you may not use it. */
  | 'NOT_FOUND'
  /** A value is not valid: fix it. */
  | 'VALIDATION';

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
  | 'TOO_SHORT';

/** The caller: an application in one license. */
export type Viewer = {
  __typename?: 'Viewer';
  /** The client id of the application. Scopes with `my` cover the bot agents that it owns. */
  clientId: Scalars['String']['output'];
  /** When the access token expires, which also ends its sockets and streams; null if it does not expire. */
  expiresAt: Maybe<Scalars['DateTime']['output']>;
  /** The license. Nothing outside it is visible. */
  licenseId: Scalars['Int']['output'];
  /** The scopes of the access token, as it lists them. `rw` includes `ro`, and `all` includes `my`. */
  scopes: Array<Scalars['String']['output']>;
};

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
  | 'THREAD_CLOSED';

/** An action that can trigger webhooks, and what its webhooks look like. */
export type WebhookActionInfo = {
  __typename?: 'WebhookActionInfo';
  /** The additional data that its webhooks can carry. */
  additionalData: Array<AdditionalData>;
  /** A JSON Schema (2020-12) of the `data` of its webhooks. Optional fields to which it gives no type are as the platform reports them, even null. There may be more fields than it names: ignore those that you do not know. */
  dataSchema: Scalars['JSON']['output'];
  /** What has happened when it is sent. */
  description: Scalars['String']['output'];
  /** An example of `data`, which `sendExampleWebhook` sends. */
  example: Scalars['JSON']['output'];
  /** The filters that it takes, by their names in `WebhookFiltersInput`. */
  filters: Array<Scalars['String']['output']>;
  /** The action. */
  name: WebhookAction;
};

/** One attempt to send a webhook. */
export type WebhookAttempt = {
  __typename?: 'WebhookAttempt';
  /** The IP address and port that it reached, or else the last one that it tried. Null if it came to none; also for other applications if the webhook carried data that they may not read. */
  address: Maybe<Scalars['String']['output']>;
  /** How long it took, in milliseconds. */
  durationMs: Scalars['Int']['output'];
  /** Why the attempt failed; null if it succeeded. */
  error: Maybe<WebhookAttemptError>;
  /** Why the attempt failed, for people, and what to do; null if it succeeded. */
  explanation: Maybe<Scalars['String']['output']>;
  /** The id of the gateway that made it, which is `gateway` in each line of the log of that gateway. Null for attempts by an earlier release. */
  gateway: Maybe<Scalars['String']['output']>;
  /** The number of the attempt, from 1. */
  number: Scalars['Int']['output'];
  /** Whether it was a replay, not an attempt of the retry schedule. */
  replay: Scalars['Boolean']['output'];
  /** The headers of the request, those that the owner has added last, whatever the order in which they were sent, with `…` for secret values; also in place of the signatures, if you may not read the secret key of the bot agent. Empty if no request was made; also for other applications if the webhook carried data that they may not read. */
  requestHeaders: Array<Header>;
  /** The first 4 KiB of the body of the response. Invalid UTF-8 is replaced, and secret keys are masked as `…`. Null if there was no response; also null for other applications if the webhook carried data that they may not read. */
  responseBody: Maybe<Scalars['String']['output']>;
  /** Whether the body of the response was longer than what is kept in `responseBody`. */
  responseBodyCut: Scalars['Boolean']['output'];
  /** The first 50 headers of the response, up to 8 KiB, with secret keys masked as `…`. Empty if there was no response; also for other applications if the webhook carried data that they may not read. */
  responseHeaders: Array<Header>;
  /** When the attempt started. */
  startedAt: Scalars['DateTime']['output'];
  /** The HTTP status of the response; null if there was none. */
  statusCode: Maybe<Scalars['Int']['output']>;
  /** How long each phase took; null if no request was made, and for attempts by an earlier release. */
  timings: Maybe<AttemptTimings>;
};

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
  | 'TLS';

/** A webhook to one bot agent, and the record of its attempts. A finished delivery is kept for 30 days, unless the setting WEBHOOK_RETENTION says otherwise. */
export type WebhookDelivery = Node & {
  __typename?: 'WebhookDelivery';
  /** The action that triggered it. */
  action: WebhookAction;
  /** The number of attempts so far. */
  attemptCount: Scalars['Int']['output'];
  /** The last 200 attempts, oldest first. */
  attempts: Array<WebhookAttempt>;
  /** How long its attempts took together, in milliseconds: the last 200 of them. */
  attemptsDurationMs: Scalars['Int']['output'];
  /** How many attempts the retry schedule still has for it. An attempt that is answered with 429 and `Retry-After` uses up none. 0 unless the delivery is PENDING. */
  attemptsLeft: Scalars['Int']['output'];
  /** The bot agent; null if it has been removed. */
  botAgent: Maybe<BotAgent>;
  /** The id of the bot agent, which may have been removed since. */
  botAgentId: Scalars['ID']['output'];
  /** The event that it reports. Null for a ping or an example; null also for other applications if the webhook carried data that they may not read. */
  chatEvent: Maybe<ChatEvent>;
  /** The chat of the event, if it has one; null also for other applications if the webhook carried data that they may not read. */
  chatId: Maybe<Scalars['String']['output']>;
  /** When it was created. */
  createdAt: Scalars['DateTime']['output'];
  /** When it succeeded, failed or was cancelled; null before. */
  finishedAt: Maybe<Scalars['DateTime']['output']>;
  /** The id: `dlv_…`. It is sent as the header `webhook-id`, the same for all attempts. */
  id: Scalars['ID']['output'];
  /** When the next attempt is due, by the clock of the database; it is made later if the webhooks are PAUSED, or wait for their turn (`maxPerSecond`). Null unless the delivery is PENDING, and while it waits for an earlier one of its chat (`order: CHAT`). */
  nextAttemptAt: Maybe<Scalars['DateTime']['output']>;
  /** Whether it was sent to test the destination: by `pingWebhooks`, or by `sendExampleWebhook`. */
  ping: Scalars['Boolean']['output'];
  /** The body as it is sent, byte for byte, but for its `secret_key`, which is masked as `…`. Null if its event is no longer kept; also null for other applications if it carries data that they may not read. */
  requestBody: Maybe<Scalars['String']['output']>;
  /** The state of the delivery. */
  state: WebhookDeliveryState;
  /** The URL of the bot agent’s webhooks at the time of the last attempt, or when the delivery was created if there was no attempt yet. */
  url: Scalars['String']['output'];
};


/** A webhook to one bot agent, and the record of its attempts. A finished delivery is kept for 30 days, unless the setting WEBHOOK_RETENTION says otherwise. */
export type WebhookDeliveryRequestBodyArgs = {
  withSecretKey?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A page of deliveries, in the order that `orderBy` asks for. With a filter that few deliveries pass, a page may have fewer than you ask for, or none, although `hasNextPage` is true: it has looked at as many as it may. Go on from `endCursor`. */
export type WebhookDeliveryConnection = {
  __typename?: 'WebhookDeliveryConnection';
  /** The cursor of the feed just before this read. Pass it as `after` to a subscription to get each of its events since; some of them may already be in what was read. When you read several pages, keep the cursor of the first. Null if it is not known yet, in the first moments of a gateway: ask again. */
  cursor: Maybe<Scalars['String']['output']>;
  /** The nodes of this page, each with its cursor. */
  edges: Array<WebhookDeliveryEdge>;
  /** The nodes without their cursors. */
  nodes: Array<WebhookDelivery>;
  /** The position of this page in its list. */
  pageInfo: PageInfo;
  /** The number of deliveries on all pages, counted up to 10,000, among 100,000 that may pass the filter. See `totalCountIsExact`. */
  totalCount: Scalars['Int']['output'];
  /** Whether `totalCount` is all of them. If not, there are or may be more. */
  totalCountIsExact: Scalars['Boolean']['output'];
};

/** A delivery in a list. */
export type WebhookDeliveryEdge = {
  __typename?: 'WebhookDeliveryEdge';
  /** Pass it as `after` to get the nodes that follow, or as `before` to get those that precede. It stays valid when the node is removed. */
  cursor: Scalars['String']['output'];
  /** The node itself. */
  node: WebhookDelivery;
};

/** Which deliveries to take: those that pass each test. A test that is absent or null passes all, and an empty list passes none. */
export type WebhookDeliveryFilter = {
  /** Triggered by one of these actions. */
  actions?: InputMaybe<Array<WebhookAction>>;
  /** To one of these bot agents, at most 500. */
  botAgentIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Of this event: `evt_…`. Deliveries of other applications that carried data that you may not read are not found by it. */
  chatEventId?: InputMaybe<Scalars['ID']['input']>;
  /** Of an event in this chat. Deliveries of other applications that carried data that you may not read are not found by it. */
  chatId?: InputMaybe<Scalars['String']['input']>;
  /** Created at this time or later. */
  createdSince?: InputMaybe<Scalars['DateTime']['input']>;
  /** Created at this time or earlier. */
  createdUntil?: InputMaybe<Scalars['DateTime']['input']>;
  /** Whose last attempt failed with one of these errors. Attempts from before this filter was added are not known to it. */
  errors?: InputMaybe<Array<WebhookAttemptError>>;
  /** True: pings. False: no pings. */
  ping?: InputMaybe<Scalars['Boolean']['input']>;
  /** True: that were replayed at least once. False: that never were. */
  replayed?: InputMaybe<Scalars['Boolean']['input']>;
  /** In one of these states. */
  states?: InputMaybe<Array<WebhookDeliveryState>>;
  /** Whose last attempt got a response with a status in one of these ranges, at most 50. Attempts from before this filter was added are not known to it. */
  statusCodes?: InputMaybe<Array<StatusCodeRange>>;
};

/** The order of a list of deliveries. */
export type WebhookDeliveryOrder =
  /** By creation, the newest first. */
  | 'NEWEST_FIRST'
  /** By creation, the oldest first. */
  | 'OLDEST_FIRST';

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
  | 'SUCCEEDED';

/** A change of a delivery: one update when it is created, one for each attempt, and one for each other change of its state. */
export type WebhookDeliveryUpdate = {
  __typename?: 'WebhookDeliveryUpdate';
  /** The attempt that this update reports; null if the update is not about an attempt. */
  attempt: Maybe<WebhookAttempt>;
  /** Pass it as `after` to continue after this event, on any gateway. It is opaque. */
  cursor: Scalars['String']['output'];
  /** The delivery as it is now. */
  delivery: WebhookDelivery;
  /** The `cursor` of the event before this one in the same stream; where it began `after` a cursor, that cursor before its first event. Null for the first event of a stream that began from now. If it is not the last cursor that you have, something between you and the gateway has dropped events. */
  previousCursor: Maybe<Scalars['String']['output']>;
  /** The state after this update. */
  state: WebhookDeliveryState;
};

/** How many attempts failed with one error. */
export type WebhookErrorCount = {
  __typename?: 'WebhookErrorCount';
  /** How many. */
  count: Scalars['Int']['output'];
  /** Why they failed. */
  error: WebhookAttemptError;
};

/** Whether an event matches, and why. */
export type WebhookExplanation = {
  __typename?: 'WebhookExplanation';
  /** Whether the event matches. For a bot agent: as it is now, or because the event has made a webhook to it. */
  matched: Scalars['Boolean']['output'];
  /** What decided it: one for each filter, and one for each other condition that matters. If the event has made a webhook, the first one names it, with the reason if it has FAILED; the last one says what it waits for, if anything. */
  reasons: Array<WebhookReason>;
};

/** Conditions for an action to trigger a webhook. Specification: Filters. */
export type WebhookFilters = {
  __typename?: 'WebhookFilters';
  /** A condition on the author, for example so that a bot does not hear itself. */
  authorIds: Maybe<AuthorFilter>;
  /** Only events by this kind of author. */
  authorType: Maybe<ParticipantType>;
  /** A condition on the agents in the chat. */
  chatMemberIds: Maybe<ChatMemberFilter>;
  /** Conditions on properties of the chat; all must be met. */
  chatProperties: Maybe<Array<ChatPropertyFilter>>;
  /** Only chats that belong to the bot agent’s application: their property `source.client_id` is its client id. */
  onlyMyChats: Maybe<Scalars['Boolean']['output']>;
};

/** Conditions for an action to trigger a webhook. The description of each action lists the filters that it takes. */
export type WebhookFiltersInput = {
  /** A condition on the author, for example so that a bot does not hear itself. */
  authorIds?: InputMaybe<AuthorFilterInput>;
  /** Only events by this kind of author. */
  authorType?: InputMaybe<ParticipantType>;
  /** A condition on the agents in the chat. */
  chatMemberIds?: InputMaybe<ChatMemberFilterInput>;
  /** Conditions on properties of the chat; all must be met. */
  chatProperties?: InputMaybe<Array<ChatPropertyFilterInput>>;
  /** Only chats that belong to the bot agent’s application: their property `source.client_id` is its client id. */
  onlyMyChats?: InputMaybe<Scalars['Boolean']['input']>;
};

/** In which order webhooks are sent. */
export type WebhookOrder =
  /** The webhooks of one chat one after the other, in the order in which the gateway accepted their events. One that is tried again holds back the later ones of its chat, and no others. */
  | 'CHAT'
  /** Each as soon as possible: a later one may overtake one that is tried again. */
  | 'NONE';

/** An event, and whether it would have matched. An application sees the events that already reached its own bot agents; with `agents-bot--all:ro` also those that reached any bot agent of the license, and with `chats--all:rw` all events. */
export type WebhookPreview = {
  __typename?: 'WebhookPreview';
  /** The event. */
  chatEvent: ChatEvent;
  /** Whether it would have matched; if not, with the first reason only. */
  explanation: WebhookExplanation;
};

/** One condition of a webhook, and whether an event met it. */
export type WebhookReason = {
  __typename?: 'WebhookReason';
  /** The name of the filter, such as `chatProperties`; null for what is not a filter, such as the action or the status of the bot agent. */
  filter: Maybe<Scalars['String']['output']>;
  /** Whether the condition was met. False if it can’t be told. True for a remark, such as on what became of the webhook. */
  held: Scalars['Boolean']['output'];
  /** A sentence with the value that was seen, shortened. For a property that you may not read it says only that. */
  message: Scalars['String']['output'];
};

/** What became of webhooks in a time. */
export type WebhookStatistics = {
  __typename?: 'WebhookStatistics';
  /** A bucket for each minute, hour or day of the time, oldest first, also where nothing happened. */
  nodes: Array<WebhookStatisticsBucket>;
};

/** What became of webhooks in one minute, hour or day. Everything counts when it happens: a webhook may match in one bucket and be delivered in the next. Pings and examples do not count. */
export type WebhookStatisticsBucket = {
  __typename?: 'WebhookStatisticsBucket';
  /** Attempts that succeeded. A delivery that is replayed can succeed again. `delivered` and `failed` together are all attempts. */
  delivered: Scalars['Int']['output'];
  /** Attempts that failed, replays and interrupted ones included: the sum of `failuresByError`. */
  failed: Scalars['Int']['output'];
  /** The failed attempts by error, without errors that did not happen. */
  failuresByError: Array<WebhookErrorCount>;
  /** When it begins. */
  from: Scalars['DateTime']['output'];
  /** Deliveries that became HELD, at once or while they waited, because the webhooks are DISABLED. */
  held: Scalars['Int']['output'];
  /** Deliveries that were made: an event counts once for each bot agent that it matched. */
  matched: Scalars['Int']['output'];
  /** Half of all attempts took at most this long, in milliseconds. It is at most 10 % or 1 ms off. Attempts that were interrupted do not count. Null if there were none. */
  p50Ms: Maybe<Scalars['Int']['output']>;
  /** 95 % of all attempts took at most this long, in milliseconds. It is at most 10 % or 1 ms off. Attempts that were interrupted do not count. Null if there were none. */
  p95Ms: Maybe<Scalars['Int']['output']>;
  /** Of the failed attempts, those after which the gateway tries again by itself. The others were the last of their delivery: it FAILED, or is HELD. */
  retried: Scalars['Int']['output'];
  /** When it ends; this moment belongs to the next one. */
  to: Scalars['DateTime']['output'];
};

/** An action that triggers webhooks of a bot agent, and the conditions for it. */
export type WebhookSubscription = {
  __typename?: 'WebhookSubscription';
  /** Additional data for the webhook to carry. */
  additionalData: Array<AdditionalData>;
  /** Conditions for the action to trigger a webhook; all that are given must be met. */
  filters: Maybe<WebhookFilters>;
  /** The action. */
  name: WebhookAction;
};

/** An action that triggers webhooks, and the conditions for it. */
export type WebhookSubscriptionInput = {
  /** Additional data for the webhook to carry. */
  additionalData?: InputMaybe<Array<AdditionalData>>;
  /** Conditions for the action to trigger a webhook; all that are given must be met. */
  filters?: InputMaybe<WebhookFiltersInput>;
  /** The action. */
  name: WebhookAction;
};

/** Where the webhooks of a bot agent are sent, and what triggers them. Specification: Webhooks. */
export type Webhooks = {
  __typename?: 'Webhooks';
  /** The actions that trigger webhooks, each at most once. */
  actions: Array<WebhookSubscription>;
  /** Headers that each webhook has besides those of the gateway. Their values are secrets, stored encrypted. Values can be set, but not read: each is shown as `…`. */
  headers: Array<Header>;
  /** How they fare: for a light beside each bot agent. */
  health: WebhooksHealth;
  /** How many webhooks may be sent in any second, by all gateways together: 1 to 1,000. What waits for its turn uses up no attempt. Null: no limit. */
  maxPerSecond: Maybe<Scalars['Int']['output']>;
  /** In which order they are sent. */
  order: WebhookOrder;
  /** The secret that is sent with each webhook and used to sign it: 1 to 255 characters. After `whsec_` it must be a key in Base64, as in Standard Webhooks. Stored encrypted. Null for a bot agent of another application, unless you have the scope `agents-bot--all:rw`. Reading it is recorded in the audit trail. */
  secretKey: Maybe<Scalars['String']['output']>;
  /** Whether webhooks are being sent. */
  state: WebhooksState;
  /** Where webhooks are sent: an http or https URL of up to 500 characters, without a user name or password. */
  url: Scalars['String']['output'];
};

/** How the webhooks of a bot agent fare. Attempts are added within seconds; pings and examples do not count. */
export type WebhooksHealth = {
  __typename?: 'WebhooksHealth';
  /** How many percent of the attempts failed, from 0 to 100, in this hour and the 23 before it. Being told to wait (429 with `Retry-After`) counts as failed here. Null if there were none. */
  failureRate24h: Maybe<Scalars['Float']['output']>;
  /** Failed attempts since the last success. At ten the webhooks are paused. */
  failuresInARow: Scalars['Int']['output'];
  /** When an attempt last failed; null if none has for 30 days. */
  lastFailureAt: Maybe<Scalars['DateTime']['output']>;
  /** When an attempt last succeeded; null if none has for 30 days. */
  lastSuccessAt: Maybe<Scalars['DateTime']['output']>;
  /** When the next webhook is sent as a probe, if one waits; null unless the webhooks are PAUSED. */
  nextProbeAt: Maybe<Scalars['DateTime']['output']>;
  /** When they got into this state. If that was before the gateway recorded it: when they began to fail, or when the bot agent was created. */
  since: Scalars['DateTime']['output'];
  /** Whether webhooks are being sent. */
  state: WebhooksState;
};

/** Where to send the webhooks of a bot agent, and what triggers them: at most 32 KiB of JSON. Replaces the previous webhooks as a whole, except for a secret key and headers that you leave out, which stay. **An update without `maxPerSecond` removes the limit, and one without `order` sets it to NONE**, so send them with each update. */
export type WebhooksInput = {
  /** The actions that trigger webhooks, each at most once. */
  actions: Array<WebhookSubscriptionInput>;
  /** Headers that each webhook has besides those of the gateway. Their values are secrets, stored encrypted. At most 10, each name once. If you leave them out of an update, or set them to null, they stay as they are; `[]` removes them. */
  headers?: InputMaybe<Array<HeaderInput>>;
  /** How many webhooks may be sent in any second, by all gateways together: 1 to 1,000. What waits for its turn uses up no attempt. Defaults to no limit, also in an update of webhooks with one. */
  maxPerSecond?: InputMaybe<Scalars['Int']['input']>;
  /** In which order they are sent. Defaults to NONE, also in an update of webhooks with another order. */
  order?: InputMaybe<WebhookOrder>;
  /** The secret that is sent with each webhook and used to sign it: 1 to 255 characters. After `whsec_` it must be a key in Base64, as in Standard Webhooks. Stored encrypted. Required for the first webhooks of a bot agent. If you leave it out of an update, or set it to null, the key stays as it is. */
  secretKey?: InputMaybe<Scalars['String']['input']>;
  /** Where webhooks are sent: an http or https URL of up to 500 characters, without a user name or password. */
  url: Scalars['String']['input'];
};

/** Whether webhooks are being sent. */
export type WebhooksState =
  /** Webhooks are sent. */
  | 'ACTIVE'
  /** The destination answered 410, or failed for too long: new webhooks are held, and none are sent until you call `enableWebhooks`. */
  | 'DISABLED'
  /** The destination is failing: webhooks wait, and the gateway probes the destination from time to time. */
  | 'PAUSED';

/** A notice about the webhooks of a bot agent: their state has changed, or a delivery was given up. The notices of one bot agent arrive in order. */
export type WebhooksStateChange = {
  __typename?: 'WebhooksStateChange';
  /** The bot agent as it is now; null if it has been removed. */
  botAgent: Maybe<BotAgent>;
  /** The id of the bot agent, which may have been removed since. */
  botAgentId: Scalars['ID']['output'];
  /** Why it happened and what you can do, in sentences for people. Their wording may change. */
  cause: Scalars['String']['output'];
  /** Pass it as `after` to continue after this event, on any gateway. It is opaque. */
  cursor: Scalars['String']['output'];
  /** The delivery that was given up, or whose attempt caused the webhooks to be paused or disabled, as it is now. Null for ENABLED and RECOVERED, and if it is no longer kept. */
  delivery: Maybe<WebhookDelivery>;
  /** What happened. */
  kind: WebhooksStateChangeKind;
  /** When it happened. */
  occurredAt: Scalars['DateTime']['output'];
  /** The `cursor` of the event before this one in the same stream; where it began `after` a cursor, that cursor before its first event. Null for the first event of a stream that began from now. If it is not the last cursor that you have, something between you and the gateway has dropped events. */
  previousCursor: Maybe<Scalars['String']['output']>;
  /** The state of the webhooks as it is now; null if they have been removed. */
  state: Maybe<WebhooksState>;
};

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
  | 'RECOVERED';
