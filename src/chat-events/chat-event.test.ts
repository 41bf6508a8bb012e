import { describe, expect, it } from 'vitest'
import { UserErrors, validate } from '../contract/user-error.ts'
import { webhookActionNames } from '../webhooks/webhook-action.ts'
import {
  authorIdOf,
  type ChatAction,
  chatIdOf,
  isChatAction,
  publishChatEventRules,
  writtenData,
} from './chat-event.ts'

const chatId = 'PJ0MRSHTDG'
const threadId = 'K600PKZON8'
const inThread = { chat_id: chatId, thread_id: threadId }
const message = {
  id: 'K600PKZON8_1',
  custom_id: '31-0C-1C-07-DB-16',
  order: 1,
  type: 'message',
  author_id: 'b7eff798-f8df-4364-8059-649c35c9ed0c',
  timestamp: 1473433500,
  text: 'Hello',
  recipients: 'all',
  properties: { source: { lang: { value: 'en' } } },
}

/** What the `data` of an action contains: which fields are required, and which are optional but must be valid. */
interface Shape {
  sample: object
  required: [path: string, wrong: unknown, message: string][]
  optional?: [path: string, wrong: unknown, message: string][]
}

const chatIdRule: Shape['required'][number] = ['chat_id', 7, 'must be a string']
const threadIdRule: Shape['required'][number] = ['thread_id', [], 'must be a string']
const ofThread = [chatIdRule, threadIdRule]
const userTypeRule: Shape['required'][number] = ['user_type', 'bot', 'must be agent or customer']
const propertiesRule: Shape['required'][number] = ['properties', [], 'must be an object']
const changed = { source: { type: { value: 'facebook' } } }
const deleted = { source: ['type'] }
const tagged: Shape = { sample: { ...inThread, tag: 'bug' }, required: [...ofThread, ['tag', 1, 'must be a string']] }

const shapes: Record<ChatAction, Shape> = {
  INCOMING_CHAT_THREAD: {
    sample: {
      chat: {
        id: chatId,
        users: [{ id: 'a', type: 'customer' }],
        properties: changed,
        thread: { id: threadId, events: [message] },
      },
    },
    required: [
      ['chat', 'x', 'must be an object'],
      ['chat.id', 7, 'must be a string'],
      ['chat.thread', null, 'must be an object'],
    ],
    optional: [
      ['chat.users', {}, 'must be a list'],
      ['chat.properties', [], 'must be an object'],
      ['chat.thread.id', 7, 'must be a string'],
      ['chat.thread.events', {}, 'must be a list'],
    ],
  },
  INCOMING_EVENT: {
    sample: { ...inThread, event: message },
    required: [...ofThread, ['event', [message], 'must be an object'], ['event.id', '', 'must not be empty']],
  },
  INCOMING_RICH_MESSAGE_POSTBACK: {
    sample: { user_id: 'a', ...inThread, event_id: message.id, postback: { id: 'action_yes', toggled: true } },
    required: [
      ['user_id', true, 'must be a string'],
      ...ofThread,
      ['event_id', 1, 'must be a string'],
      ['postback', 'action_yes', 'must be an object'],
      ['postback.id', null, 'must be a string'],
    ],
    optional: [['postback.toggled', 'yes', 'must be true or false']],
  },
  LAST_SEEN_TIMESTAMP_UPDATED: {
    sample: { user_id: 'a', chat_id: chatId, timestamp: 1473433500 },
    required: [['user_id', 1, 'must be a string'], chatIdRule, ['timestamp', true, 'must be a number or a string']],
  },
  THREAD_CLOSED: {
    sample: { ...inThread, user_id: 'a' },
    required: ofThread,
    optional: [['user_id', 7, 'must be a string']],
  },
  CHAT_PROPERTIES_UPDATED: {
    sample: { chat_id: chatId, properties: changed },
    required: [chatIdRule, propertiesRule],
  },
  CHAT_PROPERTIES_DELETED: {
    sample: { chat_id: chatId, properties: deleted },
    required: [chatIdRule, propertiesRule],
  },
  CHAT_THREAD_PROPERTIES_UPDATED: {
    sample: { ...inThread, properties: changed },
    required: [...ofThread, propertiesRule],
  },
  CHAT_THREAD_PROPERTIES_DELETED: {
    sample: { ...inThread, properties: deleted },
    required: [...ofThread, propertiesRule],
  },
  CHAT_USER_ADDED: {
    sample: { ...inThread, user: { id: 'a', name: 'John Doe' }, user_type: 'agent' },
    required: [...ofThread, ['user', 'a', 'must be an object'], ['user.id', 7, 'must be a string'], userTypeRule],
  },
  CHAT_USER_REMOVED: {
    sample: { ...inThread, user_id: 'a', user_type: 'customer' },
    required: [chatIdRule, ['user_id', {}, 'must be a string'], userTypeRule],
    optional: [threadIdRule],
  },
  CHAT_THREAD_TAGGED: tagged,
  CHAT_THREAD_UNTAGGED: tagged,
}

