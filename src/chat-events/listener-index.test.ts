import fc from 'fast-check'
import { expect, it } from 'vitest'
import { indexListeners, type Listener } from './listener-index.ts'
import { type MatchedEvent, matches } from './matching.ts'

const few = (...words: string[]) => fc.constantFrom(...words)
const value = fc.oneof(few('facebook', '1', 'true', '', '[]'), fc.constantFrom(0, 1, -0, 1.5, true, false))
const name = few('a', 'b', '__proto__', 'constructor', 'client_id')
const namespace = few('source', 'b', '__proto__')
const someOf = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 3 })
const maybe = <Value>(given: fc.Arbitrary<Value>) => fc.option(given, { nil: undefined })

const test = fc.oneof(
  fc.record({ exists: fc.boolean() }),
  fc.record({ values: someOf(value) }),
  fc.record({ excludeValues: someOf(value) }),
)
const chatProperty = fc
  .tuple(namespace, name, test)
  .map(([namespace, name, is]) => ({ namespace, name, exists: null, values: null, excludeValues: null, ...is }))
const agent = few('ada', 'bob', 'eve')
const filters = fc.record({
  chatProperties: maybe(fc.array(chatProperty, { maxLength: 3 })),
  chatMemberIds: maybe(fc.oneof(fc.record({ agentsAny: someOf(agent) }), fc.record({ agentsExclude: someOf(agent) }))),
  authorType: maybe(fc.constantFrom('AGENT' as const, 'CUSTOMER' as const)),
  authorIds: maybe(fc.record({ exclude: someOf(agent) })),
  onlyMyChats: maybe(fc.boolean()),
})
const action = fc.constantFrom('INCOMING_EVENT' as const, 'AGENT_STATUS_CHANGED' as const)
const listenersTo = (name: MatchedEvent['action']) =>
  fc.array(
    fc.record({ clientId: few('app', 'other'), filters: fc.option(filters) }).map(({ clientId, filters }) => ({
      botAgentId: '',
      clientId,
      inOrder: false,
      subscription: { name, filters, additionalData: [] },
    })),
    { maxLength: 30 },
  )
const properties = fc.dictionary(namespace, fc.dictionary(name, fc.oneof(value, few('app', 'other')))) as fc.Arbitrary<
  NonNullable<MatchedEvent['chat']>['properties']
>
const eventOf = (action: MatchedEvent['action']) =>
  fc.record({
    action: fc.constant(action),
    authorType: fc.constantFrom('AGENT' as const, 'CUSTOMER' as const, null),
    authorId: fc.option(agent),
    chat: fc.option(fc.record({ properties, agentIds: fc.array(agent, { maxLength: 3 }) })),
  })

const whoMatches = (event: MatchedEvent, listeners: Iterable<Listener>) =>
  new Set([...listeners].filter(({ clientId, subscription }) => matches(subscription, event, { clientId })))

it('an index finds the same listeners as a look at each of them, and each once', () => {
  fc.assert(
    fc.property(
      action.chain((action) => fc.tuple(listenersTo(action), eventOf(action))),
      ([listeners, event]) => {
        const found = [...indexListeners(event.action, listeners).candidates(event)]
        expect(whoMatches(event, found)).toEqual(whoMatches(event, listeners))
        expect(new Set(found).size).toBe(found.length)
      },
    ),
    { numRuns: 2_000 },
  )
})

const listener = (filters: Listener['subscription']['filters'], clientId = 'app'): Listener => ({
  botAgentId: '',
  clientId,
  inOrder: false,
  subscription: { name: 'INCOMING_EVENT', filters, additionalData: [] },
})

it('an event does not look at thousands of listeners that it can not reach', () => {
  const of = (value: string) => ({ namespace: 'shop', name: 'id', values: [value] })
  const facebook = { namespace: 'source', name: 'type', values: ['facebook'] }
  const numbers = Array.from({ length: 10_000 }, (_, number) => String(number))
  const event: MatchedEvent = {
    action: 'INCOMING_EVENT',
    authorType: 'CUSTOMER',
    authorId: null,
    chat: { properties: { shop: { id: '7' }, source: { type: 'facebook', client_id: 'app 7' } }, agentIds: ['7'] },
  }
  const ways: Record<string, Listener[]> = {
    'by a value': numbers.map((number) => listener({ chatProperties: [of(number)] })),
    'by a rare value beside a common one': numbers.map((number) =>
      listener({ chatProperties: [facebook, of(number)] }),
    ),
    'by an agent': numbers.map((number) =>
      listener({ chatProperties: [facebook], chatMemberIds: { agentsAny: [number] } }),
    ),
    'by its application': numbers.map((number) =>
      listener({ authorType: 'CUSTOMER', onlyMyChats: true }, `app ${number}`),
    ),
    'by a property': numbers.map((number) =>
      listener({ chatProperties: [{ namespace: 'shop', name: number === '7' ? 'id' : number, exists: true }] }),
    ),
  }
  for (const [way, listeners] of Object.entries(ways)) {
    expect([...indexListeners('INCOMING_EVENT', listeners).candidates(event)], way).toEqual([listeners[7]])
  }
})
