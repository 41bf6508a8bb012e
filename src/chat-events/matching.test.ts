import { describe, expect, it } from 'vitest'
import type { FilterName } from '../webhooks/webhook-action.ts'
import type { WebhookFilters } from '../webhooks/webhooks.ts'
import { type MatchedEvent, matches } from './matching.ts'

const bot = { clientId: 'my_client' }
const event: MatchedEvent = {
  action: 'INCOMING_EVENT',
  authorType: 'CUSTOMER',
  authorId: 'anna',
  chat: {
    properties: {
      source: { type: 'facebook', client_id: 'my_client' },
      test: { int: 1, zero: 0, yes: true, no: false, empty: '' },
    },
    agentIds: ['ada', 'bob'],
  },
}

function holds(filters: WebhookFilters | null | undefined, changes: Partial<MatchedEvent> = {}): boolean {
  const changed = { ...event, ...changes }
  return matches({ name: changed.action, filters, additionalData: [] }, changed, bot)
}

const property = (path: string, test: object): WebhookFilters => {
  const [namespace = '', name = ''] = path.split('.')
  return { chatProperties: [{ namespace, name, ...test }] }
}

it('without filters, every event of the action matches, and events of other actions do not', () => {
  for (const filters of [null, undefined, {}, { chatProperties: [] }]) expect(holds(filters)).toBe(true)
  expect(matches({ name: 'THREAD_CLOSED', filters: null, additionalData: [] }, event, bot)).toBe(false)
})

describe('a filter by property', () => {
  const cases: [path: string, test: object, expected: boolean][] = [
    ['source.type', { exists: true }, true],
    ['source.type', { exists: false }, false],
    ['source.other', { exists: true }, false],
    ['source.other', { exists: false }, true],
    ['other.type', { exists: true }, false],
    ['other.type', { exists: false }, true],
    ['test.no', { exists: true }, true],
    ['test.zero', { exists: true }, true],
    ['test.empty', { exists: false }, false],

    ['source.type', { values: ['facebook', 'twitter'] }, true],
    ['source.type', { values: ['twitter'] }, false],
    ['source.type', { values: ['Facebook'] }, false],
    ['source.other', { values: ['facebook'] }, false],
    ['other.type', { values: ['facebook'] }, false],
    ['test.int', { values: [1] }, true],
    ['test.int', { values: ['1'] }, false],
    ['test.int', { values: [true] }, false],
    ['test.yes', { values: [true] }, true],
    ['test.yes', { values: ['true', 1] }, false],
    ['test.no', { values: [false] }, true],
    ['test.zero', { values: [false, ''] }, false],
    ['test.empty', { values: [''] }, true],

    ['source.type', { excludeValues: ['facebook', 'twitter'] }, false],
    ['source.type', { excludeValues: ['twitter'] }, true],
    ['source.other', { excludeValues: ['facebook'] }, true],
    ['other.type', { excludeValues: ['facebook'] }, true],
    ['test.int', { excludeValues: ['1'] }, true],
    ['test.int', { excludeValues: [1] }, false],
    ['test.no', { excludeValues: [false] }, false],

    ['constructor.name', { exists: true }, false],
    ['__proto__.constructor', { exists: true }, false],
    ['source.constructor', { exists: true }, false],
    ['source.__proto__', { exists: false }, true],
    ['source.toString', { excludeValues: ['x'] }, true],
  ]
  for (const [path, test, expected] of cases) {
    it(`${path} ${JSON.stringify(test)} ${expected ? 'matches' : 'does not match'}`, () => {
      expect(holds(property(path, test))).toBe(expected)
      const nulls = { exists: null, values: null, excludeValues: null }
      expect(holds(property(path, { ...nulls, ...test }))).toBe(expected)
    })
  }

  it('finds properties that have the name of a built-in member of objects', () => {
    const properties = JSON.parse('{"__proto__": {"constructor": 1}, "constructor": {"__proto__": 2}}')
    const chat = { properties, agentIds: [] }
    expect(holds(property('__proto__.constructor', { values: [1] }), { chat })).toBe(true)
    expect(holds(property('constructor.__proto__', { values: [2] }), { chat })).toBe(true)
  })
})

describe('a filter by members', () => {
  const cases: [test: NonNullable<WebhookFilters['chatMemberIds']>, expected: boolean][] = [
    [{ agentsAny: ['bob'] }, true],
    [{ agentsAny: ['eve', 'ada'] }, true],
    [{ agentsAny: ['eve'] }, false],
    [{ agentsAny: ['ADA'] }, false],
    [{ agentsExclude: ['eve'] }, true],
    [{ agentsExclude: ['eve', 'ada'] }, false],
  ]
  for (const [test, expected] of cases) {
    it(`${JSON.stringify(test)} ${expected ? 'matches' : 'does not match'} if ada and bob are in the chat`, () => {
      expect(holds({ chatMemberIds: test })).toBe(expected)
      expect(holds({ chatMemberIds: { agentsAny: null, agentsExclude: null, ...test } })).toBe(expected)
    })
  }

  for (const action of ['AGENT_STATUS_CHANGED', 'AGENT_DELETED'] as const) {
    it(`has no effect on ${action}, which does not belong to a chat`, () => {
      for (const test of [{ agentsAny: ['eve'] }, { agentsExclude: ['eve'] }]) {
        expect(holds({ chatMemberIds: test }, { action, authorType: null, chat: null })).toBe(true)
      }
    })
  }
})

