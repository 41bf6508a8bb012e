import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildSchema } from '../src/schema.ts'
import { create } from './support/bot-agents.ts'
import { type Result, run } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

const schema = buildSchema()
const MANY = 40_000
const LONG = 'x'.repeat(100_000)
/** Stands for a list 20,000 levels deep, which `JSON.stringify` can not write. */
const DEEP = 'deep'
/** The most bytes of a message for people. */
const SHORT = 2_048

let gateway: TestGateway
let token: string
let ids: { botAgent: string; delivery: string }
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
  const webhooks = { url: 'http://127.0.0.1:9', secretKey: 's', actions: [{ name: 'THREAD_CLOSED' }] }
  const botAgent = await create(gateway, token, { webhooks })
  const ping = `mutation { pingWebhooks(input: { botAgentId: "${botAgent}" }) { webhookDelivery { id } } }`
  const { pingWebhooks } = await run<{ pingWebhooks: { webhookDelivery: { id: string } } }>(gateway, token, ping)
  ids = { botAgent, delivery: pingWebhooks.webhookDelivery.id }
})
afterAll(() => gateway.stop())

type Input = GraphQLArgument | GraphQLInputField
type Path = readonly [Input, ...Input[]]

/** The paths to every argument and to every field of their inputs. */
function paths(inputs: readonly Input[], before: readonly Input[] = []): Path[] {
  return inputs.flatMap((input) => {
    const path: Path = [...before, input] as unknown as Path
    const named = getNamedType(input.type)
    return [path, ...(isInputObjectType(named) ? paths(Object.values(named.getFields()), path) : [])]
  })
}

const roots = {
  query: schema.getQueryType(),
  mutation: schema.getMutationType(),
  subscription: schema.getSubscriptionType(),
}
/** All fields with arguments, of the root types and of other types. */
const fields = [
  ...Object.entries(roots).flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ kind, field, within: undefined })),
  ),
  ...Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !Object.values(roots).includes(type)
      ? Object.values(type.getFields()).map((field) => ({ kind: 'query', field, within: type.name }))
      : [],
  ),
].filter(({ field }) => field.args.length > 0)

/** A valid value, with `given` at the end of the path. */
function valueAt(input: Input, path: readonly Input[], given: unknown): unknown {
  const [, next] = path
  if (path[0] !== input) return sample(input)
  const type = getNullableType(input.type)
  if (!next) return given
  const inner = objectOf(getNamedType(type) as GraphQLInputType, path.slice(1), given)
  return isListType(type) ? [inner] : inner
}

function objectOf(type: GraphQLInputType, path: readonly Input[], given: unknown): Record<string, unknown> {
  const fields = isInputObjectType(type) ? Object.values(type.getFields()) : []
  return Object.fromEntries(
    fields
      .filter((field) => field === path[0] || isRequired(field))
      .map((field) => [field.name, valueAt(field, path, given)]),
  )
}

const isRequired = ({ type, defaultValue }: Input) => getNullableType(type) !== type && defaultValue === undefined

const samples: Record<string, unknown> = {
  url: 'http://127.0.0.1:9',
  secretKey: 's',
  data: { chat_id: 'c', thread_id: 't', event: { id: 'e' } },
  properties: { test: { int_property: 1 } },
  namespace: 'test',
  name: 'string_property',
  location: 'CHAT',
}

function sample(input: Input): unknown {
  const type = getNullableType(input.type)
  if (input.name === 'id' || input.name === 'botAgentId') return ids.botAgent
  if (isListType(type)) return [item(type.ofType)]
  const named = getNamedType(type)
  if (input.name in samples && !isInputObjectType(named) && !isEnumType(named)) return samples[input.name]
  return item(type)
}

function item(of: GraphQLInputType, index = 0): unknown {
  const type = getNamedType(of)
  if (isEnumType(type)) return type.getValues()[index % type.getValues().length]?.name
  if (isInputObjectType(type)) return objectOf(type, [], undefined)
  if (type.name === 'ID') return index.toString(16).padStart(32, '0')
  if (type.name === 'Int') return index
  if (type.name === 'Boolean') return true
  return type.name === 'JSON' ? index : `${index}`
}

