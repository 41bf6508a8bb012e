import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { expect, it, onTestFinished } from 'vitest'
import { createEncryption } from '../src/database/encryption.ts'
import { changeStatus, create, updateBotAgent } from './support/bot-agents.ts'
import { request, run } from './support/client.ts'
import { databaseForTest, sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { subscribe } from './support/subscription.ts'
import { unnamedSecret } from './support/unnamed-secret.ts'

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]
const [oldId] = createEncryption(oldKey).keyIds
const [newId] = createEncryption(newKey).keyIds

/** A cluster whose gateways have different keys. */
async function cluster() {
  const databaseUrl = await databaseForTest()
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  const start = (key: Buffer, accepted?: Buffer) =>
    startGateway({
      beside: { databaseUrl, dataDir },
      env: {
        ENCRYPTION_KEY: key.toString('hex'),
        ...(accepted && { ACCEPTED_ENCRYPTION_KEYS: accepted.toString('hex') }),
      },
    })
  return {
    start,
    /** Starts and stops a gateway. */
    visit: async (key: Buffer, accepted?: Buffer) => (await start(key, accepted)).stop(),
    /** Changes the database as if no gateway had used the key for ten minutes. */
    leave: (id: string) =>
      sql(databaseUrl, `update encryption_key set present_at = present_at - interval '10 minutes' where id = $1`, [id]),
    keys: async () => {
      const rows = await sql<{ id: string }>(databaseUrl, 'select id from encryption_key order by id')
      return rows.map(({ id }) => id)
    },
    /** How many secrets each key has encrypted, by the id of the key. */
    secrets: async () => {
      const rows = await sql<{ key: string; count: number }>(
        databaseUrl,
        `select encode(substring(sealed from 2 for 8), 'hex') as key, count(*)::int from (
           select webhooks_secret_key as sealed from bot_agent
           union all select webhooks_headers from bot_agent
           union all select secret_key from former_secret_key
           union all select secret_key from webhook_delivery) secrets
         where sealed is not null group by 1`,
      )
      return Object.fromEntries(rows.map(({ key, count }) => [key, count]))
    },
    sql: (text: string, values?: unknown[]) => sql(databaseUrl, text, values),
  }
}

const secretOf = async (gateway: TestGateway, token: string, id: string) => {
  const { botAgent } = await run<{ botAgent: { webhooks: { secretKey: string } } }>(
    gateway,
    token,
    `{ botAgent(id: "${id}") { webhooks { secretKey } } }`,
  )
  return botAgent.webhooks.secretKey
}

const streaming =
  'subscription ($after: String) { botAgentStatusChanged(after: $after) { cursor status botAgent { webhooks { secretKey } } } }'

/** The next `count` events after a cursor. */
async function eventsBehind(
  gateway: TestGateway,
  token: string,
  after: string | undefined,
  count: number,
  act = async () => {},
) {
  const options = { variables: { after } }
  const watcher = await subscribe<{ cursor: string; status: string }>(gateway, token, streaming, options)
  await act()
  const events = await watcher.take(count)
  await watcher.stop()
  return events
}

it('the encryption key of a cluster can be changed step by step without an interruption, and nothing is lost', async () => {
  const { start, leave, keys, secrets } = await cluster()
  const receiver = await receiverForTest()
  const actions = [{ name: 'THREAD_CLOSED' }]
  const webhooks = (secretKey: string) => ({ url: receiver.url, secretKey, actions })
  const publish =
    'mutation { publishChatEvent(input: { action: THREAD_CLOSED, data: { chat_id: "c", thread_id: "t" } }) { matched } }'

  // Before: a bot agent whose secret was changed recently, a delivery, a cursor.
  const before = await start(oldKey)
  const token = await before.token()
  const headers = [{ name: 'X-Api-Key', value: 'added' }]
  const first = await create(before, token, {
    status: 'ACCEPTING_CHATS',
    webhooks: { ...webhooks('former'), headers },
  })
  await request(before.url, token, updateBotAgent, { input: { id: first, webhooks: webhooks('first') } })
  await request(before.url, token, publish)
  await receiver.reaches(1)
  const [seen] = await eventsBehind(before, token, undefined, 1, () => changeStatus(before, token, first, 2))
  await before.stop()
  expect(await secrets()).toEqual({ [oldId]: 4 })

  // First all gateways accept the new key, then one after another uses it. Meanwhile secrets are encrypted with both keys.
  const accepting = await start(oldKey, newKey)
  let changed = await start(newKey, oldKey)
  const second = await create(changed, token, { status: 'ACCEPTING_CHATS', webhooks: webhooks('second') })
  const third = await create(accepting, token, { webhooks: webhooks('third') })
  for (const gateway of [accepting, changed]) {
    expect(await secretOf(gateway, token, first)).toBe('first')
    expect(await secretOf(gateway, token, second)).toBe('second')
    expect(await secretOf(gateway, token, third)).toBe('third')
  }
  const [fresh] = await eventsBehind(changed, token, seen?.cursor, 1)
  expect((await eventsBehind(accepting, token, fresh?.cursor, 1))[0]?.status).toBe('OFFLINE')
  expect(await secrets()).toEqual({ [oldId]: 5, [newId]: 1 })
  expect(await keys()).toEqual([oldId, newId].sort())

  // From here on, no gateway uses the former key.
  await Promise.all([accepting.stop(), changed.stop()])
  await leave(oldId)
  changed = await start(newKey, oldKey)
  expect(await changed.logs('all secrets are encrypted with the current key')).toMatchObject({
    present: newId,
    former: [oldId],
    moved: 5,
    lost: 0,
  })
  expect(await secrets()).toEqual({ [newId]: 6 })
  expect(await keys()).toEqual([newId])
  expect(await eventsBehind(changed, token, seen?.cursor, 2)).toHaveLength(2)
  await changed.stop()

  // Therefore it can be removed.
  const after = await start(newKey)
  onTestFinished(() => after.stop())
  expect(await secretOf(after, token, first)).toBe('first')
  expect(await eventsBehind(after, token, fresh?.cursor, 1)).toHaveLength(1)
  await request(
    after.url,
    token,
    `mutation { replayWebhookDeliveries(input: { botAgentId: "${first}", states: [SUCCEEDED] }) { replayed } }`,
  )
  const [, again] = await receiver.reaches(2)
  expect(again?.body.secret_key).toBe('first')
  expect(again?.headers['x-api-key']).toBe('added')
  for (const secret of ['first', 'former']) {
    const webhook = new Webhook(new TextEncoder().encode(secret), { format: 'raw' })
    expect(() => webhook.verify(again?.text ?? '', again?.headers ?? {})).not.toThrow()
  }
})