describe('a filter by author', () => {
  it('matches what that author wrote', () => {
    expect(holds({ authorType: 'CUSTOMER' })).toBe(true)
    expect(holds({ authorType: 'AGENT' })).toBe(false)
    expect(holds({ authorType: 'AGENT' }, { authorType: 'AGENT' })).toBe(true)
    expect(holds({ authorType: 'AGENT' }, { authorType: null })).toBe(false)
  })

  it('leaves out what these authors wrote, and nothing of which the author is not known', () => {
    const authorIds = { exclude: ['bot', 'other bot'] }
    expect(holds({ authorIds })).toBe(true)
    expect(holds({ authorIds }, { authorId: 'bot' })).toBe(false)
    expect(holds({ authorIds }, { authorId: 'other bot' })).toBe(false)
    expect(holds({ authorIds }, { authorId: 'Bot' })).toBe(true)
    expect(holds({ authorIds }, { authorId: null })).toBe(true)
  })
})

describe('the filter for one’s own chats', () => {
  const from = (source: Record<string, string>) => ({ chat: { properties: { source }, agentIds: [] } })

  it('matches chats that came from the application of the bot agent', () => {
    expect(holds({ onlyMyChats: true })).toBe(true)
    expect(holds({ onlyMyChats: true }, from({ client_id: 'other_client' }))).toBe(false)
    expect(holds({ onlyMyChats: true }, from({}))).toBe(false)
  })

  it('restricts nothing if it is false', () => {
    expect(holds({ onlyMyChats: false }, from({ client_id: 'other_client' }))).toBe(true)
  })
})

describe('a chat about which nothing is known', () => {
  const cases: [filters: WebhookFilters, expected: boolean][] = [
    [property('a.b', { exists: true }), false],
    [property('a.b', { exists: false }), true],
    [property('a.b', { values: [1] }), false],
    [property('a.b', { excludeValues: [1] }), true],
    [{ chatMemberIds: { agentsAny: ['ada'] } }, false],
    [{ chatMemberIds: { agentsExclude: ['ada'] } }, true],
    [{ onlyMyChats: true }, false],
    [{ onlyMyChats: false }, true],
    [{ authorType: 'CUSTOMER' }, true],
  ]
  for (const [filters, expected] of cases) {
    it(`${expected ? 'passes' : 'does not pass'} ${JSON.stringify(filters)}`, () => {
      expect(holds(filters, { chat: null })).toBe(expected)
    })
  }
})

describe('several filters', () => {
  const test = (path: string, is: object) => property(path, is).chatProperties?.[0] as ChatPropertyFilter
  type ChatPropertyFilter = NonNullable<WebhookFilters['chatProperties']>[number]

  /** For each kind of filter: some that match, and some that do not. */
  const choices: { [Name in FilterName]: { given: WebhookFilters[Name]; holds: boolean }[] } = {
    chatProperties: [
      { given: undefined, holds: true },
      { given: [test('source.type', { values: ['facebook'] }), test('test.int', { exists: true })], holds: true },
      { given: [test('source.type', { values: ['facebook'] }), test('test.int', { exists: false })], holds: false },
      { given: [test('source.type', { excludeValues: ['facebook'] }), test('a.b', { exists: false })], holds: false },
    ],
    chatMemberIds: [
      { given: undefined, holds: true },
      { given: { agentsAny: ['ada'] }, holds: true },
      { given: { agentsExclude: ['eve'] }, holds: true },
      { given: { agentsAny: ['eve'] }, holds: false },
      { given: { agentsExclude: ['ada'] }, holds: false },
    ],
    authorType: [
      { given: undefined, holds: true },
      { given: 'CUSTOMER', holds: true },
      { given: 'AGENT', holds: false },
    ],
    authorIds: [
      { given: undefined, holds: true },
      { given: { exclude: ['bot'] }, holds: true },
      { given: { exclude: ['bot', 'anna'] }, holds: false },
    ],
    onlyMyChats: [
      { given: undefined, holds: true },
      { given: false, holds: true },
      { given: true, holds: true },
    ],
  }

  const combinations = choices.chatProperties.flatMap((properties) =>
    choices.chatMemberIds.flatMap((members) =>
      choices.authorType.flatMap((author) =>
        choices.authorIds.flatMap((authors) =>
          choices.onlyMyChats.map((mine) => ({
            filters: {
              chatProperties: properties.given,
              chatMemberIds: members.given,
              authorType: author.given,
              authorIds: authors.given,
              onlyMyChats: mine.given,
            },
            parts: [properties, members, author, authors, mine],
          })),
        ),
      ),
    ),
  )

  it('match only if each of them does, in every combination', () => {
    expect(combinations).toHaveLength(4 * 5 * 3 * 3 * 3)
    for (const { filters, parts } of combinations) {
      expect(holds(filters), JSON.stringify(filters)).toBe(parts.every((part) => part.holds))
    }
  })

  it('do so for the chats of another application too', () => {
    const properties = { ...event.chat?.properties, source: { type: 'facebook', client_id: 'other_client' } }
    const chat = { properties, agentIds: ['ada', 'bob'] }
    for (const { filters, parts } of combinations) {
      const expected = !filters.onlyMyChats && parts.every((part) => part.holds)
      expect(holds(filters, { chat }), JSON.stringify(filters)).toBe(expected)
    }
  })
})