function publish(input: object) {
  return validate(publishChatEventRules, { action: 'THREAD_CLOSED', data: inThread, authorType: 'AGENT', ...input })
}

function broken(input: object): string[] {
  try {
    publish(input)
    return []
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error
    return error.errors.map(({ message }) => message)
  }
}

describe('the data of', () => {
  for (const [action, { sample, required, optional = [] }] of Object.entries(shapes)) {
    describe(action, () => {
      it('is returned as it was given, including further fields', () => {
        for (const data of [sample, { ...sample, new_field: { deep: [1, null] } }]) {
          expect(publish({ action, data }).data).toBe(data)
        }
      })

      for (const [path, wrong, message] of required) {
        it(`needs ${path}`, () => {
          expect(broken({ action, data: changedAt(sample, path) })).toEqual([`\`data.${path}\` is required.`])
          expect(broken({ action, data: changedAt(sample, path, wrong) })).toEqual([`\`data.${path}\` ${message}.`])
        })
      }

      for (const [path, wrong, message] of optional) {
        it(`may omit ${path}`, () => {
          expect(broken({ action, data: changedAt(sample, path) })).toEqual([])
          expect(broken({ action, data: changedAt(sample, path, null) })).toEqual([])
          expect(broken({ action, data: changedAt(sample, path, wrong) })).toEqual([`\`data.${path}\` ${message}.`])
        })
      }
    })
  }

  for (const action of ['CHAT_PROPERTIES_DELETED', 'CHAT_THREAD_PROPERTIES_DELETED']) {
    it(`${action} names the properties of each namespace`, () => {
      const properties = { source: 'type', test: ['a', 1] }
      expect(broken({ action, data: { ...inThread, properties } })).toEqual([
        '`data.properties.source` must be a list.',
        '`data.properties.test.1` must be a string.',
      ])
    })
  }

  it('an event needs only its id, because not every type of event has the rest', () => {
    expect(broken({ action: 'INCOMING_EVENT', data: { ...inThread, event: { id: 'a' } } })).toEqual([])
  })

  it('the data of any action is an object', () => {
    for (const data of [[], 'x', 7, null]) expect(broken({ data })).toContain('`data` must be an object.')
  })

  it('the data of any action keeps keys with a special meaning in JavaScript', () => {
    const data = JSON.parse(`{"__proto__": {"a": 1}, "constructor": 2, "chat_id": "c", "thread_id": "t"}`)
    expect(JSON.stringify(publish({ data }).data)).toBe(JSON.stringify(data))
  })
})

describe('an action', () => {
  it('is one that the chat platform reports', () => {
    expect(webhookActionNames.filter(isChatAction)).toEqual(Object.keys(shapes))
    for (const action of ['AGENT_STATUS_CHANGED', 'AGENT_DELETED']) {
      expect(broken({ action })).toEqual([`\`action\` cannot be ${action}, which only the gateway raises.`])
    }
  })

  it('needs the type of the author if it is INCOMING_EVENT', () => {
    const event = { action: 'INCOMING_EVENT', data: shapes.INCOMING_EVENT.sample }
    for (const authorType of [null, undefined]) {
      expect(broken({ ...event, authorType })).toEqual(['`authorType` is required for INCOMING_EVENT.'])
      expect(broken({ authorType })).toEqual([])
    }
    expect(publish({ ...event, authorType: 'CUSTOMER' }).authorType).toBe('CUSTOMER')
  })

  it('has the author that is reported, or else the one in its data, or none', () => {
    const by = (author_id: unknown) => ({ event: { id: 'e', author_id } })
    expect(authorIdOf('reported', by('bot'))).toBe('reported')
    expect(authorIdOf(null, by('bot'))).toBe('bot')
    for (const data of [by(7), by(undefined), {}, { event: 'e' }]) expect(authorIdOf(null, data)).toBeNull()
    expect(broken({ authorId: '' })).toEqual(['`authorId` must be 1 to 255 characters long; it has 0.'])
  })
})