it('a gateway without the key of the database does not start, and says which key it needs', async () => {
  const { start, visit, leave, keys } = await cluster()
  await visit(oldKey)
  await expect(start(newKey)).rejects.toThrow(
    new RegExp(`needs the key ${oldId}; it has ${newId}[\\s\\S]*ENCRYPTION_KEY[\\s\\S]*ACCEPTED_ENCRYPTION_KEYS`),
  )
  await expect(start(newKey)).rejects.not.toThrow(newKey.toString('hex'))
  expect(await keys()).toEqual([oldId])

  const changed = await start(newKey, oldKey)
  await changed.stop()
  await expect(start(oldKey)).rejects.toThrow(`needs the key ${newId}`)
  await leave(oldId)
  const alone = await start(newKey, oldKey)
  await alone.logs('all secrets are encrypted with the current key')
  await alone.stop()
  await expect(start(oldKey)).rejects.toThrow(`needs the key ${newId}`)
  await visit(newKey)
})

it('secrets without a key id are decrypted by trying each key, and re-encrypted with the current key', async () => {
  const { start, visit, leave, keys, secrets, sql } = await cluster()
  const gateway = await start(oldKey)
  const token = await gateway.token()
  const webhooks = { url: 'http://127.0.0.1:9', secretKey: 'x', actions: [{ name: 'THREAD_CLOSED' }] }
  const id = await create(gateway, token, { webhooks })
  await gateway.stop()
  await sql('delete from encryption_key')
  await sql('update bot_agent set webhooks_secret_key = $1', [unnamedSecret(oldKey, 'of before', id)])

  await expect(start(newKey)).rejects.toThrow('a key that this gateway does not have')
  await visit(oldKey)
  expect(await keys()).toEqual([oldId])

  await sql('delete from encryption_key')
  const changed = await start(newKey, oldKey)
  await changed.logs('all secrets are encrypted with the current key')
  expect(await secretOf(changed, token, id)).toBe('of before')
  await changed.stop()
  await leave(oldId)
  expect(await keys()).toEqual([newId])
  expect(await secrets()).toEqual({ [newId]: 1 })
})

it('a lost key can be given up: bot agents are kept, and get webhooks again once their webhooks are set again', async () => {
  const { start, sql } = await cluster()
  const receiver = await receiverForTest()
  const webhooks = (secretKey: string) => ({ url: receiver.url, secretKey, actions: [{ name: 'THREAD_CLOSED' }] })
  const before = await start(oldKey)
  const token = await before.token()
  const headers = [{ name: 'X-Api-Key', value: 'lost' }]
  const id = await create(before, token, { status: 'ACCEPTING_CHATS', webhooks: { ...webhooks('lost'), headers } })
  await request(before.url, token, updateBotAgent, { input: { id, webhooks: webhooks('lost too') } })
  await before.stop()

  await sql('update encryption_key set id = $1 where id = $2', [newId, oldId])
  const after = await start(newKey)
  onTestFinished(() => after.stop())
  const lost = await request(after.url, token, `{ botAgent(id: "${id}") { webhooks { secretKey } } }`)
  expect(lost.errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
  const { data } = await request(after.url, token, updateBotAgent, { input: { id, webhooks: webhooks('new') } })
  expect(data).toEqual({ updateBotAgent: { botAgent: { id }, userErrors: [] } })
  expect(await secretOf(after, token, id)).toBe('new')
  const ping = await request(
    after.url,
    token,
    `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { userErrors { code } } }`,
  )
  expect(ping.errors).toBeUndefined()
  const [received] = await receiver.reaches(1)
  expect(received?.headers).not.toHaveProperty('x-api-key')
  const webhook = new Webhook(new TextEncoder().encode('new'), { format: 'raw' })
  expect(() => webhook.verify(received?.text ?? '', received?.headers ?? {})).not.toThrow()
})
