import { once } from 'node:events'
import { request as open } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'

/**
 * Yoga answers a document that it has not seen before. When the document comes again, the gateway answers it without Yoga. So each
 * operation is sent twice, and nobody must be able to tell the answers apart.
 */
let gateway: TestGateway
let tokens: Record<'all' | 'none' | 'wrong', string>
beforeAll(async () => {
  gateway = await startGateway()
  const [all, none] = await Promise.all([gateway.token(), gateway.token({ scopes: [] })])
  tokens = { all: `Bearer ${all}`, none: `Bearer ${none}`, wrong: 'Bearer guess' }
})
afterAll(() => gateway.stop())

interface Operation {
  query: string
  variables?: unknown
  operationName?: unknown
  extensions?: unknown
}

const publishing = 'mutation ($input: PublishChatEventInput!)'
const operations: Record<string, Operation> = {
  'that returns data': { query: '{ viewer { clientId licenseId scopes } }' },
  'that returns null': { query: '{ botAgent(id: "00000000000000000000000000000000") { id } }' },
  'with fragments, aliases and directives': {
    query:
      'query ($no: Boolean!) { me: viewer { ...F id: clientId @skip(if: $no) } __typename } fragment F on Viewer { licenseId @include(if: $no) }',
    variables: { no: false },
  },
  'that asks for the schema': { query: '{ __type(name: "BotAgent") { name fields { name type { kind } } } }' },
  'that is one of several': {
    query: 'query A { viewer { clientId } } query B { botAgents { totalCount } }',
    operationName: 'B',
  },
  'that does not say which of several': { query: 'query A { viewer { clientId } } query B { viewer { licenseId } }' },
  'with an unknown name': { query: 'query A { viewer { clientId } }', operationName: 'X' },
  'with extensions': { query: '{ viewer { licenseId } }', extensions: { tracing: true } },
  'without a variable that it needs': { query: 'query ($id: ID!) { botAgent(id: $id) { name } }' },
  'with a variable of the wrong type': {
    query: 'query ($first: Int) { botAgents(first: $first) { totalCount } }',
    variables: { first: 'ten' },
  },
  'with an argument that is not valid': { query: '{ botAgents(first: 1000) { totalCount } }' },
  'with a list that is too long': {
    query: 'query ($ids: [ID!]) { auditTrail(botAgentIds: $ids) { nodes { id } } }',
    variables: { ids: Array.from({ length: 1_001 }, String) },
  },
  'with errors in several places': {
    query:
      '{ a: botAgents(first: 0) { totalCount } b: botAgent(id: "x") { id } c: botAgents(first: -1) { totalCount } }',
  },
  'that costs more than it may': {
    query: `{ ${Array.from({ length: 12 }, (_, index) => `a${index}: webhookDeliveries(first: 100) { nodes { id attempts { number startedAt durationMs } } }`).join(' ')} }`,
  },
  'with mistakes in its input': {
    query: `${publishing} { publishChatEvent(input: $input) { matched userErrors { code field message } } }`,
    variables: { input: { action: 'INCOMING_EVENT', data: [] } },
  },
  'with JSON in a variable': {
    query: `${publishing} { publishChatEvent(input: $input) { matched chatEvent { data } userErrors { message } } }`,
    variables: { input: { action: 'THREAD_CLOSED', data: { chat_id: 'A', n: 1.5 } } },
  },
  'with JSON in the document': {
    query:
      'mutation { publishChatEvent(input: { action: THREAD_CLOSED, data: { a: 1.50, b: [null, "x"] } }) { matched userErrors { field } } }',
  },
}

const accepted: Record<string, string | undefined> = {
  anything: undefined,
  'any type': '*/*',
  JSON: 'application/json',
  'JSON of any kind': 'application/*',
  'the media type of GraphQL': 'application/graphql-response+json',
  'what Apollo Client accepts': 'application/graphql-response+json,application/json;q=0.9',
  'what urql accepts':
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  'JSON in another character set': 'application/json; charset=utf-16, application/graphql-response+json; charset=utf-8',
  'capital letters': 'Application/JSON',
  'event streams first': 'text/event-stream, application/json',
  'nothing that we have': 'text/html',
}

describe.each(Object.entries(operations))('an operation %s', (_name, operation) => {
  it.each(Object.entries(accepted))('has one answer for clients that accept %s', async (_accepts, accept) => {
    for (const [caller, authorization] of Object.entries({ ...tokens, nobody: undefined })) {
      // No other test has sent this text.
      const query = `${operation.query} # ${caller} ${accept}`
      const headers = { ...(authorization && { authorization }), ...(accept && { accept }) }
      const first = await send({ ...operation, query }, headers)
      expect(await send({ ...operation, query }, headers)).toEqual(first)
    }
  })
})

it('an operation that is one too many in this minute has one answer', async () => {
  const limited = await gatewayForTest({ env: { RATE_LIMIT_MUTATIONS: '1' } })
  const headers = { authorization: `Bearer ${await limited.token()}` }
  const operation = { query: 'mutation { removeBotAgent(input: { botAgentId: "x" }) { botAgentId } }' }
  expect(await send(operation, headers, limited)).toMatchObject({ status: 200 })
  const refused = await send({ query: `${operation.query} # again` }, headers, limited)
  expect(refused).toMatchObject({ status: 429 })
  expect(await send(operation, headers, limited)).toEqual(refused)
})

/** @returns everything that the client sees, apart from the time and the id of the request */
async function send(operation: Operation, headers: Record<string, string>, { url } = gateway) {
  const outgoing = open(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } })
  outgoing.end(JSON.stringify(operation))
  const [response] = await once(outgoing, 'response')
  const body = await text(response)
  const names = Object.keys(response.headers).sort()
  const { date: _, 'x-request-id': __, 'content-length': length, ...shown } = response.headers
  expect(Number(length)).toBe(Buffer.byteLength(body))
  if (shown['retry-after']) shown['retry-after'] = 'seconds'
  const timeless = body.replace(/\d+ s\.|"retryAfter":\d+/g, 'seconds')
  return { status: response.statusCode, names, headers: shown, body: timeless }
}
