import { createContextCache } from '@pothos/core'
import { BotAgentRef } from '../bot-agents/bot-agent.schema.ts'
import type { PropertyLocation } from '../database/client/client.ts'
import { builder } from '../graphql/builder.ts'
import { actorOf, type Context, viewerOf } from '../graphql/context.ts'
import { sizeOf } from '../graphql/loaded.ts'
import { mutation, type PayloadOptions } from '../graphql/mutation.ts'
import { requires } from '../graphql/permission.ts'
import { propertyPolicy } from './property-policy.ts'
import type { PropertyValue } from './property-value.ts'
import type { PropertyValues } from './property-value-service.ts'

declare module '../graphql/context.ts' {
  interface Services {
    readonly propertyValues: PropertyValues
  }
}

export const PropertyLocationRef = builder.enumType('PropertyLocation', {
  description: 'What kind of thing has a property.',
  values: {
    LICENSE: { description: 'The license itself; it has no id.' },
    GROUP: { description: 'A group, by its number.' },
    BOT_AGENT: { description: 'A bot agent that you see. Its properties go with it.' },
    CHAT: { description: 'A chat. Its properties are what filters of webhooks look at.' },
    THREAD: { description: 'A thread of a chat.' },
    EVENT: { description: 'An event of a thread.' },
  } satisfies Record<PropertyLocation, object>,
})

const PropertyTargetInput = builder.inputType('PropertyTargetInput', {
  description: 'What has the properties.',
  fields: (t) => ({
    location: t.field({ type: PropertyLocationRef, required: true, description: 'What kind of thing it is.' }),
    id: t.id({
      description:
        'Which one: none for LICENSE, a number for GROUP, the id for BOT_AGENT, the platform’s id of 1 to 255 characters for the others.',
    }),
  }),
})

export const PropertyValueRef = builder.objectRef<PropertyValue>('PropertyValue').implement({
  description: 'A property that something has.',
  fields: (t) => ({
    namespace: t.exposeString('namespace', { description: 'The namespace of the property.' }),
    name: t.exposeString('name', { description: 'Its name in there.' }),
    value: t.field({
      type: 'JSON',
      resolve: ({ value }, _args, { loaded }) => {
        loaded.spend(sizeOf(value))
        return value
      },
      description: 'A number, a boolean or a string, as the definition says.',
    }),
  }),
})

const ofBotAgent = createContextCache((context: Context) =>
  context.propertyValues.botAgentLoader(viewerOf(context), context.loaded),
)

builder.objectField(BotAgentRef, 'properties', (t) =>
  t.field({
    ...requires(propertyPolicy.read),
    type: [PropertyValueRef],
    description: 'Its properties that you may read, by namespace and name.',
    resolve: ({ id }, _args, context) => ofBotAgent(context).load(id),
  }),
)

builder.queryField('properties', (t) =>
  t.field({
    ...requires(propertyPolicy.read),
    type: [PropertyValueRef],
    description:
      'The properties of one thing that you may read, by namespace and name. None if there is no such thing, or it is not yours to see.',
    args: { target: t.arg({ type: PropertyTargetInput, required: true, description: 'Of what.' }) },
    resolve: (_root, { target }, context) => context.propertyValues.of(viewerOf(context), context.loaded, target),
  }),
)

const chatId =
  'Of a THREAD: the chat that it is a part of, which webhooks name and filters look at. Left out: webhooks carry no `chat_id`, and for filters the chat is one without properties.'

const propertiesPayload: PayloadOptions<PropertyValue[]> = {
  description: 'What the target has now, or what was wrong with the input.',
  fields: (t) => ({
    properties: t.field({
      type: [PropertyValueRef],
      description: 'All of the target that you may read, as they are now; empty on failure.',
      resolve: ({ result }) => result ?? [],
    }),
  }),
}

mutation('setProperties', {
  ...requires(propertyPolicy.write),
  description:
    'Sets properties that you may write, all or nothing. What changes of a chat or thread reaches bot agents as CHAT_PROPERTIES_UPDATED or CHAT_THREAD_PROPERTIES_UPDATED, in the same commit.',
  input: {
    description: 'Properties, all or nothing.',
    fields: (t) => ({
      target: t.field({ type: PropertyTargetInput, required: true, description: 'What is to have them.' }),
      properties: t.field({
        type: 'JSON',
        required: true,
        description: 'Up to 100, flat: `{"namespace": {"name": value}}`. What is left out stays as it is.',
      }),
      chatId: t.id({ description: chatId }),
    }),
  },
  run: (input, context) => context.propertyValues.set(actorOf(context), input),
  payload: propertiesPayload,
})

mutation('deleteProperties', {
  ...requires(propertyPolicy.write),
  description:
    'Takes properties away that you may write, all or nothing. What a chat or thread had reaches bot agents as CHAT_PROPERTIES_DELETED or CHAT_THREAD_PROPERTIES_DELETED, in the same commit.',
  input: {
    description: 'Properties, all or nothing.',
    fields: (t) => ({
      target: t.field({ type: PropertyTargetInput, required: true, description: 'What has them.' }),
      properties: t.field({
        type: 'JSON',
        required: true,
        description: 'Up to 100 names: `{"namespace": ["name"]}`. What it does not have stays away.',
      }),
      chatId: t.id({ description: chatId }),
    }),
  },
  run: (input, context) => context.propertyValues.delete(actorOf(context), input),
  payload: propertiesPayload,
})
