import { newId } from './event-input.ts'
import type { PublishChatEventInput } from './try.operations.ts'

type Event = Omit<PublishChatEventInput, 'idempotencyKey'>

interface User {
  readonly id: string
  readonly name: string
  readonly type: 'agent' | 'customer'
}

export const writers = {
  customer: { id: 'anna@customer.example', name: 'Anna', type: 'customer' },
  agent: { id: 'tom@shop.example', name: 'Tom', type: 'agent' },
} as const satisfies Record<string, User>

export type Writer = keyof typeof writers
export type Source = 'website' | 'facebook'

/** A chat of the playground, and the events that the chat platform would report of it. */
export interface Conversation {
  readonly chatId: string
  readonly source: Source
  start(text: string): Event
  message(writer: Writer, text: string): Event
  join(): Event
  tag(tag: string): Event
  close(): Event
}

export function newConversation(source: Source): Conversation {
  const [chatId, threadId] = [newId(), newId()]
  const place = { chat_id: chatId, thread_id: threadId }
  const properties = { source: { type: source } }
  let agentIds: string[] = []
  let order = 0
  const chat = () => ({ id: chatId, threadId, properties, groupIds: [0], agentIds })
  const written = (by: User, text: string) => {
    order += 1
    const timestamp = Math.floor(Date.now() / 1_000)
    return { id: `${threadId}_${order}`, order, author_id: by.id, timestamp, type: 'message', text }
  }
  return {
    chatId,
    source,
    start(text) {
      const events = [written(writers.customer, text)]
      const data = { chat: { id: chatId, users: [writers.customer], properties, thread: { id: threadId, events } } }
      return { action: 'INCOMING_CHAT_THREAD', chat: chat(), data }
    },
    message: (writer, text) => ({
      action: 'INCOMING_EVENT',
      authorType: writer === 'agent' ? 'AGENT' : 'CUSTOMER',
      chat: chat(),
      data: { ...place, event: written(writers[writer], text) },
    }),
    join() {
      agentIds = [writers.agent.id]
      return { action: 'CHAT_USER_ADDED', chat: chat(), data: { ...place, user: writers.agent, user_type: 'agent' } }
    },
    tag: (tag) => ({ action: 'CHAT_THREAD_TAGGED', chat: chat(), data: { ...place, tag } }),
    close: () => ({ action: 'THREAD_CLOSED', chat: chat(), data: { ...place, user_id: writers.agent.id } }),
  }
}
