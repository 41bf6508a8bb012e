import { createHmac } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { request, run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { callMethod } from './support/method.ts'
import { description } from './support/openapi.ts'
import { type Received, type Receiver, receiverForTest } from './support/receiver.ts'

const SECRET = 'JSauw0Aks8l-asAa'

let gateway: TestGateway
let token: string
let catalogue: Catalogued[]
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
  const document = '{ webhookActions { name description filters additionalData dataSchema example } }'
  const anybody = await gateway.token({ scopes: [] })
  catalogue = (await run<{ webhookActions: Catalogued[] }>(gateway, anybody, document)).webhookActions
})
afterAll(() => gateway.stop())

interface Catalogued {
  name: string
  description: string
  filters: string[]
  additionalData: string[]
  dataSchema: Record<string, unknown>
  example: Record<string, unknown>
}

const ajv = new Ajv2020({ strict: true })
/** Compiles each schema once. */
const fits = ({ dataSchema }: Catalogued, data: unknown) => ajv.validate(dataSchema, data)

const isReported = ({ name }: Catalogued) => !name.startsWith('AGENT_')

const valuesOf = async (name: string): Promise<string[]> => {
  const { __type: type } = await run<{ __type: { enumValues?: { name: string }[]; inputFields?: { name: string }[] } }>(
    gateway,
    token,
    `{ __type(name: "${name}") { enumValues { name } inputFields { name } } }`,
  )
  return (type.enumValues ?? type.inputFields ?? []).map((value) => value.name)
}

describe('the catalogue of actions', () => {
  it('has every action, with filters and additional data that bot agents can ask for', async () => {
    expect(catalogue.map(({ name }) => name).toSorted()).toEqual(await valuesOf('WebhookAction'))
    const filters = await valuesOf('WebhookFiltersInput')
    const additionalData = await valuesOf('AdditionalData')
    expect(filters).toEqual(expect.arrayContaining(catalogue.flatMap((action) => action.filters)))
    expect(additionalData).toEqual(expect.arrayContaining(catalogue.flatMap((action) => action.additionalData)))
  })

  it('has a schema that its example fits, and nothing without the required fields', () => {
    for (const action of catalogue) {
      expect([action.name, action.dataSchema.$schema]).toEqual([
        action.name,
        'https://json-schema.org/draft/2020-12/schema',
      ])
      expect([action.name, fits(action, action.example)]).toEqual([action.name, true])
      expect([action.name, fits(action, { ...action.example, more: 1 })]).toEqual([action.name, true])
      for (const field of Object.keys(action.example)) {
        const { [field]: _, ...others } = action.example
        const isRequired = (action.dataSchema.required as string[]).includes(field)
        expect([action.name, field, fits(action, others)]).toEqual([action.name, field, !isRequired])
      }
    }
  })

  it('has examples that the gateway accepts as events, and schemas that the webhooks of these fit', async () => {
    const receiver = await receiverForTest()
    const reporter = await gateway.token({ licenseId: 2 })
    const actions = catalogue.map(({ name }) => ({ name }))
    const webhooks = { url: receiver.url, secretKey: SECRET, actions }
    await create(gateway, reporter, { status: 'ACCEPTING_CHATS', webhooks })
    for (const { name, example } of catalogue.filter(isReported)) {
      await publish(gateway, reporter, { action: name, data: example })
    }
    const received = await receiver.reaches(catalogue.filter(isReported).length)
    for (const { body } of received) {
      const action = catalogue.find(({ name }) => name.toLowerCase() === body.action) as Catalogued
      expect([body.action, body.data, fits(action, body.data)]).toEqual([body.action, action.example, true])
    }
  })

  it('is at /agents/list_webhook_names in the words of the specification, without a token', async () => {
    const answer = await callMethod(gateway, undefined, 'list_webhook_names', {})
    const { status, body } = answer
    expect((await description(gateway.url)).wrongAnswer('list_webhook_names', answer)).toBeUndefined()
    expect(status).toBe(200)
    expect(body).toHaveLength(catalogue.length)
    expect(body).toContainEqual({
      action: 'chat_user_added',
      filters: ['chat_properties', 'chat_member_ids', 'only_my_chats'],
      additional_data: ['chat_properties', 'access', 'thread_id'],
    })
    expect(body).toContainEqual({ action: 'agent_deleted', filters: ['chat_member_ids'], additional_data: [] })
  })

  it('limits how often an address reads it', async () => {
    const busy = await gatewayForTest({ env: { RATE_LIMIT_QUERY_COST: '10' } })
    const first = await callMethod(busy, undefined, 'list_webhook_names', {})
    const second = await callMethod(busy, undefined, 'list_webhook_names', {})
    expect([first.status, second.status, second.body.error?.type]).toEqual([200, 429, 'too_many_requests'])
  })
})

