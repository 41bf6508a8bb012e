import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operation, post, repeat } from './attacker.ts'
import { startTarget, type Target } from './target.ts'

let target: Target
beforeAll(async () => {
  target = await startTarget({ env: { INTROSPECTION: 'on' } })
})
afterAll(() => target.stop())

const statuses = (values: unknown[]) =>
  operation('query ($s: [BotAgentStatus!]) { botAgents(statuses: $s) { totalCount } }', { s: values })
const lines = (count: number) => '\n'.repeat(count)

/** Each is sent several times without a token and with one. */
const documents: [name: string, times: number, body: (index: number) => string][] = [
  ['invalid documents, all different', 300, (index) => operation(`{v${index}{${'a(b:1)'.repeat(660)}}}`)],
  [
    'invalid documents with conflicts',
    60,
    (index) => operation(`{v${index}:viewer{${'a:clientId a:licenseId '.repeat(800)}}}`),
  ],
  ['valid documents, all different', 300, (index) => operation(`{ viewer { ${`clientId #${index}\n`.repeat(400)} } }`)],
  ['many unknown fields after line breaks', 20, () => operation(`${lines(1_000_000)}{${' a'.repeat(110)}}`)],
  [
    'many unknown fields after as many line breaks as fit',
    20,
    () => operation(`${lines(60_000)}{${' a'.repeat(110)}}`),
  ],
  ['comments', 60, () => operation(`${'#\n'.repeat(500_000)}{ viewer { clientId } }`)],
  ['comments that fit', 60, () => operation(`${'#\n'.repeat(30_000)}{ viewer { clientId } }`)],
  ['brackets', 30, () => operation(`{ propertySearch(where: ${'['.repeat(3_900)}`)],
  ['brackets that are closed', 30, () => operation(`{ a(b: ${'['.repeat(1_900)}${']'.repeat(1_900)}) }`)],
  ['fields within fields', 30, () => operation(`${'{a'.repeat(1_900)}${'}'.repeat(1_900)}`)],
  [
    'fragments that double each other',
    30,
    () =>
      operation(
        `{ ...F0 } ${Array.from({ length: 300 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F300 on Query { __typename }`,
      ),
  ],
  [
    'fragments that double each other, of a subscription',
    30,
    () =>
      operation(
        `subscription { ...F0 } ${Array.from({ length: 300 }, (_, index) => `fragment F${index} on Subscription { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F300 on Subscription { botAgentStatusChanged { cursor } }`,
      ),
  ],
  ['an unterminated string', 30, () => operation(`{ a(b: "${'x'.repeat(60_000)}`)],
  ['an unterminated block string', 30, () => operation(`{ a(b: ${'"""'.repeat(20_001)}`)],
  ['a string of escapes', 30, () => operation(`"${'\\"'.repeat(32_000)}`)],
  ['long names', 30, () => operation(`{ ${'x'.repeat(60_000)} }`)],
  ['variables, all invalid', 10, () => statuses(Array(100_000).fill('x'))],
  [
    'variables, all invalid, after line breaks',
    10,
    () =>
      operation(`${lines(60_000)}query($s:[BotAgentStatus!]){botAgents(statuses:$s){totalCount}}`, {
        s: Array(50_000).fill('x'),
      }),
  ],
  [
    'invalid inputs',
    10,
    () =>
      operation('mutation ($i: CreateBotAgentInput!) { createBotAgent(input: $i) { botAgent { id } } }', {
        i: { groups: Array(20_000).fill({}) },
      }),
  ],
  ['a value that looks like suggestions', 20, () => statuses([' Did you mean '.repeat(40_000)])],
  ['a value of one long word', 20, () => statuses(['x'.repeat(900_000)])],
  [
    'nested variables',
    20,
    () => `{"query":"{ viewer { clientId } }","variables":{"x":${'['.repeat(500_000)}${']'.repeat(500_000)}}}`,
  ],
  [
    'nested variables that never end',
    20,
    () => `{"query":"{ viewer { clientId } }","variables":{"x":${'['.repeat(1_000_000)}`,
  ],
  ['a body without end of its string', 20, () => `{"query":"${'\\"'.repeat(400_000)}`],
  [
    'many operations',
    20,
    () => operation(Array.from({ length: 900 }, (_, index) => `query Q${index} { a }`).join(' ')),
  ],
  [
    'many unused variables',
    20,
    () =>
      operation(
        `query (${Array.from({ length: 900 }, (_, index) => `$v${index}: Int`).join(' ')}) { viewer { clientId } }`,
      ),
  ],
]

describe('documents and variables do not block others:', () => {
  for (const [name, times, body] of documents) {
    it(name, async () => {
      const told: string[] = []
      await target.withstands(async () => {
        for (const token of [undefined, target.token]) {
          await repeat(times, 8, async (index) => {
            const { status, text } = await post(target, token, body(index))
            if (status === undefined || status >= 500) told.push(`${status}: ${text}`)
            expect(text.length).toBeLessThan(10_000)
          })
        }
      })
      expect(told).toEqual([])
    })
  }
})
