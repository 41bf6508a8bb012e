import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { request } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

const page = await readFile(new URL('../docs/properties.md', import.meta.url), 'utf8')
const operations = [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, operation]) => operation ?? '')

describe('the page about properties', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.stop())

  const set = [
    { namespace: 'shop', name: 'note', value: 'Wants to order a Łódź T-shirt 🎉' },
    { namespace: 'shop', name: 'score', value: 97 },
    { namespace: 'shop', name: 'tier', value: 'gold' },
  ]
  const defined = (name: string) => ({ property: { namespace: 'shop', name }, userErrors: [] })
  const answers: [operation: string, data: object][] = [
    ['Define', { tier: defined('tier'), score: defined('score'), note: defined('note') }],
    [
      'Correct',
      {
        createProperty: { property: { name: 'vip', type: 'STRING' }, userErrors: [] },
        updateProperty: { property: { name: 'vip', type: 'BOOL' }, userErrors: [] },
        deleteProperty: { name: 'vip', userErrors: [] },
      },
    ],
    [
      'Definitions',
      {
        propertyDefinitions: [
          { namespace: 'shop', name: 'note', type: 'TOKENIZED_STRING', domain: null, range: null, access: [] },
          { namespace: 'shop', name: 'score', type: 'INT', domain: null, range: { from: 0, to: 100 }, access: [] },
          {
            namespace: 'shop',
            name: 'tier',
            type: 'STRING',
            domain: ['gold', 'silver', 'basic'],
            range: null,
            access: ['READ'],
          },
        ],
      },
    ],
    ['Set', { setProperties: { properties: set, userErrors: [] } }],
    [
      'Refused',
      {
        setProperties: {
          properties: [],
          userErrors: [
            {
              code: 'VALIDATION',
              field: ['properties', 'shop', 'tier'],
              message: '`properties.shop.tier` must be one of "gold", "silver", "basic"; it is "wood".',
            },
            {
              code: 'VALIDATION',
              field: ['properties', 'shop', 'score'],
              message: '`properties.shop.score` must be from 0 to 100; it is 101.',
            },
          ],
        },
      },
    ],
    ['Read', { properties: set }],
    [
      'Search',
      {
        gold: {
          nodes: [{ location: 'CHAT', id: 'PJ0MRSHTDG' }],
          pageInfo: { hasNextPage: false, endCursor: expect.any(String) },
        },
        words: { nodes: [{ id: 'PJ0MRSHTDG' }] },
      },
    ],
    ['Listen', { createBotAgent: { botAgent: { id: expect.any(String) }, userErrors: [] } }],
    ['Report', { publishChatEvent: { matched: 1, userErrors: [] } }],
    [
      'Change',
      {
        setProperties: {
          properties: set.map((property) => (property.name === 'tier' ? { ...property, value: 'silver' } : property)),
          userErrors: [],
        },
      },
    ],
  ]

  it('shows operations that have the results it describes, from top to bottom', async () => {
    expect(operations.map((operation) => /^\w+ (\w+)/.exec(operation)?.[1])).toEqual(answers.map(([name]) => name))
    const token = await gateway.token({ clientId: 'shop' })
    for (const [index, [name, data]] of answers.entries()) {
      const answer = await request(gateway.url, token, operations[index] ?? '')
      expect([name, answer.errors, answer.data]).toEqual([name, undefined, data])
    }
    const told = await request(
      gateway.url,
      token,
      '{ webhookDeliveries(first: 1) { nodes { action chatEvent { data } } } }',
    )
    expect(told.data).toEqual({
      webhookDeliveries: {
        nodes: [
          {
            action: 'CHAT_PROPERTIES_UPDATED',
            chatEvent: { data: { chat_id: 'PJ0MRSHTDG', properties: { shop: { tier: { value: 'silver' } } } } },
          },
        ],
      },
    })
  })
})
