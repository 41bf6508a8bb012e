import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBotAgent, updateBotAgent, watchChanges } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilDrained } from './support/delivery-records.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

interface Payload {
  botAgent: { id: string } | null
  userErrors: { code: string; field: string[]; message: string }[]
}

const secret = 'Bearer a-secret-of-the-owner'
const authorization = { name: 'Authorization', value: secret }

async function setUp() {
  const token = await gateway.token({ licenseId: newLicense() })
  const receiver = await receiverForTest()
  const webhooks = (more: object = {}) => ({ url: receiver.url, actions: [{ name: 'INCOMING_EVENT' }], ...more })
  const make = async (more: object) => {
    const input = { name: 'x', status: 'ACCEPTING_CHATS', webhooks: webhooks({ secretKey: 's', ...more }) }
    return (await run<{ createBotAgent: Payload }>(gateway, token, createBotAgent, { input })).createBotAgent
  }
  const update = async (id: string, input: object | null) => {
    const variables = { input: { id, webhooks: input && webhooks(input) } }
    return (await run<{ updateBotAgent: Payload }>(gateway, token, updateBotAgent, variables)).updateBotAgent
  }
  const shown = async (id: string) => {
    const query = 'query ($id: ID!) { botAgent(id: $id) { webhooks { headers { name value } maxPerSecond } } }'
    const { botAgent } = await run<{ botAgent: { webhooks: { headers: object[] } } }>(gateway, token, query, { id })
    return botAgent.webhooks.headers
  }
  /** The header of the next webhook. */
  const sent = async (name: string) => {
    const before = receiver.received.length
    await publish(gateway, token)
    return (await receiver.reaches(before + 1)).at(-1)?.headers[name]
  }
  return { token, receiver, make, update, shown, sent }
}

it('headers of the owner are sent with each webhook, beside those of the gateway, and are never shown', async () => {
  const { receiver, make, shown, sent } = await setUp()
  const cookie = { name: 'cookie', value: 'a=b; c=d' }
  const { botAgent } = await make({ headers: [authorization, cookie] })
  const id = botAgent?.id ?? ''
  expect(await shown(id)).toEqual([
    { name: 'Authorization', value: '…' },
    { name: 'cookie', value: '…' },
  ])
  const [stored] = await sql<{ text: string }>(
    gateway.databaseUrl,
    `select encode(webhooks_headers, 'escape') as text from bot_agent where id = $1`,
    [id],
  )
  expect(stored?.text).not.toMatch(/secret|ookie/)

  expect(await sent('authorization')).toBe(secret)
  const [received] = receiver.received
  expect(received?.headers).toMatchObject({
    cookie: cookie.value,
    'content-type': 'application/json',
    'user-agent': 'bot-agent-gateway',
    'webhook-id': received?.body.webhook_id,
  })
})

it('an update that leaves them out keeps them, a mask keeps one value, and an empty list removes them', async () => {
  const { make, update, shown, sent } = await setUp()
  const id = (await make({ headers: [authorization] })).botAgent?.id ?? ''
  expect(await sent('authorization')).toBe(secret)
  for (const headers of [undefined, null]) {
    await update(id, { headers })
    expect(await sent('authorization')).toBe(secret)
  }
  await update(id, {
    headers: [
      { name: 'authorization', value: '…' },
      { name: 'x-new', value: 'new' },
    ],
  })
  expect(await sent('authorization')).toBe(secret)
  expect(await sent('x-new')).toBe('new')
  await update(id, { headers: [{ name: 'authorization', value: 'other' }] })
  expect(await sent('authorization')).toBe('other')
  expect(await sent('x-new')).toBeUndefined()
  await update(id, { headers: [] })
  expect(await shown(id)).toEqual([])
  expect(await sent('authorization')).toBeUndefined()
})

it('those of webhooks that were removed do not come back', async () => {
  const { make, update, shown } = await setUp()
  const id = (await make({ headers: [authorization] })).botAgent?.id ?? ''
  await update(id, null)
  await update(id, { secretKey: 's' })
  expect(await shown(id)).toEqual([])
})

it('what is refused is named, and no value is in an error, the log, the audit trail or the answer that a destination echoes', async () => {
  const { token, receiver, make, update } = await setUp()
  const refused = await make({
    headers: [
      { name: 'Host', value: secret },
      { name: 'X-A', value: `${secret}\r\nx: y` },
    ],
  })
  expect(refused.userErrors.map(({ field }) => field)).toEqual([
    ['webhooks', 'headers', '0', 'name'],
    ['webhooks', 'headers', '1', 'value'],
  ])
  const masked = await make({ headers: [{ name: 'X-A', value: '…' }] })
  expect(masked.userErrors.map(({ field }) => field)).toEqual([['webhooks', 'headers', '0', 'value']])

  receiver.answer = (response) => {
    response.statusCode = 400
    response.end(JSON.stringify(receiver.received.at(-1)?.headers))
  }
  const id = (await make({ headers: [authorization] })).botAgent?.id ?? ''
  await update(id, { headers: [{ name: 'X-A', value: '…' }, authorization] })
  await run(gateway, token, `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { userErrors { message } } }`)
  await receiver.reaches(1)
  await untilDrained(gateway.databaseUrl)
  const query = `{ botAgent(id: "${id}") { webhookDeliveries { nodes { attempts { responseBody } } } } }`
  const seen = await run<{ botAgent: object }>(gateway, token, query)
  expect(JSON.stringify(seen)).toContain('\\"authorization\\":\\"…\\"')
  const audited = await sql(gateway.databaseUrl, 'select * from audit_entry')
  for (const told of [refused, masked, seen, audited, gateway.logged]) {
    expect(JSON.stringify(told)).not.toContain('a-secret-of-the-owner')
  }
})

it('a change of headers or pace is a change of the webhooks, and the same ones again are none', async () => {
  const { token, make, update } = await setUp()
  const changes = await watchChanges(gateway, token)
  const id = (await make({ headers: [authorization] })).botAgent?.id ?? ''
  expect(await changes.take(1)).toMatchObject([{ kind: 'CREATED', botAgentId: id }])
  const fields = async (webhooks: object) => {
    await update(id, webhooks)
    return (await changes.take(1))[0]?.changedFields
  }
  expect(await fields({ headers: [{ ...authorization, value: 'other' }] })).toEqual(['webhooks'])
  expect(await fields({ headers: [{ ...authorization, value: '…' }] })).toEqual([])
  expect(await fields({})).toEqual([])
  expect(await fields({ maxPerSecond: 5 })).toEqual(['webhooks'])
  await changes.stop()
})
