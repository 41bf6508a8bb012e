import {
  buildClientSchema,
  type GraphQLInputType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  type IntrospectionQuery,
  isInputObjectType,
  isListType,
} from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { request, run } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
let token: string
let schema: GraphQLSchema
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
  schema = buildClientSchema(
    await run<IntrospectionQuery & Record<string, unknown>>(gateway, token, getIntrospectionQuery()),
  )
})
afterAll(() => gateway.stop())

const SECRET = 'winter2025-not-for-a-log'
const NUMBER = 987_654_321

/** A step into a value: a field, and whether its value is a list. */
interface Step {
  readonly name: string
  readonly isList: boolean
}

interface Place {
  readonly operation: string
  readonly field: string
  readonly argument: string
  readonly type: GraphQLInputType
  /** From the value of the argument to the secret. */
  readonly steps: readonly Step[]
}

const saysSecret = (name: string, description: string | null | undefined) =>
  /secret|password|token|credential/i.test(name) || /secret/i.test(description ?? '')

const isList = (type: GraphQLInputType) => isListType(getNullableType(type))

/** The ways to all fields of inputs that say they are secret. */
function* secretsIn(type: GraphQLInputType, steps: readonly Step[] = []): Generator<readonly Step[]> {
  const named = getNamedType(type)
  if (!isInputObjectType(named) || steps.length > 6) return
  for (const { name, description, type: inner } of Object.values(named.getFields())) {
    const there = [...steps, { name, isList: isList(inner) }]
    if (!isInputObjectType(getNamedType(inner)) && saysSecret(name, description)) yield there
    yield* secretsIn(inner, there)
  }
}

function places(): Place[] {
  const roots = { query: schema.getQueryType(), mutation: schema.getMutationType() }
  return Object.entries(roots).flatMap(([operation, root]) =>
    Object.values(root?.getFields() ?? {}).flatMap((field) =>
      field.args.flatMap(({ name: argument, type }) =>
        [...secretsIn(type)].map((steps) => ({ operation, field: field.name, argument, type, steps })),
      ),
    ),
  )
}

/** @returns an object with nothing but the way to the secret, and what is beside each step */
function around([step, ...steps]: readonly Step[], secret: unknown, beside: object): unknown {
  if (!step) return secret
  const inner = around(steps, secret, beside)
  return { ...beside, [step.name]: step.isList && steps.length > 0 ? [inner] : inner }
}

function literalOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, item]) => `${name}: ${literalOf(item)}`)
    .join(', ')} }`
}

/** What is wrong around a secret or about it. */
function mistakes({ type, steps }: Place): unknown[] {
  const list = (value: unknown) => (isList(type) ? [value] : value)
  return [
    list(around(steps, SECRET, {})),
    list(around(steps, SECRET, { unknown: SECRET })),
    ...[{ a: SECRET }, [SECRET], [[SECRET]], NUMBER, true].map((wrong) => list(around(steps, wrong, {}))),
    ...steps.map((_, index) => list(around(steps.slice(0, index), SECRET, {}))),
    ...steps.map((_, index) => list(around(steps.slice(0, index), [SECRET, NUMBER], {}))),
    list([[around(steps, SECRET, {})]]),
  ]
}

const isTold = (text: string) => [SECRET, String(NUMBER)].some((secret) => text.includes(secret))

it('an input has secrets in several places', () => {
  const found = new Set(places().map(({ steps }) => steps.at(-1)?.name))
  expect(found).toEqual(new Set(['secretKey', 'value']))
})

it('no error quotes a secret, or a value that may contain one, in a variable or in a document', async () => {
  const told: unknown[] = []
  let errors = 0
  for (const place of places()) {
    const { operation, field, argument, type } = place
    for (const mistake of mistakes(place)) {
      const documents = [
        [`${operation} ($v: ${type}) { ${field}(${argument}: $v) { __typename } }`, { v: mistake }],
        [`${operation} { ${field}(${argument}: ${literalOf(mistake)}) { __typename } }`, {}],
        [`${operation} ($v: ${type} = ${literalOf(mistake)}) { ${field}(${argument}: $v) { __typename } }`, {}],
        // The variable is missing, which is found out when the document is run.
        [
          `${operation} ($n: String) { ${field}(${argument}: ${literalOf(mistake).replace('{', '{ name: $n, id: $n, ')}) { __typename } }`,
          {},
        ],
        // The document ends too early, or goes on after a text.
        [`${operation} { ${field}(${argument}: ${literalOf(mistake)} "${SECRET}"`, {}],
        [`${operation} { ${field}(${argument}: { a: 1, """${SECRET}""" }) }`, {}],
      ] as const
      for (const [document, variables] of documents) {
        const answer = await request(gateway.url, token, document, variables)
        errors += answer.errors ? 1 : 0
        if (isTold(JSON.stringify(answer.errors ?? []))) told.push([document, variables, answer.errors])
      }
    }
  }
  expect(told).toEqual([])
  expect(errors).toBeGreaterThan(200)
  expect(isTold(JSON.stringify(gateway.logged))).toBe(false)
})

it('an error names the place of a wrong value instead, and quotes other scalars', async () => {
  const create = 'mutation ($i: CreateBotAgentInput!) { createBotAgent(input: $i) { __typename } }'
  const messageOf = async (variables: object) =>
    (await request(gateway.url, token, create, variables)).errors?.[0]?.message
  const webhooks = { url: 'https://bots.example', secretKey: SECRET, actions: [], maxPerSec: 5 }
  expect(await messageOf({ i: { name: 'x', status: 'OFFLINE', webhooks } })).toBe(
    'Variable "$i" got an invalid value at "i.webhooks"; Field "maxPerSec" is not defined by type "WebhooksInput".',
  )
  expect(await messageOf({ i: { name: 'x', status: 'OFFLINE', webhooks: { ...webhooks, secretKey: NUMBER } } })).toBe(
    'Variable "$i" got an invalid value at "i.webhooks.secretKey"; Expected a value of type "String".',
  )
  expect(await messageOf({ i: { name: 1, status: 'OFFLINE' } })).toBe(
    'Variable "$i" got invalid value 1 at "i.name"; String cannot represent a non string value: 1',
  )
})