describe('JSON that can be stored and sent', () => {
  const withText = (text: unknown) => ({ data: { ...inThread, a: [{ text }] } })
  const storable = 'well-formed Unicode without the character U+0000'

  for (const [name, text] of [
    ['NUL', 'a\0b'],
    ['lone surrogate', '\ud800'],
  ] as const) {
    it(`must not contain a ${name} anywhere`, () => {
      expect(broken(withText(text))).toEqual([`\`data.a.0.text\` must be ${storable}.`])
      expect(broken(withText({ [text]: 1 }))).toEqual([`\`data.a.0.text\` must have names that are ${storable}.`])
      expect(broken({ chat: { id: 'c', properties: { a: { b: text } } } })).toEqual([
        `\`chat.properties.a.b\` must be ${storable}.`,
      ])
    })
  }

  it('may contain emoji', () => {
    expect(broken(withText('😀'))).toEqual([])
  })

  it('must not contain numbers that JSON cannot represent', () => {
    expect(broken(withText(JSON.parse('1e400')))).toEqual(['`data.a.0.text` must be a smaller number.'])
  })

  it('is at most 256 KiB', () => {
    const rest = Buffer.byteLength(JSON.stringify(withText('').data))
    const most = (256 * 1_024 - rest) / 2
    expect(broken(withText('é'.repeat(Math.floor(most))))).toEqual([])
    expect(broken(withText('é'.repeat(Math.floor(most) + 1)))).toEqual([
      expect.stringMatching(/^`data` must be at most 256 KiB \(262144 bytes\) of JSON; it has 26214[56]\.$/),
    ])
  })

  it('is nested at most 64 levels deep', () => {
    const nested = (levels: number) => ({ ...inThread, a: JSON.parse('['.repeat(levels) + ']'.repeat(levels)) })
    expect(broken({ data: nested(63) })).toEqual([])
    for (const levels of [64, 100_000]) {
      expect(broken({ data: nested(levels) })).toEqual(['`data` must not be nested more than 64 levels deep.'])
    }
  })
})

describe('the chat of an event', () => {
  const of = (chat: object) => broken({ chat: { id: 'c', ...chat } })

  it('can be omitted, or be incomplete', () => {
    expect(publish({}).chat).toBeNull()
    const unknown = { id: 'c', threadId: null, properties: null, agentIds: [], groupIds: null }
    expect(publish({ chat: { id: 'c' } }).chat).toEqual(unknown)
    const nulls = { threadId: null, properties: null, agentIds: null, groupIds: null }
    expect(publish({ chat: { id: 'c', ...nulls } }).chat).toEqual(unknown)
  })

  it('is returned as it was given', () => {
    const properties = JSON.parse('{"source": {"type": "facebook", "__proto__": 1}, "test": {"a": -1, "b": false}}')
    const chat = { id: 'c', threadId: 't', properties, agentIds: ['a'], groupIds: [0, 7] }
    expect(publish({ chat }).chat).toEqual(chat)
    expect(publish({ chat }).chat?.properties).toBe(properties)
  })

  const many = (count: number) => Array.from({ length: count }, (_, index) => index)
  const limits: [name: string, good: object[], bad: object, message: string][] = [
    ['id', [{ id: 'x'.repeat(255) }], { id: '' }, '`chat.id` must be 1 to 255 characters long; it has 0.'],
    ['threadId', [{ threadId: 't' }], { threadId: '' }, '`chat.threadId` must be 1 to 255 characters long; it has 0.'],
    [
      'agentIds',
      [{ agentIds: many(1_000).map(String) }],
      { agentIds: many(1_001).map(String) },
      '`chat.agentIds` must have at most 1000 items; it has 1001.',
    ],
    [
      'groupIds',
      [{ groupIds: many(1_000) }],
      { groupIds: many(1_001) },
      '`chat.groupIds` must have at most 1000 items; it has 1001.',
    ],
    ['a group', [], { groupIds: [0, -1] }, '`chat.groupIds.1` must be from 0 to 2147483647; it is -1.'],
    ['properties', [{ properties: {} }], { properties: [] }, '`chat.properties` must be an object.'],
    [
      'a namespace',
      [{ properties: { source: {} } }],
      { properties: { source: 'facebook' } },
      '`chat.properties.source` must be an object, as in {"source": {"type": "facebook"}}.',
    ],
    ...[{ value: 'facebook' }, null, 1.5, ['a']].map((value): (typeof limits)[number] => [
      `a property, which is not ${JSON.stringify(value)}`,
      [],
      { properties: { source: { type: value } } },
      '`chat.properties.source.type` must be a string, a whole number or a boolean.',
    ]),
  ]
  for (const [name, good, bad, message] of limits) {
    it(`respects the limits of ${name}`, () => {
      for (const chat of good) expect(of(chat)).toEqual([])
      expect(of(bad)).toEqual([message])
    })
  }
})

