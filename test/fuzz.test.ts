import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { statuses } from '../src/methods/method-error.ts'
import { methods } from '../src/methods/methods.ts'
import { buildSchema } from '../src/schema.ts'
import { create } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { operationsOf, shortened } from './support/fuzz-operations.ts'
import { type Ask, fuzzedTransports, type Outcome, read } from './support/fuzz-transports.ts'
import { type JsonSchema, type Known, known, valuesOfShape } from './support/fuzz-values.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { callMethod, type MethodAnswer } from './support/method.ts'
import { type Description, description } from './support/openapi.ts'
import { openSubscription } from './support/subscription.ts'

/** The same seed makes the same requests: CONTRIBUTING.md. */
const seed = Number(process.env.FUZZ_SEED ?? 1)
/** Requests for each root field and each method. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 25)

const LONGEST_MESSAGE = 1_000

let gateway: TestGateway
let described: Description
beforeAll(async () => {
  const env = {
    // No limit is reached, and only errors are logged.
    BOT_AGENTS_PER_APPLICATION: '1000000',
    LOG_LEVEL: 'error',
    // Webhooks are not retried.
    WEBHOOK_RETRY_SCHEDULE: '24h',
  }
  gateway = await startGateway({ env })
  described = await description(gateway.url)
})
afterAll(() => gateway.stop())
afterAll(() => {
  const inherited: string[] = []
  for (const name in {}) inherited.push(name)
  expect(inherited, 'what all objects inherit since then').toEqual([])
})

/** A caller in a license with one object of each type, whose ids and cursors it knows. */
async function newCaller() {
  const claims = { licenseId: newLicense() }
  const token = await gateway.token(claims)
  const query = 'subscription { botAgentStatusChanged { cursor } }'
  const watcher = await openSubscription<{ cursor: string }>(gateway, token, query)
  const botAgent = await create(gateway, token, listening('http://127.0.0.1:9/'))
  await create(gateway, token)
  const event = await publish(gateway, token)
  await publish(gateway, token)
  const [change] = await watcher.take(1)
  await watcher.stop()
  const { webhookDeliveries } = await run<{
    webhookDeliveries: { nodes: { id: string }[]; pageInfo: { endCursor: string } }
  }>(gateway, token, '{ webhookDeliveries(first: 1) { nodes { id } pageInfo { endCursor } } }')
  const real: Record<Known, string> = {
    '@botAgent@': botAgent,
    '@delivery@': webhookDeliveries.nodes[0]?.id ?? '',
    '@event@': event.id,
    '@pageCursor@': webhookDeliveries.pageInfo.endCursor,
    '@streamCursor@': change?.cursor ?? '',
  }
  return {
    token,
    claims,
    fill: (given: string) => known.reduce((filled, name) => filled.replaceAll(name, real[name]), given),
  }
}

/** The output for errors. */
const failures: string[] = []
const printed = vi.spyOn(console, 'error').mockImplementation((...said) => void failures.push(said.join(' ')))
afterAll(() => printed.mockRestore())

/** The errors that were logged or printed since the last call. */
function newFailures(): string[] {
  const logged = gateway.logged.splice(0).filter(({ level }) => Number(level) >= 50)
  return [...logged.map((line) => JSON.stringify(line)), ...failures.splice(0)]
}

/** Describes what is wrong with the messages of errors. */
function wrongMessages(errors: readonly { message?: unknown }[]): string[] {
  return errors.flatMap(({ message }) => {
    if (typeof message !== 'string' || message === '') return [`An error has no message: ${JSON.stringify(message)}`]
    return message.length > LONGEST_MESSAGE ? [`A message has ${message.length} characters: ${message}`] : []
  })
}

interface Payload {
  userErrors?: { message?: unknown }[]
}

interface GraphQLResult {
  data?: Record<string, (Payload & { results?: (Payload | null)[] }) | null> | null
  errors?: { message?: unknown; extensions?: { code?: unknown } }[]
}

/** Describes what is wrong with a GraphQL result. */
function wrongResult(result: unknown): string[] {
  const { data, errors, ...others } = (result ?? {}) as GraphQLResult
  const unknown = Object.keys(others).filter((name) => name !== 'extensions')
  if (unknown.length > 0 || (data === undefined && !errors)) return ['It is no result of GraphQL']
  if (errors && (!Array.isArray(errors) || errors.length === 0)) return ['`errors` is no list of some']
  const codes = (errors ?? []).flatMap(({ extensions }) => {
    if (typeof extensions?.code !== 'string') return ['An error has no code']
    return extensions.code === 'INTERNAL_SERVER_ERROR' ? ['It is called our fault'] : []
  })
  // Not every operation selects the messages of user errors.
  const payloads = Object.values(data ?? {}).flatMap((payload) => [payload, ...(payload?.results ?? [])])
  const userErrors = payloads.flatMap((payload) => payload?.userErrors ?? [])
  const asked = userErrors.filter((error) => 'message' in error)
  return [...codes, ...wrongMessages([...(errors ?? []), ...asked])]
}

