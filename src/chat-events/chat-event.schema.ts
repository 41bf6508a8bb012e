import { createContextCache } from '@pothos/core'
import { builder } from '../graphql/builder.ts'
import { type Context, viewerOf } from '../graphql/context.ts'
import { jsonTextOf, parseExactly } from '../graphql/json.ts'
import { mutation } from '../graphql/mutation.ts'
import { pageArguments, pageComplexity, pageOf } from '../graphql/page.ts'
import { requires, requiresEither, requiresReach } from '../graphql/permission.ts'
import { pageCursor } from '../graphql/read-cursor.ts'
import { ParticipantTypeRef, WebhookActionRef } from '../webhooks/webhooks.schema.ts'
import { chatEventPolicy } from './chat-event-policy.ts'
import type { ChatEvents } from './chat-event-service.ts'
import type { ChatEvent } from './chat-event-store.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly chatEvents: ChatEvents
  }
}

export const chatEventLoader = createContextCache((context: Context) =>
  context.chatEvents.loader(viewerOf(context), context.loaded),
)

export const ChatEventRef = builder.objectRef<ChatEvent>('ChatEvent')

/** Parsed once for each event, however often it is selected. */
const parsed = new WeakMap<ChatEvent, object>()

builder.node(ChatEventRef, {
  ...requiresReach(),
  name: 'ChatEvent',
  description:
    'Something that happened in a chat or to a bot agent. Visible to applications whose bot agents it reached, also when their deliveries are no longer kept, to callers that may see such a bot agent, and to the chat platform (`chats--all:rw`).',
  id: { resolve: ({ id }) => id, description: 'The id: `evt_…`.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'matched' in value,
  loadWithoutCache: (id: string, context: Context) => chatEventLoader(context).load(id),
  fields: (t) => ({
    action: t.expose('action', { type: WebhookActionRef, description: 'What happened.' }),
    data: t.field({
      type: 'JSON',
      description: 'The `data` of its webhooks.',
      resolve: (event, _args, { loaded }) => {
        const known = parsed.get(event)
        // The first use was counted when the event was loaded.
        if (known) loaded.spend(event.data.length)
        const value = known ?? (parseExactly(event.data) as object)
        parsed.set(event, value)
        return value
      },
    }),
    chatId: t.exposeString('chatId', {
      nullable: true,
      description: 'The id of the chat that it belongs to; null if there is none.',
    }),
    matched: t.exposeInt('matched', {
      description:
        'How many bot agents matched, each of which gets a delivery: all of the license for the chat platform (`chats--all:rw`) and with `agents-bot--all:ro`; for others only those of their own application.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the gateway accepted it.' }),
  }),
})

const ChatEventConnectionRef = builder.connectionObject(
  {
    type: ChatEventRef,
    name: 'ChatEventConnection',
    description:
      'A page of events, newest first. With the filter `chatId` a page may have fewer than you ask for, or none, although `hasNextPage` is true: it has looked at as many events of the chat as it may. Go on from `endCursor`.',
    fields: (t) => ({ cursor: t.string(pageCursor()) }),
  },
  { name: 'ChatEventEdge', description: 'An event in a list.' },
)

const ChatEventFilter = builder.inputType('ChatEventFilter', {
  description: 'Which events to list: those that meet all of the conditions. Null means any.',
  fields: (t) => ({
    actions: t.field({ type: [WebhookActionRef], description: 'Only events of one of these actions.' }),
    chatId: t.string({ description: 'Only events of this chat: 1 to 255 characters.' }),
    matched: t.boolean({
      description: 'Only events that matched a bot agent; with false, only others, which are kept for a day.',
    }),
    createdSince: t.field({ type: 'DateTime', description: 'Only events accepted at this time or later.' }),
    createdUntil: t.field({ type: 'DateTime', description: 'Only events accepted at this time or earlier.' }),
  }),
})

builder.queryFields((t) => ({
  chatEvent: t.field({
    ...requiresEither(chatEventPolicy.read),
    type: ChatEventRef,
    nullable: true,
    description:
      'Fetches an event by its id. Null if it does not exist or you may not see it. One of the two scopes is enough.',
    args: { id: t.arg.id({ required: true, description: 'The id of the event: `evt_…`.' }) },
    resolve: (_root, { id }, context) => chatEventLoader(context).load(id),
  }),
  chatEvents: t.field({
    ...requiresEither(chatEventPolicy.read),
    type: ChatEventConnectionRef,
    description:
      'What came in, newest first: for the chat platform all events of the license; for an application those that reached its bot agents, or any bot agents that it may see. One of the two scopes is enough.',
    complexity: pageComplexity,
    args: {
      filter: t.arg({ type: ChatEventFilter, description: 'Which events to list. Defaults to all that you may see.' }),
      ...pageArguments,
    },
    resolve: (_root, { filter, ...page }, context, info) =>
      context.chatEvents.list(viewerOf(context), context.loaded, {
        filter: filter ?? {},
        ...pageOf(page, info),
      }),
  }),
}))

const ChatContextInput = builder.inputType('ChatContextInput', {
  description: 'The chat of an event, for filters and additional data.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the chat: 1 to 255 characters.' }),
    threadId: t.id({ description: 'The id of the thread.' }),
    properties: t.field({
      type: 'JSON',
      description:
        'The properties of the chat: `{"source": {"type": "facebook"}}`. Defaults to the properties that are stored for the chat.',
    }),
    agentIds: t.idList({ description: 'The ids of the agents in the chat.' }),
    groupIds: t.intList({ description: 'The ids of the groups that have access to the chat.' }),
  }),
})

mutation('publishChatEvent', {
  ...requires(chatEventPolicy.publish),
  description:
    'Reports an event of a chat. The event and the webhooks of all bot agents that listen to it are committed together.',
  input: {
    description: 'An event of the chat platform. Specification: Webhook actions.',
    fields: (t) => ({
      action: t.field({
        type: WebhookActionRef,
        required: true,
        description:
          'What happened: any action except AGENT_STATUS_CHANGED and AGENT_DELETED, which only the gateway raises.',
      }),
      data: t.field({
        type: 'JSON',
        required: true,
        description:
          'The `data` of the webhooks, sent as you write it: an object with at least the fields of its action, up to 256 KiB.',
      }),
      chat: t.field({ type: ChatContextInput, description: 'The chat. If omitted, nothing is known about it.' }),
      authorType: t.field({
        type: ParticipantTypeRef,
        description: 'Who wrote the event. Required for INCOMING_EVENT.',
      }),
      authorId: t.id({
        description:
          'The id of the author, for the filter `authorIds`: 1 to 255 characters. Defaults to `event.author_id` in `data`.',
      }),
      idempotencyKey: t.string({
        description:
          'A key of 1 to 255 characters that makes retries safe: if several calls within 24 hours have the same key, only the first takes effect, and the others return its event.',
      }),
    }),
  },
  run: (input, context) => context.chatEvents.publish(viewerOf(context), input, jsonTextOf(input.data, context.source)),
  payload: {
    description: 'The event, or what is wrong with the input.',
    fields: (t) => ({
      chatEvent: t.expose('result', { type: ChatEventRef, nullable: true, description: 'The event; null on failure.' }),
      matched: t.int({
        description: 'The number of deliveries that it caused; 0 on failure.',
        resolve: ({ result }) => result?.matched ?? 0,
      }),
    }),
  },
})