describe('an example of a webhook', () => {
  const send = async (input: object, as = token) => {
    const document = `mutation ($input: SendExampleWebhookInput!) {
      sendExampleWebhook(input: $input) { webhookDelivery { id ping action state chatEvent { id } } userErrors { code field message } } }`
    const { sendExampleWebhook } = await run<{
      sendExampleWebhook: { webhookDelivery: { id: string } | null; userErrors: { field: string[] }[] }
    }>(gateway, as, document, { input })
    return sendExampleWebhook
  }

  const listener = (receiver: Receiver) => {
    const actions = [{ name: 'INCOMING_EVENT', additionalData: ['CHAT_PROPERTIES', 'ACCESS'] }]
    return create(gateway, token, { webhooks: { url: receiver.url, secretKey: SECRET, actions } })
  }

  it('is signed, and looks like a webhook of its action, but for two marks', async () => {
    const receiver = await receiverForTest()
    const botAgentId = await listener(receiver)
    const { webhookDelivery } = await send({ botAgentId, action: 'INCOMING_EVENT' })
    expect(webhookDelivery).toEqual({
      id: expect.any(String),
      ping: true,
      action: 'INCOMING_EVENT',
      state: 'PENDING',
      chatEvent: null,
    })
    const { headers, body, text } = (await receiver.reaches(1))[0] as Received
    expect(body).toEqual({
      webhook_id: webhookDelivery?.id,
      secret_key: SECRET,
      action: 'incoming_event',
      data: catalogue.find(({ name }) => name === 'INCOMING_EVENT')?.example,
      additional_data: { chat_properties: { source: { type: { value: 'facebook' } } }, access: { group_ids: [0] } },
      example: true,
    })
    expect(headers['webhook-example']).toBe('true')
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
    expect(headers['webhook-signature']).toContain(`v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`)
  })

  it('may be of an action that the bot agent does not listen to, and have data of your own', async () => {
    const receiver = await receiverForTest()
    const botAgentId = await listener(receiver)
    const data = { chat_id: 'c', thread_id: 't', tag: 'mine', more: 12345678901234567890n }
    const literal = JSON.stringify(data, (_key, value) => (typeof value === 'bigint' ? 'BIG' : value))
      .replace('"BIG"', String(data.more))
      .replace(/"(\w+)":/g, '$1: ')
    const document = `mutation ($id: ID!) { sendExampleWebhook(input: { botAgentId: $id, action: CHAT_THREAD_TAGGED, data: ${literal} }) { userErrors { message } } }`
    expect(await run(gateway, token, document, { id: botAgentId })).toEqual({ sendExampleWebhook: { userErrors: [] } })
    await send({ botAgentId, action: 'AGENT_DELETED' })
    const received = await receiver.reaches(2)
    const [tagged, deleted] = ['chat_thread_tagged', 'agent_deleted'].map((action) =>
      received.find(({ body }) => body.action === action),
    )
    expect(tagged?.text).toContain(
      '"data":{"chat_id":"c","thread_id":"t","tag":"mine","more":12345678901234567890},"additional_data":{}',
    )
    expect(deleted?.body.data).toEqual({ agent_id: expect.any(String) })
  })

  it('is refused with data that no such webhook has, or that is too large', async () => {
    const botAgentId = await listener(await receiverForTest())
    const asked: [object, string[]][] = [
      [{ action: 'CHAT_THREAD_TAGGED', data: { chat_id: 'c', thread_id: 't' } }, ['data', 'tag']],
      [{ action: 'AGENT_DELETED', data: [] }, ['data']],
      [{ action: 'AGENT_DELETED', data: { agent_id: 'a', more: 'x'.repeat(32 * 1_024) } }, ['data']],
    ]
    for (const [input, field] of asked) {
      expect(await send({ botAgentId, ...input })).toMatchObject({
        webhookDelivery: null,
        userErrors: [{ code: 'VALIDATION', field }],
      })
    }
  })

  it('is tried once, even if the webhooks are disabled, does not count for them, and is in the audit trail', async () => {
    const receiver = await receiverForTest()
    receiver.answer = (response) => void response.writeHead(410).end()
    const botAgentId = await listener(receiver)
    const health = () =>
      sql(gateway.databaseUrl, 'select webhooks_state, webhooks_failures from bot_agent where id = $1', [botAgentId])
    const { webhookDelivery } = await send({ botAgentId, action: 'THREAD_CLOSED' })
    const ended = (id: string | undefined) =>
      untilSql(
        gateway.databaseUrl,
        `select from webhook_delivery where id = $1 and state = 'FAILED' and attempt_count = 1`,
        [id],
      )
    await ended(webhookDelivery?.id)
    expect(await health()).toEqual([{ webhooks_state: 'ACTIVE', webhooks_failures: 0 }])
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'DISABLED' where id = $1`, [botAgentId])
    await ended((await send({ botAgentId, action: 'THREAD_CLOSED' })).webhookDelivery?.id)
    expect(receiver.received).toHaveLength(2)
    const { auditTrail } = await run<{ auditTrail: { nodes: object[] } }>(
      gateway,
      token,
      `{ auditTrail(botAgentIds: ["${botAgentId}"], first: 2) { nodes { action } } }`,
    )
    expect(auditTrail.nodes).toEqual([{ action: 'PINGED' }, { action: 'PINGED' }])
  })

  it('is one of at most 30 within a minute, together with pings, however many are sent at once', async () => {
    const receiver = await receiverForTest()
    const [botAgentId, other] = [await listener(receiver), await listener(receiver)]
    const ping = `mutation { pingWebhooks(input: { botAgentId: "${botAgentId}" }) { userErrors { code field message } } }`
    const sent = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        if (index % 2 === 0) return (await send({ botAgentId, action: 'THREAD_CLOSED' })).userErrors
        return (await run<{ pingWebhooks: { userErrors: object[] } }>(gateway, token, ping)).pingWebhooks.userErrors
      }),
    )
    const refused = sent.flat()
    expect(refused).toHaveLength(10)
    for (const error of refused) {
      expect(error).toMatchObject({
        code: 'LIMIT_REACHED',
        field: ['botAgentId'],
        message: expect.stringMatching(/30 pings and examples within a minute.* may be sent at \d{4}-.*Z\.$/),
      })
    }
    const [free] = refused.map(
      (error) => new Date(/at (\S+Z)\.$/.exec((error as { message: string }).message)?.[1] ?? ''),
    )
    expect(free?.getTime()).toBeGreaterThan(Date.now())
    expect(free?.getTime()).toBeLessThan(Date.now() + 60_000)
    expect((await send({ botAgentId: other, action: 'THREAD_CLOSED' })).userErrors).toEqual([])
    // A minute later.
    await sql(
      gateway.databaseUrl,
      `update audit_entry set created_at = created_at - interval '1 minute' where bot_agent_id = $1`,
      [botAgentId],
    )
    expect((await send({ botAgentId, action: 'THREAD_CLOSED' })).userErrors).toEqual([])
  })

  it('is not sent for the bot agents of others, or without the scope to change one’s own', async () => {
    const receiver = await receiverForTest()
    const botAgentId = await listener(receiver)
    const neighbour = await gateway.token({ clientId: 'neighbour' })
    const foreign = await gateway.token({ licenseId: 3 })
    for (const as of [neighbour, foreign]) {
      expect(await send({ botAgentId, action: 'THREAD_CLOSED' }, as)).toMatchObject({
        userErrors: [{ code: 'NOT_FOUND' }],
      })
    }
    const reader = await gateway.token({ scopes: ['agents-bot--all:ro'] })
    const document = `mutation { sendExampleWebhook(input: { botAgentId: "${botAgentId}", action: THREAD_CLOSED }) { userErrors { code } } }`
    expect((await request(gateway.url, reader, document)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    expect(receiver.received).toEqual([])
  })
})
