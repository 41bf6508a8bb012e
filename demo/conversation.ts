import { randomBytes } from 'node:crypto'

/** A step of the demo: a chat event, or a status change of the Facebook bot. */
export type Step = { readonly says: string } & (
  | { /** The input of publishChatEvent. */ readonly event: object }
  | { readonly status: 'ACCEPTING_CHATS' | 'NOT_ACCEPTING_CHATS' }
)

const visitors = [
  {
    name: 'Anna',
    source: 'facebook',
    hello: 'Hello, is anybody there?',
    topic: 'Where is my parcel?',
    detail: 'It is number 4711.',
    answer: 'It will be with you tomorrow.',
    tag: 'delivery',
  },
  {
    name: 'Ben',
    source: 'website',
    hello: 'Hi! My order came broken.',
    topic: 'Something is broken',
    detail: 'The blue cup.',
    answer: 'I will send you a new one today.',
    tag: 'complaint',
  },
  {
    name: 'Łucja',
    source: 'facebook',
    hello: 'Do you ship to Kraków?',
    topic: 'Shipping',
    detail: 'Two boxes, please.',
    answer: 'Yes, it takes three days.',
    tag: 'sales',
  },
] as const

interface User {
  readonly id: string
  readonly name: string
  readonly type: 'agent' | 'customer'
}

const tom: User = { id: 'tom@shop.example', name: 'Tom', type: 'agent' }

/** One chat from start to end, step by step. The visitors take turns: `round` counts from 1. */
export function* conversation(round: number): Generator<Step> {
  const { name, source, hello, topic, detail, answer, tag } = visitors[(round - 1) % visitors.length] ?? visitors[0]
  const customer: User = { id: `${name}@customer.example`, name, type: 'customer' }
  const chat_id = newId()
  const thread_id = newId()
  const place = { chat_id, thread_id }
  const properties = { source: { type: source } }
  const chat = { id: chat_id, threadId: thread_id, properties, groupIds: [0], agentIds: [tom.id] }

  let order = 0
  const written = (by: User, content: object) => {
    order += 1
    const timestamp = Math.floor(Date.now() / 1_000)
    return { id: `${thread_id}_${order}`, order, author_id: by.id, timestamp, ...content }
  }
  const message = (by: User, text: string): Step => ({
    says: `${by.name} writes “${text}”`,
    event: {
      action: 'INCOMING_EVENT',
      authorType: by.type.toUpperCase(),
      chat,
      data: { ...place, event: written(by, { type: 'message', text }) },
    },
  })

  const first = written(customer, { type: 'message', text: hello })
  yield {
    says: `${name} starts a chat from ${source}: “${hello}”`,
    event: {
      action: 'INCOMING_CHAT_THREAD',
      chat: { ...chat, agentIds: [] },
      data: { chat: { id: chat_id, users: [customer], properties, thread: { id: thread_id, events: [first] } } },
    },
  }
  yield {
    says: 'Tom, an agent, joins',
    event: { action: 'CHAT_USER_ADDED', chat, data: { ...place, user: tom, user_type: 'agent' } },
  }
  const question = written(tom, {
    type: 'rich_message',
    text: 'What is it about?',
    elements: [{ buttons: visitors.map(({ topic, tag }) => ({ text: topic, postback_id: tag })) }],
  })
  yield {
    says: 'Tom asks “What is it about?”, with buttons to choose from',
    event: { action: 'INCOMING_EVENT', authorType: 'AGENT', chat, data: { ...place, event: question } },
  }
  yield {
    says: `${name} presses “${topic}”`,
    event: {
      action: 'INCOMING_RICH_MESSAGE_POSTBACK',
      chat,
      data: { ...place, user_id: customer.id, event_id: question.id, postback: { id: tag, toggled: true } },
    },
  }
  yield message(customer, detail)
  yield message(tom, answer)
  yield message(customer, 'Thank you!')
  yield {
    says: `Tom tags the thread “${tag}”`,
    event: { action: 'CHAT_THREAD_TAGGED', chat, data: { ...place, tag } },
  }
  yield {
    says: 'Tom closes the thread',
    event: { action: 'THREAD_CLOSED', chat, data: { ...place, user_id: tom.id } },
  }
  yield round % 2 === 1
    ? { says: 'The Facebook bot takes a break', status: 'NOT_ACCEPTING_CHATS' }
    : { says: 'The Facebook bot takes chats again', status: 'ACCEPTING_CHATS' }
}

/** In the form of the platform's own ids: PJ0MRSHTDG. */
function newId(): string {
  return randomBytes(5).toString('hex').toUpperCase()
}
