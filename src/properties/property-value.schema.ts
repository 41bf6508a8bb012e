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
  description: 'The kind of an object that has properties.',
  values: {
    LICENSE: { description: 'The license itself. It has no id.' },
    GROUP: { description: 'A group. Its id is its number.' },
    BOT_AGENT: { description: 'A bot agent that you may see. Its properties are removed with it.' },
    CHAT: { description: 'A chat. Filters of webhooks use its properties.' },
    THREAD: { description: 'A thread of a chat.' },
    EVENT: { description: 'An event of a thread.' },
  } satisfies Record<PropertyLocation, object>,
})

const PropertyTargetInput = builder.inputType('PropertyTargetInput', {
  description: 'The object that has the properties.',
  fields: (t) => ({
    location: t.field({ type: PropertyLocationRef, required: true, description: 'The kind of object.' }),
    id: t.id({
      description:
        'The id of the object: omitted for LICENSE, a number for GROUP, the id of a bot agent for BOT_AGENT, and the platform’s id of 1 to 255 characters for the others.',
    }),
  }),
})

const PropertyValueRef = builder.objectRef<PropertyValue>('PropertyValue').implement({
  description: 'A property of an object.',
  fields: (t) => ({
    namespace: t.exposeString('namespace', { description: 'The namespace of the property.' }),
    name: t.exposeString('name', { description: 'The name of the property.' }),
    value: t.field({
      type: 'JSON',
      resolve: ({ value }, _args, { loaded }) => {
        loaded.spend(sizeOf(value))
        return value
      },
      description: 'The value: a number, a boolean or a string, depending on the definition.',
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
    description: 'The properties of the bot agent that you may read, sorted by namespace and name.',
    resolve: ({ id }, _args, context) => ofBotAgent(context).load(id),
  }),
)

builder.queryField('properties', (t) =>
  t.field({
    ...requires(propertyPolicy.read),
    type: [PropertyValueRef],
    description:
      'The properties of an object that you may read, sorted by namespace and name. Empty if the object does not exist or you may not see it.',
    args: { target: t.arg({ type: PropertyTargetInput, required: true, description: 'The object.' }) },
    resolve: (_root, { target }, context) => context.propertyValues.of(viewerOf(context), context.loaded, target),
  }),
)

const chatId =
  'For a THREAD: the chat that it belongs to. Webhooks carry its id, and filters use its properties. If omitted, webhooks have no `chat_id`, and filters treat the chat as one without properties.'

const propertiesPayload: PayloadOptions<PropertyValue[]> = {
  description: 'The properties of the target, or what is wrong with the input.',
  fields: (t) => ({
    properties: t.field({
      type: [PropertyValueRef],
      description: 'All properties of the target that you may read, as they are now; empty on failure.',
      resolve: ({ result }) => result ?? [],
    }),
  }),
}

mutation('setProperties', {
  ...requires(propertyPolicy.write),
  description:
    'Sets properties of an object. If one of them is not valid, none are set. Changes to a chat or thread trigger CHAT_PROPERTIES_UPDATED or CHAT_THREAD_PROPERTIES_UPDATED in the same commit.',
  input: {
    description: 'The properties to set.',
    fields: (t) => ({
      target: t.field({
        type: PropertyTargetInput,
        required: true,
        description: 'The object that gets the properties.',
      }),
      properties: t.field({
        type: 'JSON',
        required: true,
        description: 'Up to 100 properties: `{"namespace": {"name": value}}`. Other properties keep their values.',
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
    'Deletes properties of an object. If one of them is not valid, none are deleted. Changes to a chat or thread trigger CHAT_PROPERTIES_DELETED or CHAT_THREAD_PROPERTIES_DELETED in the same commit.',
  input: {
    description: 'The properties to delete.',
    fields: (t) => ({
      target: t.field({
        type: PropertyTargetInput,
        required: true,
        description: 'The object that has the properties.',
      }),
      properties: t.field({
        type: 'JSON',
        required: true,
        description:
          'Up to 100 names: `{"namespace": ["name"]}`. Properties that the object does not have are ignored.',
      }),
      chatId: t.id({ description: chatId }),
    }),
  },
  run: (input, context) => context.propertyValues.delete(actorOf(context), input),
  payload: propertiesPayload,
})