function operation({ kind, field, within }: (typeof fields)[number], path: readonly Input[], given: unknown) {
  const used = (field as GraphQLField<unknown, unknown>).args.filter((arg) => arg === path[0] || isRequired(arg))
  const declared = used.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  const passed = used.map(({ name }) => `${name}: $${name}`).join(', ')
  const call = `${field.name}(${passed}) ${selectionOf(field)}`
  const around: Record<string, string> = { BotAgent: `botAgent(id: "${ids.botAgent}") { ${call} }` }
  if (within && !(within in around)) throw new Error(`Say in around how one gets to ${within}.${field.name}`)
  const variables = Object.fromEntries(used.map((arg) => [arg.name, valueAt(arg, path, given)]))
  return { query: `${kind} (${declared}) { ${within ? around[within] : call} }`, variables }
}

function selectionOf({ type }: { type: GraphQLField<unknown, unknown>['type'] }): string {
  const named = getNamedType(type)
  if (!isObjectType(named)) return '{ __typename }'
  return named.getFields().userErrors ? '{ userErrors { code field message } }' : '{ __typename }'
}

/** The result of an operation. That of a stream is empty once it begins, as its arguments were accepted. */
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

function demandShort({ data, errors = [] }: Result): void {
  const payloads = Object.values(data ?? {}) as ({
    userErrors?: { message: string; field: string[] | null }[]
  } | null)[]
  const userErrors = payloads.flatMap((payload) => payload?.userErrors ?? [])
  for (const { extensions } of errors) expect(extensions?.code).not.toBe('INTERNAL_SERVER_ERROR')
  for (const { message } of [...errors, ...userErrors]) expect(message.length).toBeLessThan(SHORT)
  expect(JSON.stringify(errors).length).toBeLessThan(2 * SHORT)
  for (const { field } of userErrors) expect(JSON.stringify(field).length).toBeLessThan(SHORT)
}

describe(`every list of arguments and inputs, with ${MANY} items`, () => {
  for (const given of fields) {
    for (const path of paths(given.field.args)) {
      const type = getNullableType(path.at(-1)?.type as GraphQLInputType)
      if (!isListType(type)) continue
      it(`is bounded: ${nameOf(given, path)}`, async () => {
        const same = Array.from({ length: MANY }, () => item(type.ofType))
        const different = Array.from({ length: MANY }, (_, index) => item(type.ofType, index))
        for (const items of [same, different]) {
          const { query, variables } = operation(given, path, items)
          demandShort(await answer(query, variables))
        }
      })
    }
  }
})

describe('every text of arguments and inputs, with 100,000 characters', () => {
  for (const given of fields) {
    for (const path of paths(given.field.args)) {
      const type = getNullableType(path.at(-1)?.type as GraphQLInputType)
      const named = getNamedType(type)
      if (named.name !== 'ID' && named.name !== 'String') continue
      it(`is bounded: ${nameOf(given, path)}`, async () => {
        const { query, variables } = operation(given, path, isListType(type) ? [LONG] : LONG)
        demandShort(await answer(query, variables))
      })
    }
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
  for (const given of fields) {
    for (const path of paths(given.field.args)) {
      const type = getNullableType(path.at(-1)?.type as GraphQLInputType)
      if (getNamedType(type).name !== 'JSON') continue
      it(`is bounded: ${nameOf(given, path)}`, async () => {
        for (const shape of Object.values(shapes)) {
          for (const value of [shape, { test: { int_property: shape } }, { [LONG]: shape }]) {
            const { query, variables } = operation(given, path, isListType(type) ? [value] : value)
            demandShort(await answer(query, variables))
          }
        }
      })
    }
  }

  it('is refused in a document if it has a value that is not JSON', async () => {
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

function nameOf({ field, within }: (typeof fields)[number], path: readonly Input[]): string {
  return `${within ? `${within}.` : ''}${field.name}(${path.map(({ name }) => name).join('.')})`
}
