import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WebhookFilters } from '../webhooks/webhooks.ts'
import type { ChatContext } from './chat-event.ts'
import { readableBy, type StoredProperties } from './chat-seen.ts'
import { explainMatch, type Reason } from './explaining.ts'
import { matches } from './matching.ts'
import { writeSeen } from './seen-event.ts'

const few = (...words: string[]) => fc.constantFrom(...words)
/** Some are so large that no event keeps them, or few of them. */
const value = fc.oneof(
  { arbitrary: few('facebook', '1', 'app', 'other'), weight: 4 },
  { arbitrary: fc.constantFrom(0, 1, true, false), weight: 4 },
  { arbitrary: fc.integer({ min: 1_000, max: 9_000 }).map((length) => 'x'.repeat(length)), weight: 1 },
)
/** A property is readable by all applications or by its owner alone, so no name is in both. */
const names = { shared: few('a', 'constructor', 'client_id'), owned: few('b', '__proto__') }
const name = fc.oneof(names.shared, names.owned)
const namespace = few('source', 'app', 'other', '__proto__')
const someOf = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 3 })
const agent = few('ada', 'bob', 'eve')
const test = fc.oneof(
  fc.record({ exists: fc.boolean() }),
  fc.record({ values: someOf(value) }),
  fc.record({ excludeValues: someOf(value) }),
)
const filters = fc.record(
  {
    chatProperties: fc.array(
      fc.tuple(namespace, name, test).map(([namespace, name, is]) => ({ namespace, name, ...is })),
      { maxLength: 3 },
    ),
    chatMemberIds: fc.oneof(fc.record({ agentsAny: someOf(agent) }), fc.record({ agentsExclude: someOf(agent) })),
    authorType: fc.constantFrom('AGENT' as const, 'CUSTOMER' as const),
    authorIds: fc.record({ exclude: someOf(agent) }),
    onlyMyChats: fc.boolean(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<WebhookFilters>
const propertiesWith = (name: fc.Arbitrary<string>) =>
  fc.dictionary(namespace, fc.dictionary(name, value, { noNullPrototype: true }), { noNullPrototype: true })
const properties = propertiesWith(name)
const owned = propertiesWith(names.owned)
const shared = propertiesWith(names.shared)
const stored = fc.record({ shared, owned })
const action = fc.constantFrom('INCOMING_EVENT' as const, 'THREAD_CLOSED' as const, 'AGENT_DELETED' as const)
const chats = fc.record({
  id: fc.constant('c'),
  threadId: fc.constant(null),
  properties: fc.option(properties),
  agentIds: fc.array(agent, { maxLength: 3 }),
  groupIds: fc.constant(null),
}) as fc.Arbitrary<ChatContext>
const authorType = fc.constantFrom('AGENT' as const, 'CUSTOMER' as const, null)
const authorId = fc.option(agent)

/** What an explanation says of something that was not kept. */
const cantTell = ({ message }: Reason) => message.includes('It can’t tell')
const matched = (reasons: readonly Reason[]) => reasons.every(({ held }) => held)

describe('an explanation', () => {
  it('says of every event and filter what the matcher decides, whoever asks: it has a reason that did not hold unless it matched or can’t tell', () => {
    fc.assert(
      fc.property(
        fc.record({ action, name: action, filters, chat: fc.option(chats), stored, authorType, authorId }),
        few('app', 'other'),
        few('app', 'other'),
        ({ action, name, filters, chat, stored, authorType, authorId }, clientId, viewer) => {
          const subscription = { name, filters, additionalData: [] }
          const seenBy = chat && { ...chat, properties: chat.properties ?? readableBy(stored, clientId).properties }
          const expected = matches(subscription, { action, authorType, authorId, chat: seenBy }, { clientId })
          const event = { action, seen: writeSeen({ authorType, authorId, chat }, stored) }
          const told = (viewer: string) => [...explainMatch(subscription, event, { clientId }, { clientId: viewer })]
          expect(Buffer.byteLength(event.seen)).toBeLessThanOrEqual(8 * 1_024)
          const isKnown = !told(clientId).some(cantTell)
          expect(matched(told(viewer))).toBe(isKnown && expected)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('tells another application nothing that depends on properties it may not read, besides whether the event matched', () => {
    fc.assert(
      fc.property(
        fc.record({ filters, chat: chats, shared, one: owned, two: owned, authorType }),
        ({ filters, chat, shared, one, two, authorType }) => {
          const subscription = { name: 'INCOMING_EVENT' as const, filters, additionalData: [] }
          const told = (owned: StoredProperties['owned']) => {
            const seen = writeSeen(
              { authorType, authorId: null, chat: { ...chat, properties: null } },
              { shared, owned },
            )
            const event = { action: 'INCOMING_EVENT' as const, seen }
            return [...explainMatch(subscription, event, { clientId: 'app' }, { clientId: 'stranger' })]
          }
          const [first, second] = [told(one), told(two)]
          if (matched(first) === matched(second)) expect(first).toEqual(second)
          // To whom nothing is hidden, the size of what others own makes no difference.
          expect(first.some(cantTell)).toBe(second.some(cantTell))
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

const chat: ChatContext = { id: 'c', threadId: null, properties: null, agentIds: ['ada'], groupIds: null }
const bot = { clientId: 'app' }

function explained(filters: WebhookFilters, given: Partial<ChatContext> = {}, stored?: StoredProperties) {
  const seen = writeSeen({ authorType: 'CUSTOMER', authorId: 'ada', chat: { ...chat, ...given } }, stored)
  const subscription = { name: 'INCOMING_EVENT' as const, filters, additionalData: [] }
  const reasons = [...explainMatch(subscription, { action: 'INCOMING_EVENT', seen }, bot, bot)]
  return reasons.filter(({ filter }) => filter !== null)
}

describe('the sentence of a filter', () => {
  const source = { properties: { source: { type: 'facebook', client_id: 'shop' } } }
  const cases: [filters: WebhookFilters, held: boolean, message: string][] = [
    [
      { chatProperties: [{ namespace: 'source', name: 'type', values: ['twitter', 'sms'] }] },
      false,
      'The property source.type of the chat was "facebook"; it must be one of "twitter", "sms".',
    ],
    [
      { chatProperties: [{ namespace: 'source', name: 'type', excludeValues: ['twitter'] }] },
      true,
      'The property source.type of the chat was "facebook"; it must not be "twitter".',
    ],
    [
      { chatProperties: [{ namespace: 'source', name: 'other', exists: true }] },
      false,
      'The chat had no property source.other that may be read; there must be one.',
    ],
    [{ chatMemberIds: { agentsAny: ['bob'] } }, false, 'The agents in the chat were "ada"; "bob" must be one of them.'],
    [
      { chatMemberIds: { agentsExclude: ['bob'] } },
      true,
      'The agents in the chat were "ada"; "bob" must not be one of them.',
    ],
    [
      { chatProperties: [{ namespace: 'app', name: 'own', exists: true }] },
      false,
      'The chat had no property app.own; there must be one.',
    ],
    [
      { chatProperties: [{ namespace: 'source', name: 'type', values: ['facebook'] }] },
      true,
      'The property source.type of the chat was "facebook", as asked.',
    ],
    [{ authorType: 'CUSTOMER' }, true, 'The author was of the type CUSTOMER, as asked.'],
    [{ authorType: 'AGENT' }, false, 'The author was of the type CUSTOMER; it must be AGENT.'],
    [{ authorIds: { exclude: ['ada', 'bob'] } }, false, 'The author was "ada"; it must not be one of "ada", "bob".'],
    [{ onlyMyChats: true }, false, 'The property source.client_id of the chat was "shop"; it must be "app".'],
  ]
  it.each(cases)('%j: %s', (filters, held, message) => {
    expect(explained(filters, source)).toMatchObject([{ filter: Object.keys(filters)[0], held, message }])
  })
})

describe('what is kept with an event', () => {
  const filters = { chatProperties: [{ namespace: 'a', name: 'b', exists: false }], onlyMyChats: true }

  it('takes at most 8 KiB; of what was cut the explanation says that it can’t tell', () => {
    const properties = { a: { x: 'é'.repeat(5_000) } }
    const agentIds = Array.from({ length: 1_000 }, (_, index) => `agent ${index}`)
    const seen = writeSeen(
      { authorType: 'CUSTOMER', authorId: 'ada', chat: { ...chat, properties, agentIds } },
      undefined,
    )
    expect(Buffer.byteLength(seen)).toBeLessThan(8 * 1_024)
    for (const { held, message } of explained(
      { ...filters, chatMemberIds: { agentsAny: ['x'] } },
      { properties, agentIds },
    )) {
      expect([held, message]).toEqual([false, expect.stringContaining('too much to keep')])
    }
  })

  it('leaves out the largest of what only some may read first, and only they are told', () => {
    const owned = { app: { b: 'é'.repeat(5_000) }, other: { b: 'small' } }
    const shared = { a: { x: 'facebook' } }
    const at = (namespace: string, name: string) => ({ chatProperties: [{ namespace, name, exists: true }] })
    const told = (filters: WebhookFilters, clientId: string, viewer = clientId) => {
      const seen = writeSeen({ authorType: null, authorId: null, chat }, { shared, owned })
      const subscription = { name: 'INCOMING_EVENT' as const, filters, additionalData: [] }
      const event = { action: 'INCOMING_EVENT' as const, seen }
      return [...explainMatch(subscription, event, { clientId }, { clientId: viewer })].at(-1)?.message
    }
    expect(told(at('app', 'b'), 'app')).toContain('too much to keep')
    expect(told(at('other', 'b'), 'other')).toContain('was "small"')
    for (const clientId of ['app', 'other', 'stranger']) expect(told(at('a', 'x'), clientId)).toContain('"facebook"')
    expect(told({ onlyMyChats: true }, 'app')).toContain('had no property source.client_id that may be read')
    for (const viewer of ['other', 'stranger']) {
      expect(told(at('app', 'b'), 'app', viewer)).toContain('had no property app.b that may be read')
    }
  })

  it('does not have properties that nobody looked at, and the explanation says so', () => {
    for (const { held, message } of explained(filters)) {
      expect([held, message]).toEqual([false, expect.stringContaining('asked for them')])
    }
  })

  it('is short', () => {
    expect(writeSeen({ authorType: null, authorId: null, chat: null }, undefined)).toBe('{}')
    expect(writeSeen({ authorType: 'AGENT', authorId: null, chat: { ...chat, properties: {} } }, undefined)).toBe(
      '{"author":"AGENT","agents":["ada"]}',
    )
  })
})
