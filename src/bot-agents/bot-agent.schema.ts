import { createContextCache } from '@pothos/core'
import { MOST_NAMED } from '../contract/identifier.ts'
import type { BotAgentStatus, DefaultGroupPriority } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { actorOf, type Context, viewerOf } from '../graphql/context.ts'
import { ofParentAlone } from '../graphql/lasting.ts'
import { mutation, type PayloadOptions } from '../graphql/mutation.ts'
import { pageArguments, pageComplexity, pageOf } from '../graphql/page.ts'
import { requires, requiresToSee } from '../graphql/permission.ts'
import { pageCursor, readCursor } from '../graphql/read-cursor.ts'
import { WebhooksInput, WebhooksRef, WebhooksStateRef } from '../webhooks/webhooks.schema.ts'
import type { BotAgent, GroupMembership, groupPriorities } from './bot-agent.ts'
import { LONGEST_PREFIX, MOST_IN_FILTER } from './bot-agent-filter.ts'
import type { BotAgentOrder } from './bot-agent-order.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'
import type { BotAgents } from './bot-agent-service.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly botAgents: BotAgents
  }
}

export const BotAgentStatusRef = builder.enumType('BotAgentStatus', {
  description: 'Whether a bot agent is logged in and accepts chats.',
  values: {
    ACCEPTING_CHATS: { description: 'Logged in: gets webhooks, and chats from the chat router.' },
    NOT_ACCEPTING_CHATS: { description: 'Logged in: gets webhooks, but no chats.' },
    OFFLINE: { description: 'Not logged in: gets neither chats nor webhooks.' },
  } satisfies Record<BotAgentStatus, object>,
})

const GroupPriorityRef = builder.enumType('GroupPriority', {
  description: 'The priority of a bot agent for the chats of a group.',
  values: {
    FIRST: { description: 'Before all others.' },
    NORMAL: { description: 'When no agent with FIRST has a free slot.' },
    LAST: { description: 'When no agent with FIRST or NORMAL has a free slot.' },
  } satisfies Record<(typeof groupPriorities)[number], object>,
})

const DefaultGroupPriorityRef = builder.enumType('DefaultGroupPriority', {
  description: 'The priority of a bot agent for the chats of groups that it does not list.',
  values: {
    FIRST: { description: 'Before normal agents.' },
    NORMAL: { description: 'Like normal agents.' },
    LAST: { description: 'When no other agent is available.' },
    SUPERVISOR: { description: 'Never: it works as a supervisor.' },
  } satisfies Record<DefaultGroupPriority, object>,
})

const ApplicationRef = builder.objectRef<{ clientId: string }>('Application').implement({
  description: 'An application of the developers’ platform.',
  fields: (t) => ({ clientId: t.exposeString('clientId', { description: 'The OAuth client id of the application.' }) }),
})

const GroupMembershipRef = builder.objectRef<GroupMembership>('GroupMembership').implement({
  description: 'A group that a bot agent belongs to.',
  fields: (t) => ({
    id: t.exposeInt('id', { description: 'The id of the group.' }),
    priority: t.expose('priority', {
      type: GroupPriorityRef,
      description: 'The priority of the bot agent for the chats of the group.',
    }),
  }),
})

const loader = createContextCache((context: Context) => context.botAgents.loader(viewerOf(context), context.loaded))

const describe = {
  name: 'The display name: 1 to 255 characters.',
  avatar: 'The URL of a picture, with or without a scheme: up to 2,048 characters.',
  status: 'Whether it is logged in and accepts chats.',
  maxChatsCount: 'The maximum number of concurrent chats: 1 to 500.',
  defaultGroupPriority: 'Its priority for the chats of groups that it does not list.',
  groups: 'The groups that it belongs to, in the order given: at most 100, each at most once.',
  webhooks: 'Where its webhooks are sent, and what triggers them.',
  id: 'The id of the bot agent: 32 lower-case hex characters.',
}

export const BotAgentRef = builder.objectRef<BotAgent>('BotAgent')

