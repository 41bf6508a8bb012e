import { getNamedType, isListType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildSchema } from '../src/schema.ts'
import { argumentsOf, type Ids, itemOf } from './support/arguments.ts'
import { create } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { type Result, run } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

const given = argumentsOf(buildSchema())
const MANY = 40_000
const LONG = 'x'.repeat(100_000)
/** Stands for a list nested 20,000 levels deep, which `JSON.stringify` cannot write. */
const DEEP = 'deep'
/** The maximum length of an error message in bytes. */
const SHORT = 2_048

let gateway: TestGateway
let token: string
let ids: Ids
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
  const webhooks = { url: 'http://127.0.0.1:9', secretKey: 's', actions: [{ name: 'THREAD_CLOSED' }] }
  const botAgent = await create(gateway, token, { webhooks })
  const { id: chatEvent } = await publish(gateway, token, {
    action: 'THREAD_CLOSED',
    data: { chat_id: 'c', thread_id: 't' },
  })
  await run(gateway, token, `mutation { pingWebhooks(input: { botAgentId: "${botAgent}" }) { userErrors { code } } }`)
  ids = { botAgent, chatEvent }
})
afterAll(() => gateway.stop())

/** The result of an operation. For a subscription, it is empty once the stream begins, because the arguments were accepted. */
async function answer(query: string, variables: object): Promise<Result> {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const isStream = query.startsWith('subscription')
  const response = await fetch(gateway.url, {
    method: 'POST',
    signal: controller.signal,
    headers: {
      'content-type': 'application/json',
      accept: isStream ? 'text/event-stream' : 'application/graphql-response+json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query, variables }).replaceAll(`"${DEEP}"`, `${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  })
  if (!isStream) return (await response.json()) as Result
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ''; ; ) {
    const { value, done } = (await reader?.read()) ?? { value: '', done: true }
    text += value ?? ''
    const data = /^data: (.+)$/m.exec(text)?.[1]
    if (data) return JSON.parse(data) as Result
    // A stream begins with a comment.
    if (done || text.includes(':\n\n')) return {}
  }
}

interface Payload {
  userErrors?: { message: string; field: string[] | null }[]
  /** Of a batch. */
  results?: Payload[]
}

function demandShort({ data, errors = [] }: Result): void {
  const payloads = Object.values((data as Record<string, Payload | null> | null) ?? {}).flatMap((payload) => [
    payload,
    ...(payload?.results ?? []),
  ])
  const userErrors = payloads.flatMap((payload) => payload?.userErrors ?? [])
  for (const { extensions } of errors) expect(extensions?.code).not.toBe('INTERNAL_SERVER_ERROR')
  for (const { message } of [...errors, ...userErrors]) expect(message.length).toBeLessThan(SHORT)
  expect(JSON.stringify(errors).length).toBeLessThan(2 * SHORT)
  for (const { field } of userErrors) expect(JSON.stringify(field).length).toBeLessThan(SHORT)
}

describe(`every list in arguments and inputs, with ${MANY} items`, () => {
  for (const { name, type, operation } of given) {
    if (!isListType(type)) continue
    it(`is bounded: ${name}`, async () => {
      const same = Array.from({ length: MANY }, () => itemOf(type.ofType))
      const different = Array.from({ length: MANY }, (_, index) => itemOf(type.ofType, index))
      for (const items of [same, different]) {
        const { query, variables } = operation(items, ids)
        demandShort(await answer(query, variables))
      }
    })
  }
})

describe('every string in arguments and inputs, with 100,000 characters', () => {
  for (const { name, type, operation } of given) {
    const named = getNamedType(type)
    if (named.name !== 'ID' && named.name !== 'String') continue
    it(`is bounded: ${name}`, async () => {
      const { query, variables } = operation(isListType(type) ? [LONG] : LONG, ids)
      demandShort(await answer(query, variables))
    })
  }
})

describe('every string in arguments and inputs, that PostgreSQL cannot store', () => {
  for (const { name, type, operation } of given) {
    const named = getNamedType(type)
    if (named.name !== 'ID' && named.name !== 'String') continue
    it(`is refused or finds nothing: ${name}`, async () => {
      for (const text of ['\0', 'a\0', '\ud800']) {
        const { query, variables } = operation(isListType(type) ? [text] : text, ids)
        demandShort(await answer(query, variables))
      }
    })
  }
})

describe('JSON of any shape', () => {
  const shapes: Record<string, unknown> = {
    deep: DEEP,
    'a long text': LONG,
    'a list of many': Array(MANY).fill(1),
    'an object with many names': Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`n${index}`, 1])),
    'an object with a long name': { [LONG]: { [LONG]: { [LONG]: 1 } } },
    'an object with a long name of a list': { [LONG]: [LONG] },
    null: null,
  }
  for (const { name, type, operation } of given) {
    if (getNamedType(type).name !== 'JSON') continue
    it(`is bounded: ${name}`, async () => {
      for (const shape of Object.values(shapes)) {
        for (const value of [shape, { test: { int_property: shape } }, { [LONG]: shape }]) {
          const { query, variables } = operation(isListType(type) ? [value] : value, ids)
          demandShort(await answer(query, variables))
        }
      }
    })
  }

  it('is refused in a document if it contains a value that is not JSON', async () => {
    const documents = [
      'mutation { setProperties(input: { target: { location: CHAT, id: "c" }, properties: { test: { bool_property: True } } }) { userErrors { message } } }',
      'mutation ($v: JSON) { setProperties(input: { target: { location: CHAT, id: "c" }, properties: { test: { string_property: $v } } }) { userErrors { message } } }',
    ]
    for (const document of documents) {
      const { data, errors } = await answer(document, {})
      expect(data ?? null).toBeNull()
      expect(errors?.[0]?.extensions?.code).toMatch(/BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED/)
    }
  })
})
