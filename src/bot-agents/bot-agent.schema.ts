import { createContextCache } from '@pothos/core'
import type { BotAgentStatus, DefaultGroupPriority } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { actorOf, type Context, viewerOf } from '../graphql/context.ts'
import { mutation, type PayloadOptions } from '../graphql/mutation.ts'
import { pageArguments, pageComplexity } from '../graphql/page.ts'
import { requires, requiresToSee } from '../graphql/permission.ts'
import { WebhooksInput, WebhooksRef } from '../webhooks/webhooks.schema.ts'
import type { BotAgent, GroupMembership, groupPriorities } from './bot-agent.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'
import type { BotAgents } from './bot-agent-service.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly botAgents: BotAgents
  }
}

export const BotAgentStatusRef = builder.enumType('BotAgentStatus', {
  description: 'Whether a bot agent is logged in and takes chats.',
  values: {
    ACCEPTING_CHATS: { description: 'Logged in, and the chat router gives it chats.' },
    NOT_ACCEPTING_CHATS: { description: 'Logged in, gets webhooks, and no chats.' },
    OFFLINE: { description: 'Not logged in: no chats and no webhooks.' },
  } satisfies Record<BotAgentStatus, object>,
})

const GroupPriorityRef = builder.enumType('GroupPriority', {
  description: 'When a bot agent gets chats of a group.',
  values: {
    FIRST: { description: 'Before all others.' },
    NORMAL: { description: 'When no agent with FIRST has a free slot.' },
    LAST: { description: 'When no agent with FIRST or NORMAL has a free slot.' },
  } satisfies Record<(typeof groupPriorities)[number], object>,
})

const DefaultGroupPriorityRef = builder.enumType('DefaultGroupPriority', {
  description: 'When a bot agent gets chats of the groups that it does not list.',
  values: {
    FIRST: { description: 'Before normal agents.' },
    NORMAL: { description: 'Like normal agents.' },
    LAST: { description: 'When no other agent is available.' },
    SUPERVISOR: { description: 'Never: it works as a supervisor.' },
  } satisfies Record<DefaultGroupPriority, object>,
})

const ApplicationRef = builder.objectRef<{ clientId: string }>('Application').implement({
  description: 'An application of the developers’ platform.',
  fields: (t) => ({ clientId: t.exposeString('clientId', { description: 'Its OAuth client id.' }) }),
})

const GroupMembershipRef = builder.objectRef<GroupMembership>('GroupMembership').implement({
  description: 'A group that a bot agent belongs to.',
  fields: (t) => ({
    id: t.exposeInt('id', { description: 'The group.' }),
    priority: t.expose('priority', { type: GroupPriorityRef, description: 'When the bot agent gets its chats.' }),
  }),
})

const loader = createContextCache((context: Context) => context.botAgents.loader(viewerOf(context), context.loaded))

const describe = {
  name: 'Display name, 1 to 255 characters.',
  avatar: 'URL of a picture, with or without a scheme, up to 2,048 characters.',
  status: 'Whether it is logged in and takes chats.',
  maxChatsCount: 'How many chats it may have at once, 1 to 500.',
  defaultGroupPriority: 'When it gets chats of the groups that it does not list.',
  groups: 'The groups it belongs to, each once, at most 100, in the order given.',
  webhooks: 'Where and why it is called.',
  id: 'The bot agent: 32 lower-case hex characters.',
}

export const BotAgentRef = builder.objectRef<BotAgent>('BotAgent')

builder.node(BotAgentRef, {
  ...requiresToSee(botAgentPolicy.read),
  name: 'BotAgent',
  description: 'An agent of the chat platform that an application speaks for. Specification: Bot Agent.',
  id: { resolve: ({ id }) => id, description: '32 lower-case hex characters.' },
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
    groups: t.field({ type: [GroupMembershipRef], description: describe.groups, resolve: ({ groups }) => [...groups] }),
    application: t.field({
      type: ApplicationRef,
      description: 'The application that owns it.',
      resolve: ({ clientId }) => ({ clientId }),
    }),
    webhooks: t.expose('webhooks', { type: WebhooksRef, nullable: true, description: describe.webhooks }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last created or updated.' }),
  }),
})

const BotAgentConnectionRef = builder.connectionObject(
  {
    type: BotAgentRef,
    name: 'BotAgentConnection',
    description: 'A page of bot agents, in the order in which they were created.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many there are on all pages together.',
        resolve: ({ totalCount }) => totalCount?.() ?? 0,
      }),
    }),
  },
  { name: 'BotAgentEdge', description: 'A bot agent in a list.' },
)

