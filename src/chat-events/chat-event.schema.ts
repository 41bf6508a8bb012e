import { createContextCache } from '@pothos/core'
import { builder } from '../graphql/builder.ts'
import { type Context, viewerOf } from '../graphql/context.ts'
import { jsonTextOf, parseExactly } from '../graphql/json.ts'
import { mutation } from '../graphql/mutation.ts'
import { requires, requiresReach } from '../graphql/permission.ts'
import { ParticipantTypeRef, WebhookActionRef } from '../webhooks/webhooks.schema.ts'
import { chatEventPolicy } from './chat-event-policy.ts'
import type { ChatEvents } from './chat-event-service.ts'
import type { ChatEvent } from './chat-event-store.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly chatEvents: ChatEvents
  }
}

const loader = createContextCache((context: Context) => context.chatEvents.loader(viewerOf(context), context.loaded))

export const ChatEventRef = builder.objectRef<ChatEvent>('ChatEvent')

/** Once for an event, however often it is asked for. */
const parsed = new WeakMap<ChatEvent, object>()

builder.node(ChatEventRef, {
  ...requiresReach(),
  name: 'ChatEvent',
  description:
    'What has happened in a chat, or to a bot agent. Seen by the application that reported it, and by who sees a delivery of it.',
  id: { resolve: ({ id }) => id, description: '`evt_…`' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'matched' in value,
  loadWithoutCache: (id: string, context: Context) => loader(context).load(id),
  fields: (t) => ({
    action: t.expose('action', { type: WebhookActionRef, description: 'What has happened.' }),
    data: t.field({
      type: 'JSON',
      description: 'What webhooks carry in `data`.',
      resolve: (event, _args, { loaded }) => {
        const known = parsed.get(event)
        // Once it has been counted when it was loaded.
        if (known) loaded.spend(event.data.length)
        const value = known ?? (parseExactly(event.data) as object)
        parsed.set(event, value)
        return value
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was taken in.' }),
  }),
})

const ChatContextInput = builder.inputType('ChatContextInput', {
  description: 'The chat that an event is of: what filters and additional data look at.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The chat, 1 to 255 characters.' }),
    threadId: t.id({ description: 'Its thread.' }),
    properties: t.field({
      type: 'JSON',
      description:
        'Its properties, flat: `{"source": {"type": "facebook"}}`. Left out: those that are stored for the chat.',
    }),
    agentIds: t.idList({ description: 'The agents in the chat.' }),
    groupIds: t.intList({ description: 'The groups that have access to it.' }),
  }),
})

mutation('publishChatEvent', {
  ...requires(chatEventPolicy.publish),
  description:
    'Takes in what has happened in a chat. The event and the webhooks of all bot agents that it reaches are one commit.',
  input: {
    description: 'What the chat platform reports. Specification: Webhook actions.',
    fields: (t) => ({
      action: t.field({
        type: WebhookActionRef,
        required: true,
        description: 'Any but AGENT_STATUS_CHANGED and AGENT_DELETED, which the gateway raises by itself.',
      }),
      data: t.field({
        type: 'JSON',
        required: true,
        description:
          'What webhooks carry in `data`, as it is written: an object with at least the fields of its action, up to 256 KiB.',
      }),
      chat: t.field({ type: ChatContextInput, description: 'The chat; left out: nothing is known of it.' }),
      authorType: t.field({ type: ParticipantTypeRef, description: 'Who wrote the event; needed for INCOMING_EVENT.' }),
      idempotencyKey: t.string({
        description:
          'Of calls with the same key within 24 hours the first one counts: the others answer its event and send nothing. 1 to 255 characters.',
      }),
    }),
  },
  run: (input, context) => context.chatEvents.publish(viewerOf(context), input, jsonTextOf(input.data, context.source)),
  payload: {
    description: 'The event, or what was wrong with the input.',
    fields: (t) => ({
      chatEvent: t.expose('result', { type: ChatEventRef, nullable: true, description: 'The event; null on failure.' }),
      matched: t.int({
        description: 'How many deliveries were made of it; 0 on failure.',
        resolve: ({ result }) => result?.matched ?? 0,
      }),
    }),
  },
})