builder.node(BotAgentRef, {
  ...requiresToSee(botAgentPolicy.read),
  name: 'BotAgent',
  description: 'An agent in chats that is operated by an application. Specification: Bot Agent.',
  id: { resolve: ({ id }) => id, description: 'The id: 32 lower-case hex characters.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'maxChatsCount' in value,
  loadWithoutCache: (id: string, context: Context) => loader(context).load(id),
  fields: (t) => ({
    name: t.exposeString('name', { description: describe.name }),
    avatar: t.exposeString('avatar', { nullable: true, description: describe.avatar }),
    status: t.expose('status', { type: BotAgentStatusRef, description: describe.status }),
    maxChatsCount: t.exposeInt('maxChatsCount', { description: describe.maxChatsCount }),
    defaultGroupPriority: t.expose('defaultGroupPriority', {
      type: DefaultGroupPriorityRef,
      description: describe.defaultGroupPriority,
    }),
    groups: t.field({
      type: [GroupMembershipRef],
      description: describe.groups,
      ...ofParentAlone(({ groups }: BotAgent) => [...groups]),
    }),
    application: t.field({
      type: ApplicationRef,
      description: 'The application that owns it.',
      ...ofParentAlone(({ clientId }: BotAgent) => ({ clientId })),
    }),
    webhooks: t.expose('webhooks', { type: WebhooksRef, nullable: true, description: describe.webhooks }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was created or last updated.' }),
  }),
})

const BotAgentConnectionRef = builder.connectionObject(
  {
    type: BotAgentRef,
    name: 'BotAgentConnection',
    description: 'A page of bot agents, in the order that `orderBy` asks for.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'The number of bot agents on all pages.',
        resolve: ({ totalCount }) => totalCount?.() ?? 0,
      }),
      cursor: t.string(pageCursor()),
    }),
  },
  { name: 'BotAgentEdge', description: 'A bot agent in a list.' },
)

const BotAgentOrderRef = builder.enumType('BotAgentOrder', {
  description: 'The order of a list of bot agents. A cursor is valid only in the order that it comes from.',
  values: {
    CREATED_FIRST: { description: 'The one that was created first comes first.' },
    CREATED_LAST: { description: 'The one that was created last comes first.' },
    NAME: {
      description:
        'By name, ignoring case, in the order of Unicode: letters with accents come after z, whatever the language.',
    },
    UPDATED_LAST: {
      description:
        'The one that was created or updated last comes first. One that is updated while you page moves to the first page.',
    },
  } satisfies Record<BotAgentOrder, object>,
})

const BotAgentFilterInput = builder.inputType('BotAgentFilter', {
  description:
    'Which bot agents a list has: those that pass each test that is set. Null is the same as absent. An empty list lets none pass.',
  fields: (t) => ({
    ids: t.idList({ description: `Only bot agents with one of these ids, at most ${MOST_NAMED}.` }),
    nameStartsWith: t.string({
      description: `Only bot agents whose name starts with this text, in upper or lower case: at most ${LONGEST_PREFIX} characters. There are no wildcards: \`%\` and \`_\` stand for themselves. An empty text lets all pass.`,
    }),
    statuses: t.field({ type: [BotAgentStatusRef], description: 'Only bot agents with one of these statuses.' }),
    groupIds: t.intList({
      description: `Only bot agents that belong to one of these groups, at most ${MOST_IN_FILTER}.`,
    }),
    clientIds: t.stringList({
      description: `Only bot agents of one of these applications, at most ${MOST_IN_FILTER}. Those of others than your own are found only with \`all: true\`.`,
    }),
    webhooksStates: t.field({
      type: [WebhooksStateRef],
      description: 'Only bot agents whose webhooks are in one of these states. None without webhooks is.',
    }),
    updatedSince: t.field({
      type: 'DateTime',
      description: 'Only bot agents that were created or updated at this time or later.',
    }),
  }),
})

builder.queryFields((t) => ({
  cursor: t.string({ ...requires({}), ...readCursor('just before this query') }),
  botAgent: t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentRef,
    nullable: true,
    description: 'Fetches a bot agent by its id. Null if it does not exist or you may not see it.',
    args: { id: t.arg.id({ required: true, description: describe.id }) },
    resolve: (_root, { id }, context) => loader(context).load(id),
  }),
  botAgents: t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentConnectionRef,
    description: 'The bot agents of your application, or all bot agents in the license. Specification: Get Bot Agents.',
    complexity: pageComplexity,
    args: {
      all: t.arg.boolean({
        defaultValue: false,
        description: 'Include the bot agents of every application in the license.',
      }),
      ...pageArguments,
      statuses: t.arg({ type: [BotAgentStatusRef], description: 'Only bot agents with one of these statuses.' }),
      filter: t.arg({ type: BotAgentFilterInput, description: 'Only bot agents that pass this filter.' }),
      orderBy: t.arg({ type: BotAgentOrderRef, defaultValue: 'CREATED_FIRST', description: 'The order of the list.' }),
    },
    resolve: (_root, { all, statuses, filter, orderBy, ...page }, context, info) =>
      context.botAgents.list(viewerOf(context), context.loaded, {
        all: all ?? false,
        statuses,
        filter,
        orderBy,
        ...pageOf(page, info),
      }),
  }),
}))

