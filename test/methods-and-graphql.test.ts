import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEncryption } from '../src/database/encryption.ts'
import { statuses } from '../src/methods/method-error.ts'
import type { MethodName } from '../src/methods/methods.ts'
import { inSchemaWords } from './specification/payloads.ts'
import { create } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { type Claims, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { callMethod } from './support/method.ts'
import { type Case, cases, hook, type Ids } from './support/method-cases.ts'
import { type Description, description } from './support/openapi.ts'

const operations: Record<MethodName, string> = {
  create_bot_agent:
    'mutation ($input: CreateBotAgentInput!) { answer: createBotAgent(input: $input) { userErrors { code field message } } }',
  update_bot_agent:
    'mutation ($input: UpdateBotAgentInput!) { answer: updateBotAgent(input: $input) { userErrors { code field message } } }',
  remove_bot_agent:
    'mutation ($input: RemoveBotAgentInput!) { answer: removeBotAgent(input: $input) { userErrors { code field message } } }',
  get_bot_agents: 'query ($all: Boolean) { answer: botAgents(all: $all) { nodes { id name avatar status } } }',
  get_bot_agent_details: 'query ($botAgentId: ID!) { answer: botAgent(id: $botAgentId) { id webhooks { secretKey } } }',
}

const isMutation = (method: MethodName) => operations[method].startsWith('mutation')

interface GraphQLAnswer {
  userErrors?: { code: string; message: string }[]
  nodes?: object[]
}

/** Two licenses, each with one bot agent of each owner. */
interface World {
  licenseId: number
  ids: Ids
}

describe('a method and its GraphQL operation store the same rows and return the same messages:', () => {
  let gateway: TestGateway
  let described: Description
  let rows: Awaited<ReturnType<typeof reader>>
  /** Shared by all cases that are refused and change nothing. */
  let refused: World
  beforeAll(async () => {
    gateway = await startGateway()
    described = await description(gateway.url)
    rows = await reader(gateway)
    refused = await newWorld()
  })
  afterAll(async () => {
    await rows.stop()
    await gateway.stop()
  })

  const newWorld = async (): Promise<World> => {
    // `rowsOf` also reads the license with the next number.
    const [licenseId] = [newLicense(), newLicense()]
    const started = { avatar: 'a.jpg', groups: [{ id: 9, priority: 'LAST' }], webhooks: inSchemaWords(hook) }
    const createFor = async (claims: Claims) => create(gateway, await gateway.token(claims), started)
    const ids = {
      own: await createFor({ licenseId }),
      other: await createFor({ licenseId, clientId: 'other' }),
      foreign: await createFor({ licenseId: licenseId + 1 }),
    }
    return { licenseId, ids }
  }

  /** Calls the method, and checks its response against the description. */
  const byMethod = async ({ method, body, claims }: Case, { licenseId, ids }: World) => {
    const sent = typeof body === 'function' ? body(ids) : body
    const token = claims === null ? undefined : await gateway.token({ licenseId, ...claims })
    const answer = await callMethod(gateway, token, method, sent)
    expect(described.wrongAnswer(method, answer)).toBeUndefined()
    // A body that does not match the description is refused. One that matches may still break a rule.
    if (!described.fitsRequest(method, sent) && token) expect(answer.status).toBe(400)
    return answer
  }

  const byGraphQL = async ({ method, body, claims }: Case, { licenseId, ids }: World) => {
    const words = inSchemaWords(typeof body === 'function' ? body(ids) : body) as object
    const token = claims === null ? undefined : await gateway.token({ licenseId, ...claims })
    const variables = isMutation(method) ? { input: words } : words
    const { data, errors } = await request(gateway.url, token, operations[method], variables)
    return { errors, answer: data?.answer as GraphQLAnswer | undefined }
  }

  for (const one of cases.filter(({ says }) => !says)) {
    it(`${one.method} ${one.name}`, async () => {
      const [here, there] = [await newWorld(), await newWorld()]
      const { status, body } = await byMethod(one, here)
      expect(status).toBe(200)
      const { answer, errors } = await byGraphQL(one, there)
      expect(errors).toBeUndefined()
      if (isMutation(one.method)) expect(answer?.userErrors).toEqual([])
      if (answer?.nodes) expect(anonymous(inSchemaWords(body.bot_agents))).toEqual(anonymous(answer.nodes))
      expect(await rows.rowsOf(here)).toEqual(await rows.rowsOf(there))
    })
  }

  for (const one of cases) {
    const { says: expected } = one
    if (!expected) continue
    it(`${one.method} ${one.name}`, async () => {
      const before = await rows.rowsOf(refused)
      const { status, body } = await byMethod(one, refused)
      const { error } = body
      const wrong = error?.data ?? (error ? [error] : [])
      expect(wrong.map(({ message }) => anonymous(message))).toEqual(expected)
      expect(error?.data?.map(({ field }) => field)).toEqual(expected.length > 1 ? expected.map(fieldOf) : undefined)
      expect(error?.message).toBe(wrong[0]?.message)
      const type = one.error ?? 'validation'
      expect({ status, type: error?.type }).toEqual({ status: statuses[type], type })

      const { answer, errors = [] } = await byGraphQL(one, refused)
      if (one.byTypes) {
        expect(errors[0]?.extensions?.code).toBe('BAD_USER_INPUT')
        expect(expected.map(fieldOf)).toContain(fieldInVariables(errors[0]?.message ?? ''))
      } else if (errors.length > 0) {
        expect(errors.map(({ message }) => message.replace(/^`\w+\.\w+`/, `\`${one.method}\``))).toEqual(expected)
      } else if (one.method === 'get_bot_agent_details') {
        expect(answer).toBeNull()
      } else {
        expect(answer?.userErrors?.map(({ message }) => sameWords(anonymous(message)))).toEqual(
          expected.map((message) => sameWords(inSchemaPath(message))),
        )
      }
      expect(await rows.rowsOf(refused)).toEqual(before)
    })
  }
})

/** Replaces the ids, which differ between cases. */
function anonymous<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{32}/g, 'THE ID'))
}

