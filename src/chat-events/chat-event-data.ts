import { z } from 'zod'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

/** A field that nobody checks, so the catalogue of actions shows no type: the platform may report anything there. */
const told = (description: string) => z.unknown().describe(description).optional()

const id = z
  .string(must('be a string'))
  .refine((given) => given !== '', 'must not be empty')
  .meta({ minLength: 1 })
const chatId = id.describe('The id of the chat.')
const threadId = id.describe('The id of the thread.')
const properties = z.record(z.string(), object({}), must('be an object'))
const changedProperties = properties.meta({
  description:
    'The properties that were set, by namespace and name: `{"source": {"type": {"value": "facebook"}}}`. Those that are reported flat are nested.',
})
const propertyNames = z
  .record(z.string(), z.array(z.string(must('be a string')), must('be a list')), must('be an object'))
  .describe('The names of the properties that were deleted, by namespace.')
const userType = z.enum(['agent', 'customer'], must('be agent or customer')).describe('The kind of the user.')
const userId = id.describe('The id of the user.')
const tag = id.describe('The tag.')

/**
 * The actions that the chat platform reports, each with the shape of its `data`. Specification: What `data` holds.
 *
 * The fields named there are required. Of `chat`, `event`, `user` and `postback` only the id is: their other fields depend on the kind
 * of event or user. Unknown fields are accepted.
 */
export const chatDataShapes = {
  INCOMING_CHAT_THREAD: object({
    chat: object({
      id: chatId,
      users: z.array(object({}), must('be a list')).nullish().describe('The participants.'),
      properties: properties.nullish().describe('The properties of the chat.'),
      thread: object({
        id: threadId.nullish(),
        events: z.array(object({}), must('be a list')).nullish().describe('The first events of the thread.'),
      }),
    }),
  }),
  INCOMING_EVENT: object({
    chat_id: chatId,
    thread_id: threadId,
    event: object({
      id: id.describe('The id of the event.'),
      custom_id: told('The id that its author gave it.'),
      order: told('Its place in the thread.'),
      type: told('The kind of the event, such as `message`.'),
      author_id: told('The id of its author.'),
      timestamp: told('When it was written, in seconds since 1970.'),
      text: told('The text of a message.'),
      recipients: told('Who can see it, such as `all`.'),
      properties: told('The properties of the event.'),
    }),
  }),
  INCOMING_RICH_MESSAGE_POSTBACK: object({
    user_id: userId,
    chat_id: chatId,
    thread_id: threadId,
    event_id: id.describe('The id of the rich message.'),
    postback: object({
      id: id.describe('The id of the button.'),
      toggled: z.boolean(must('be true or false')).nullish().describe('Whether the button is on.'),
    }),
  }),
  LAST_SEEN_TIMESTAMP_UPDATED: object({
    user_id: userId,
    chat_id: chatId,
    timestamp: z
      .union([z.number(), z.string().min(1)], must('be a number or a string'))
      .describe('Up to when the user has seen the chat.'),
  }),
  THREAD_CLOSED: object({
    chat_id: chatId,
    thread_id: threadId,
    user_id: z.string(must('be a string')).nullish().describe('Who closed it. Absent if the router did.'),
  }),
  CHAT_PROPERTIES_UPDATED: object({ chat_id: chatId, properties: changedProperties }),
  CHAT_PROPERTIES_DELETED: object({ chat_id: chatId, properties: propertyNames }),
  CHAT_THREAD_PROPERTIES_UPDATED: object({ chat_id: chatId, thread_id: threadId, properties: changedProperties }),
  CHAT_THREAD_PROPERTIES_DELETED: object({ chat_id: chatId, thread_id: threadId, properties: propertyNames }),
  CHAT_USER_ADDED: object({
    chat_id: chatId,
    thread_id: threadId,
    user: object({ id: userId, name: told('The name of the user.') }),
    user_type: userType,
  }),
  CHAT_USER_REMOVED: object({ chat_id: chatId, thread_id: threadId.nullish(), user_id: userId, user_type: userType }),
  CHAT_THREAD_TAGGED: object({ chat_id: chatId, thread_id: threadId, tag }),
  CHAT_THREAD_UNTAGGED: object({ chat_id: chatId, thread_id: threadId, tag }),
} satisfies Partial<Record<WebhookAction, z.ZodType>>

const agentId = id.describe('The id of the bot agent.')

/** The shapes of `data` of all actions. Of the last two the gateway itself writes it. */
export const dataShapes: Record<WebhookAction, z.ZodType> = {
  ...chatDataShapes,
  AGENT_STATUS_CHANGED: object({
    agent_id: agentId,
    status: z
      .enum(['accepting chats', 'not accepting chats', 'offline'], must('be a status'))
      .describe('Its status now.'),
  }),
  AGENT_DELETED: object({ agent_id: agentId }),
}

function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.looseObject(shape, must('be an object'))
}

function must(be: string) {
  return { error: ({ input }: { input?: unknown }) => (input === undefined ? 'is required' : `must ${be}`) }
}