builder.queryFields((t) => ({
  botAgent: t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentRef,
    nullable: true,
    description: 'One bot agent. Null if there is none with this id, or it is not yours to see.',
    args: { id: t.arg.id({ required: true, description: describe.id }) },
    resolve: (_root, { id }, context) => loader(context).load(id),
  }),
  botAgents: t.field({
    ...requires(botAgentPolicy.read),
    type: BotAgentConnectionRef,
    description: 'The bot agents of your application, or all of the license. Specification: Get Bot Agents.',
    complexity: pageComplexity,
    args: {
      all: t.arg.boolean({ defaultValue: false, description: 'Those of every application of the license.' }),
      ...pageArguments,
      statuses: t.arg({ type: [BotAgentStatusRef], description: 'Those with one of these statuses alone.' }),
    },
    resolve: (_root, { all, statuses, ...page }, context) =>
      context.botAgents.list(viewerOf(context), context.loaded, {
        all: all ?? false,
        ...(statuses && { statuses }),
        ...page,
      }),
  }),
}))

const GroupMembershipInput = builder.inputType('GroupMembershipInput', {
  description: 'A group that a bot agent is to belong to.',
  fields: (t) => ({
    id: t.int({ required: true, description: 'The group, from 0.' }),
    priority: t.field({ type: GroupPriorityRef, required: true, description: 'When the bot agent gets its chats.' }),
  }),
})

const botAgentPayload: PayloadOptions<BotAgent> = {
  description: 'The bot agent, or what was wrong with the input.',
  fields: (t) => ({
    botAgent: t.expose('result', { type: BotAgentRef, nullable: true, description: 'As it is now; null on failure.' }),
  }),
}

mutation('createBotAgent', {
  ...requires(botAgentPolicy.write),
  description: 'Creates a bot agent of your application. Its log-in hangs on the access token of this call.',
  input: {
    description: 'Specification: Create Bot Agent.',
    fields: (t) => ({
      name: t.string({ required: true, description: describe.name }),
      avatar: t.string({ description: describe.avatar }),
      status: t.field({ type: BotAgentStatusRef, required: true, description: describe.status }),
      maxChatsCount: t.int({ description: `${describe.maxChatsCount} 6 if left out.` }),
      defaultGroupPriority: t.field({
        type: DefaultGroupPriorityRef,
        description: `${describe.defaultGroupPriority} NORMAL if left out.`,
      }),
      groups: t.field({ type: [GroupMembershipInput], description: describe.groups }),
      webhooks: t.field({ type: WebhooksInput, description: describe.webhooks }),
    }),
  },
  run: (input, context) => context.botAgents.create(actorOf(context), input),
  payload: botAgentPayload,
})

mutation('updateBotAgent', {
  ...requires(botAgentPolicy.write),
  description:
    'Changes a bot agent of your application, not of another one, whatever your scopes. Binds its log-in to the access token of this call.',
  input: {
    description: 'Specification: Update Bot Agent. What is left out stays as it is.',
    fields: (t) => ({
      id: t.id({ required: true, description: describe.id }),
      name: t.string({ description: describe.name }),
      avatar: t.string({ description: `${describe.avatar} Null takes it away.` }),
      status: t.field({ type: BotAgentStatusRef, description: describe.status }),
      maxChatsCount: t.int({ description: describe.maxChatsCount }),
      defaultGroupPriority: t.field({ type: DefaultGroupPriorityRef, description: describe.defaultGroupPriority }),
      groups: t.field({ type: [GroupMembershipInput], description: `${describe.groups} Replaces the whole list.` }),
      webhooks: t.field({
        type: WebhooksInput,
        description: `${describe.webhooks} Replaces the whole object; null takes it away.`,
      }),
    }),
  },
  run: (input, context) => context.botAgents.update(actorOf(context), input),
  payload: botAgentPayload,
})

mutation('removeBotAgent', {
  ...requires(botAgentPolicy.remove),
  description: 'Removes a bot agent for good.',
  input: {
    description: 'Specification: Remove Bot Agent.',
    fields: (t) => ({ botAgentId: t.id({ required: true, description: describe.id }) }),
  },
  run: ({ botAgentId }, context) => context.botAgents.remove(actorOf(context), botAgentId),
  payload: {
    description: 'What was removed, or what was wrong with the input.',
    fields: (t) => ({
      botAgentId: t.exposeID('result', { nullable: true, description: 'The id it had; null on failure.' }),
    }),
  },
})