/** The field with which a message begins. */
function fieldOf(message: string): string {
  return /^`([^`]*)`/.exec(message)?.[1] ?? ''
}

/** The field that has a wrong type according to GraphQL, named as on the wire. */
function fieldInVariables(message: string): string {
  const [, variable = ''] = /^Variable "\$(\w+)"/.exec(message) ?? []
  const [, path] = / at "input\.([^"]+)"/.exec(message) ?? []
  const [, missing] = /Field "(\w+)" of required type/.exec(message) ?? []
  const field = variable === 'input' ? [path, missing].filter(Boolean).join('.') : variable
  return field
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace('chat_properties[0]', 'chat_properties.source.type')
}

/** A message without the details that the wire and the schema write differently. */
function sameWords(sentence: string): string {
  return sentence.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** In the schema, filters by property have an index. */
function inSchemaPath(message: string): string {
  return message
    .replace('chat_properties[""]', 'chat_properties[0].namespace')
    .replace('chat_properties["a.b"][""]', 'chat_properties[0].name')
    .replace('chat_properties.source.type', 'chat_properties[0]')
}

/** Reads all rows of a world, without the values that differ between worlds. */
async function reader(
  gateway: TestGateway,
): Promise<{ rowsOf: (world: World) => Promise<unknown>; stop(): Promise<void> }> {
  const client = new pg.Client({ connectionString: gateway.databaseUrl })
  await client.connect()
  const key = await readFile(join(gateway.dataDir, 'encryption-key'), 'utf8')
  const { decrypt } = createEncryption(Buffer.from(key, 'hex'))
  const differing = new Set(['position', 'created_at', 'updated_at', 'webhooks_state_since'])

  const rowsOf = async ({ licenseId }: World) => {
    const rows = async (text: string) =>
      (await client.query<Record<string, unknown>>(text, [[licenseId, licenseId + 1]])).rows
    const found = [
      await rows(
        `select b.*, array(select action::text from webhook_listener where bot_agent_id = b.id order by 1) as listens
         from bot_agent b where license_id = any($1) order by created_at, id`,
      ),
      await rows('select * from feed_entry where license_id = any($1) order by position'),
      await rows('select * from chat_event where license_id = any($1) order by created_at, id'),
      await rows('select * from audit_entry where license_id = any($1) order by created_at, id'),
      await rows('select * from webhook_delivery where license_id = any($1) order by created_at, id'),
    ]
    const labels = new Map<string, string>()
    const labelled = (kind: string, value: string) => {
      if (!labels.has(value)) labels.set(value, `${kind} ${labels.size}`)
      return labels.get(value) as string
    }
    const comparable = (name: string, value: unknown, { id }: Record<string, unknown>) => {
      if (value === null) return null
      if (name === 'license_id') return Number(value) - licenseId
      if (name === 'access_token_hash') return labelled('token', (value as Buffer).toString('hex'))
      if (Buffer.isBuffer(value)) return decrypt(value, String(id))
      if (differing.has(name)) return 'differs'
      return JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{32}/g, (found) => labelled('id', found)))
    }
    return found.map((table) =>
      table.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, comparable(name, value, row)])),
      ),
    )
  }
  return { rowsOf, stop: () => client.end() }
}
