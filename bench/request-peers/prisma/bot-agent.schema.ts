import { readable, writable } from '../bearer.ts'
import { builder } from './builder.ts'
import type { BotAgent } from './client/client.ts'
import { BotAgentStatus, DefaultGroupPriority, GroupPriority, WebhooksState } from './client/enums.ts'
import { setStatus } from './set-status.ts'

const BotAgentStatusRef = builder.enumType(BotAgentStatus, { name: 'BotAgentStatus' })
const GroupPriorityRef = builder.enumType(GroupPriority, { name: 'GroupPriority' })
const DefaultGroupPriorityRef = builder.enumType(DefaultGroupPriority, { name: 'DefaultGroupPriority' })
const WebhooksStateRef = builder.enumType(WebhooksState, { name: 'WebhooksState' })

const ApplicationRef = builder.objectRef<{ clientId: string }>('Application').implement({
  fields: (t) => ({ clientId: t.exposeString('clientId') }),
})
const UserErrorRef = builder.objectRef<{ message: string }>('UserError').implement({
  fields: (t) => ({ message: t.exposeString('message') }),
})

builder.prismaObject('BotAgentGroup', {
  name: 'GroupMembership',
  fields: (t) => ({ id: t.exposeInt('id'), priority: t.expose('priority', { type: GroupPriorityRef }) }),
})

builder.prismaObject('BotAgentAction', { name: 'WebhookAction', fields: (t) => ({ name: t.exposeString('name') }) })

/** The webhooks are columns of their bot agent. */
const WebhooksRef = builder.prismaObject('BotAgent', {
  variant: 'Webhooks',
  fields: (t) => ({
    url: t.string({ resolve: ({ webhooksUrl }) => webhooksUrl ?? '' }),
    state: t.field({ type: WebhooksStateRef, resolve: ({ webhooksState }) => webhooksState ?? 'DISABLED' }),
    actions: t.relation('actions', { query: { orderBy: { position: 'asc' } } }),
  }),
})

const BotAgentRef = builder.prismaObject('BotAgent', {
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    avatar: t.exposeString('avatar', { nullable: true }),
    status: t.expose('status', { type: BotAgentStatusRef }),
    maxChatsCount: t.exposeInt('maxChatsCount'),
    defaultGroupPriority: t.expose('defaultGroupPriority', { type: DefaultGroupPriorityRef }),
    groups: t.relation('groups', { query: { orderBy: { position: 'asc' } } }),
    application: t.field({ type: ApplicationRef, resolve: ({ clientId }) => ({ clientId }) }),
    webhooks: t.variant(WebhooksRef, { isNull: ({ webhooksUrl }) => webhooksUrl === null }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})

builder.queryFields((t) => ({
  botAgent: t.prismaField({
    type: BotAgentRef,
    nullable: true,
    authScopes: { holds: ['agents-bot--my:ro', 'agents-bot--all:ro'] },
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, { id }, { caller, prisma }) =>
      prisma.botAgent.findUnique({ ...query, where: { id, ...readable(caller) } }),
  }),
  botAgents: t.prismaConnection({
    type: BotAgentRef,
    cursor: 'id',
    authScopes: { holds: ['agents-bot--my:ro', 'agents-bot--all:ro'] },
    args: { all: t.arg.boolean({ defaultValue: false }) },
    resolve: (query, _root, { all }, { caller, prisma }) =>
      prisma.botAgent.findMany({
        ...query,
        where: all ? readable(caller) : { ...readable(caller), clientId: caller.clientId },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      }),
  }),
}))

const UpdateBotAgentInput = builder.inputType('UpdateBotAgentInput', {
  fields: (t) => ({ id: t.id({ required: true }), status: t.field({ type: BotAgentStatusRef, required: true }) }),
})

const UpdateBotAgentPayload = builder
  .objectRef<{ botAgent: BotAgent | null; userErrors: { message: string }[] }>('UpdateBotAgentPayload')
  .implement({
    fields: (t) => ({
      botAgent: t.expose('botAgent', { type: BotAgentRef, nullable: true }),
      userErrors: t.expose('userErrors', { type: [UserErrorRef] }),
    }),
  })

builder.mutationFields((t) => ({
  updateBotAgent: t.field({
    type: UpdateBotAgentPayload,
    authScopes: { holds: ['agents-bot--my:rw', 'agents-bot--all:rw'] },
    args: { input: t.arg({ type: UpdateBotAgentInput, required: true }) },
    async resolve(_root, { input: { id, status } }, { caller, prisma }) {
      const botAgent = await setStatus(prisma, writable(caller), id, status)
      if (botAgent) return { botAgent, userErrors: [] }
      return { botAgent, userErrors: [{ message: 'is not the id of a bot agent that you may change' }] }
    },
  }),
}))

export const schema = builder.toSchema()
