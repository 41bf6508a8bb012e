import { z } from 'zod'
import {
  type AdditionalData,
  type WebhookAction,
  webhookActionNames,
  webhookActions,
} from '../webhooks/webhook-action.ts'
import type { KnownChat } from './additional-data.ts'
import { dataShapes } from './chat-event-data.ts'

/** An action as the catalogue shows it. */
export interface CataloguedAction {
  readonly name: WebhookAction
  readonly description: string
  /** By their names in GraphQL. */
  readonly filters: readonly string[]
  readonly additionalData: readonly AdditionalData[]
  /** JSON Schema 2020-12 of `data`. */
  readonly dataSchema: object
  /** `data` that fits the schema. */
  readonly example: object
}

const chat_id = 'PJ0MRSHTDG'
const thread_id = 'PGDGHT5G'
const customer = 'b7eff798-f8df-4364-8059-649c35c9ed0c'
const agent_id = '5c9871d5372c824cbf22d860a707a578'
const message = {
  id: `${thread_id}_1`,
  custom_id: '31-0C-1C-07-DB-16',
  order: 1,
  type: 'message',
  author_id: customer,
  timestamp: 1_795_694_400,
  text: 'Hello, where is my order?',
  recipients: 'all',
  properties: {},
}
const changed = { source: { type: { value: 'facebook' } } }
const deleted = { source: ['type'] }

/** The chat of the examples, for their additional data. */
export const exampleChat: KnownChat = {
  threadId: thread_id,
  properties: { source: { type: 'facebook' } },
  groupIds: [0],
}

const OF_SCHEMA =
  'Required fields have the types that are given here. Optional fields without a type are as the platform reports them, and there may be others.'

const described: Record<WebhookAction, { description: string; example: object }> = {
  INCOMING_CHAT_THREAD: {
    description: 'A chat has begun, or a new thread in one that exists.',
    example: {
      chat: {
        id: chat_id,
        users: [{ id: customer, type: 'customer', name: 'Ada' }],
        properties: changed,
        thread: { id: thread_id, events: [message] },
      },
    },
  },
  INCOMING_EVENT: {
    description: 'Somebody has written in a chat: a customer, an agent or a bot agent.',
    example: { chat_id, thread_id, event: message },
  },
  INCOMING_RICH_MESSAGE_POSTBACK: {
    description: 'A customer has pressed a button of a rich message.',
    example: {
      user_id: customer,
      chat_id,
      thread_id,
      event_id: `${thread_id}_2`,
      postback: { id: 'track', toggled: true },
    },
  },
  LAST_SEEN_TIMESTAMP_UPDATED: {
    description: 'A user has seen the events of a chat up to a certain time.',
    example: { user_id: customer, chat_id, timestamp: 1_795_694_460 },
  },
  THREAD_CLOSED: {
    description: 'A thread was closed.',
    example: { chat_id, thread_id, user_id: customer },
  },
  CHAT_PROPERTIES_UPDATED: {
    description: 'Properties of a chat were set.',
    example: { chat_id, properties: changed },
  },
  CHAT_PROPERTIES_DELETED: {
    description: 'Properties of a chat were deleted.',
    example: { chat_id, properties: deleted },
  },
  CHAT_THREAD_PROPERTIES_UPDATED: {
    description: 'Properties of a thread were set.',
    example: { chat_id, thread_id, properties: changed },
  },
  CHAT_THREAD_PROPERTIES_DELETED: {
    description: 'Properties of a thread were deleted.',
    example: { chat_id, thread_id, properties: deleted },
  },
  CHAT_USER_ADDED: {
    description: 'An agent or a customer has joined a chat.',
    example: { chat_id, thread_id, user: { id: agent_id, name: 'Ada' }, user_type: 'agent' },
  },
  CHAT_USER_REMOVED: {
    description: 'An agent or a customer has left a chat.',
    example: { chat_id, thread_id, user_id: agent_id, user_type: 'agent' },
  },
  CHAT_THREAD_TAGGED: {
    description: 'A thread was given a tag.',
    example: { chat_id, thread_id, tag: 'order' },
  },
  CHAT_THREAD_UNTAGGED: {
    description: 'A tag was taken from a thread.',
    example: { chat_id, thread_id, tag: 'order' },
  },
  AGENT_STATUS_CHANGED: {
    description: 'The status of another bot agent of the license has changed.',
    example: { agent_id, status: 'accepting chats' },
  },
  AGENT_DELETED: {
    description: 'Another bot agent of the license was removed.',
    example: { agent_id },
  },
}

/** Everything that a bot agent can listen to. */
export const webhookCatalogue: readonly CataloguedAction[] = webhookActionNames.map((name) => ({
  name,
  ...webhookActions[name],
  ...described[name],
  dataSchema: z.toJSONSchema(dataShapes[name].describe(OF_SCHEMA), { io: 'input' }),
}))

/** @returns the JSON text of the example of an action */
export function exampleDataOf(action: WebhookAction): string {
  return JSON.stringify(described[action].example)
}