it('an idempotency key is omitted, or has 1 to 255 characters', () => {
  expect(publish({}).idempotencyKey).toBeNull()
  expect(publish({ idempotencyKey: '😀'.repeat(255) }).idempotencyKey).toHaveLength(510)
  expect(broken({ idempotencyKey: '' })).toEqual(['`idempotencyKey` must be 1 to 255 characters long; it has 0.'])
})

it('everything that is wrong with an event is reported at once', () => {
  const wrong = {
    action: 'INCOMING_EVENT',
    data: { thread_id: 7, event: { text: '\0' } },
    authorType: null,
    idempotencyKey: '',
    chat: { id: '', groupIds: [-1], properties: { a: 1 } },
  }
  expect(broken(wrong).map((message) => message.split(' ')[0])).toEqual([
    '`data.event.text`',
    '`chat.id`',
    '`chat.properties.a`',
    '`chat.groupIds.0`',
    '`idempotencyKey`',
    '`data.chat_id`',
    '`data.thread_id`',
    '`data.event.id`',
    '`authorType`',
  ])
})

/** Returns a copy with another value at the path, or with the path removed. */
function changedAt(sample: object, path: string, ...value: [] | [unknown]): object {
  const copy = structuredClone(sample)
  const names = path.split('.')
  const last = names.pop() as string
  const parent = names.reduce(
    (inside, name) => inside[name] as Record<string, unknown>,
    copy as Record<string, unknown>,
  )
  if (value.length) parent[last] = value[0]
  else delete parent[last]
  return copy
}

describe('changed properties', () => {
  const written = (properties: string, action: ChatAction = 'CHAT_PROPERTIES_UPDATED') => {
    const text = `{"chat_id":"c", "event":{"properties":{"a":1}}, "properties":${properties}}`
    return writtenData(action, text, JSON.parse(text))
  }
  const nested = (properties: string) => `{"chat_id":"c","event":{"properties":{"a":1}},"properties":${properties}}`

  it('are nested, whether they are reported flat or nested, with all digits and in their order', () => {
    const mixed =
      '{"b": {"2": 1.0, "1": "x"}, "a": {"id": {"value": 12345678901234567890}, "none": null, "list": [1], "object": {"v": 1}}}'
    const expected =
      '{"b":{"2":{"value":1.0},"1":{"value":"x"}},"a":{"id":{"value":12345678901234567890},"none":{"value":null},"list":{"value":[1]},"object":{"value":{"v":1}}}}'
    for (const action of ['CHAT_PROPERTIES_UPDATED', 'CHAT_THREAD_PROPERTIES_UPDATED'] as const) {
      expect(written(mixed, action)).toBe(nested(expected))
      expect(written(expected, action)).toBe(nested(expected))
    }
    expect(written('{}')).toBe(nested('{}'))
  })

  it('are left as they are in events of other actions', () => {
    expect(written('{"a":{"b":1}}', 'THREAD_CLOSED')).toBe(nested('{"a":{"b":1}}'))
    expect(written('{"a":["b"]}', 'CHAT_PROPERTIES_DELETED')).toBe(nested('{"a":["b"]}'))
  })

  it('are limited to 256 KiB in the nested form', () => {
    const many = JSON.stringify({ a: Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [index, 1])) })
    expect(() => written(many)).toThrow('must be at most 256 KiB')
    expect(written(many, 'THREAD_CLOSED').length).toBeLessThan(256 * 1_024)
  })
})

it('an event belongs to the chat that is reported with it, or else to the one in its data', () => {
  expect(chatIdOf({ id: 'reported' }, { chat_id: 'c' })).toBe('reported')
  expect(chatIdOf(null, { chat_id: 'c' })).toBe('c')
  expect(chatIdOf(null, { chat: { id: 'c' } })).toBe('c')
  expect(chatIdOf(null, { chat_id: 'x'.repeat(256) })).toBeNull()
  expect(chatIdOf(null, {})).toBeNull()
})