function expectAnswer({ status = 200, results, malformed }: Outcome): void {
  const wrong = [
    ...(status >= 500 ? [`The status is ${status}`] : []),
    ...(malformed === undefined ? [] : [`Malformed: ${malformed}`]),
    ...results.flatMap(wrongResult),
    ...newFailures().map((line) => `Logged: ${line}`),
  ]
  if (wrong.length > 0) throw new Error(shortened(`${wrong.join('; ')}. Answer: ${status} ${JSON.stringify(results)}`))
}

function expectMethodAnswer(name: string, answer: MethodAnswer): void {
  const { status, body } = answer
  const { error } = body
  const { message, data = [] } = error ?? { message: 'none' }
  const wrong = [
    ...(status >= 500 ? [`The status is ${status}`] : []),
    ...(error && !(error.type in statuses) ? [`There is no error of the type ${error.type}`] : []),
    ...wrongMessages([{ message }, ...data]),
    ...newFailures().map((line) => `Logged: ${line}`),
  ]
  if (wrong.length > 0) throw new Error(shortened(`${wrong.join('; ')}. Answer: ${status} ${JSON.stringify(body)}`))
  expect(described.wrongAnswer(name, answer)).toBeFalsy()
}

const settings = { seed, numRuns, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true }

describe('any operation gets a response that is not an internal error:', () => {
  const schema = buildSchema()
  const roots = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }

  for (const [kind, root] of Object.entries(roots)) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      it(`${kind} ${field.name}`, { timeout: 120_000 }, async () => {
        const { fill, claims, token } = await newCaller()
        await fc.assert(
          fc.asyncProperty(operationsOf(kind as Ask['kind'], field), async ({ transport, ask }) => {
            const send = fuzzedTransports[transport]
            const filled = { ...ask, query: fill(ask.query), variables: ask.variables && fill(ask.variables) }
            // A stream over SSE ends with its token.
            const own = kind === 'subscription' ? await gateway.token(claims) : token
            const revoke = async () => {
              await fetch(new URL('/oauth/revoke', gateway.url), {
                method: 'POST',
                body: new URLSearchParams({ token: own }),
              })
            }
            const outcome = await send?.(filled, { url: gateway.url, token: own, revoke })
            expectAnswer(outcome ?? { results: [], malformed: 'there is no such transport' })
          }),
          settings,
        )
      })
    }
  }
})

describe('any body of a method gets a response that is not an internal error:', () => {
  for (const [name, { request }] of Object.entries(methods)) {
    it(name, { timeout: 120_000 }, async () => {
      const { fill, token } = await newCaller()
      const shape = z.toJSONSchema(request, { io: 'input' }) as JsonSchema
      await fc.assert(
        fc.asyncProperty(valuesOfShape(shape), async ({ json }) => {
          expectMethodAnswer(name, await callMethod(gateway, token, name, fill(json)))
        }),
        settings,
      )
    })
  }
})

describe('a body that is not valid', () => {
  const bodies = [
    ...[
      '',
      ' ',
      'null',
      '1',
      '"x"',
      '[]',
      '[{}]',
      '{}',
      '{',
      '\0',
      'query',
      '[{"query":"{ __typename }"}]',
      '{"query":',
    ],
    ...['{"query":null}', '{"query":1}', '{"query":[]}', '{"query":{}}', '{"query":""}', '{"query":"\\ud800"}'],
    ...['\ufeff{"query":"{ __typename }"}', '{"__proto__":{"query":"{ __typename }"}}', '%', 'query=%', '&&==', '+'],
    ...['['.repeat(100_000), '{"a":'.repeat(100_000), '"'.repeat(100_001), ' '.repeat(1_000_000), '#'.repeat(100_000)],
  ].map((text) => Buffer.from(text))
  bodies.push(
    Buffer.from('{"query":"{ __typename }","variables":{"a":"caf\xe9"}}', 'latin1'),
    Buffer.from([0xff, 0xfe, 0]),
  )

  /** Adds the body to the error if one fails. */
  const forEach = async (act: (body: Buffer<ArrayBuffer>) => Promise<void>) => {
    for (const body of bodies) {
      await act(body).catch((cause) => {
        throw new Error(`The body is ${shortened(JSON.stringify(body.toString('latin1')))}`, { cause })
      })
    }
  }

  for (const type of ['application/json', 'application/graphql', 'application/x-www-form-urlencoded']) {
    it(`gets a response from GraphQL if its content type is ${type}`, async () => {
      const headers = { 'content-type': type, authorization: `Bearer ${await gateway.token()}` }
      await forEach(async (body) =>
        expectAnswer(await read(await fetch(gateway.url, { method: 'POST', headers, body }))),
      )
    })
  }

  for (const name of Object.keys(methods)) {
    it(`gets a response from ${name}`, async () => {
      const token = await gateway.token()
      await forEach(async (body) => expectMethodAnswer(name, await callMethod(gateway, token, name, body)))
    })
  }
})