const GroupMembershipInput = builder.inputType('GroupMembershipInput', {
  description: 'A group to put a bot agent in.',
  fields: (t) => ({
    id: t.int({ required: true, description: 'The id of the group, from 0.' }),
    priority: t.field({
      type: GroupPriorityRef,
      required: true,
      description: 'The priority of the bot agent for the chats of the group.',
    }),
  }),
})

const botAgentPayload: PayloadOptions<BotAgent> = {
  description: 'The bot agent, or what is wrong with the input.',
  fields: (t) => ({
    botAgent: t.expose('result', {
      type: BotAgentRef,
      nullable: true,
      description: 'The bot agent as it is now. Null on failure, unless the reason is OUTDATED.',
    }),
  }),
}

export const createBotAgent = mutation('createBotAgent', {
  ...requires(botAgentPolicy.write),
  description: 'Creates a bot agent of your application. Its log-in is tied to the access token of this call.',
  input: {
    description: 'The bot agent to create. Specification: Create Bot Agent.',
    fields: (t) => ({
      name: t.string({ required: true, description: describe.name }),
      avatar: t.string({ description: describe.avatar }),
      status: t.field({ type: BotAgentStatusRef, required: true, description: describe.status }),
      maxChatsCount: t.int({ description: `${describe.maxChatsCount} Defaults to 6.` }),
      defaultGroupPriority: t.field({
        type: DefaultGroupPriorityRef,
        description: `${describe.defaultGroupPriority} Defaults to NORMAL.`,
      }),
      groups: t.field({ type: [GroupMembershipInput], description: describe.groups }),
      webhooks: t.field({ type: WebhooksInput, description: describe.webhooks }),
      idempotencyKey: t.string({
        description:
          'A key of 1 to 255 characters that makes retries safe: if several calls within 24 hours have the same key, only the first creates a bot agent, and the others return it as it is by then. They must have the same input.',
      }),
    }),
  },
  run: (input, context) => context.botAgents.create(actorOf(context), input),
  payload: botAgentPayload,
})

export const updateBotAgent = mutation('updateBotAgent', {
  ...requires(botAgentPolicy.write),
  description:
    'Updates a bot agent of your application, never of another one, whatever your scopes. Its log-in is now tied to the access token of this call.',
  input: {
    description: 'The changes to a bot agent. Omitted fields keep their values. Specification: Update Bot Agent.',
    fields: (t) => ({
      id: t.id({ required: true, description: describe.id }),
      name: t.string({ description: describe.name }),
      avatar: t.string({ description: `${describe.avatar} Null removes it.` }),
      status: t.field({ type: BotAgentStatusRef, description: describe.status }),
      maxChatsCount: t.int({ description: describe.maxChatsCount }),
      defaultGroupPriority: t.field({ type: DefaultGroupPriorityRef, description: describe.defaultGroupPriority }),
      groups: t.field({ type: [GroupMembershipInput], description: `${describe.groups} Replaces the whole list.` }),
      webhooks: t.field({
        type: WebhooksInput,
        description: `${describe.webhooks} Replaces them as a whole, except that a \`secretKey\` you leave out is kept; null removes them.`,
      }),
      expectedUpdatedAt: t.field({
        type: 'DateTime',
        description:
          'The `updatedAt` that you have read, so that you do not overwrite what others have changed since. If the bot agent has another one by now, nothing is changed: the payload has an error with the code CONFLICT, and the bot agent as it is now.',
      }),
    }),
  },
  run: (input, context) => context.botAgents.update(actorOf(context), input),
  payload: botAgentPayload,
})

export const removeBotAgent = mutation('removeBotAgent', {
  ...requires(botAgentPolicy.remove),
  description: 'Removes a bot agent permanently.',
  input: {
    description: 'The bot agent to remove. Specification: Remove Bot Agent.',
    fields: (t) => ({ botAgentId: t.id({ required: true, description: describe.id }) }),
  },
  run: ({ botAgentId }, context) => context.botAgents.remove(actorOf(context), botAgentId),
  payload: {
    description: 'The removed bot agent, or what is wrong with the input.',
    fields: (t) => ({
      botAgentId: t.exposeID('result', {
        nullable: true,
        description: 'The id of the removed bot agent; null on failure.',
      }),
    }),
  },
})
