import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeStatus, create } from './support/bot-agents.ts'
import { request, run as runFrom } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { subscribe } from './support/subscription.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'trace' } })
})
afterAll(() => gateway.stop())

const webhooks = { url: 'http://127.0.0.1:9', secretKey: 'hush', actions: [{ name: 'THREAD_CLOSED' }] }

interface Entry {
  id: string
  action: string
  botAgentId: string
  clientId: string | null
  accessTokenHash: string | null
  address: string | null
  createdAt: string
  replayed: number | null
}

interface Trail {
  nodes: Entry[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

async function trailPage(token: string, variables: object = {}): Promise<Trail> {
  const { auditTrail } = await runFrom<{ auditTrail: Trail }>(
    gateway,
    token,
    `query ($botAgentIds: [ID!], $first: Int, $after: String, $last: Int, $before: String) {
      auditTrail(botAgentIds: $botAgentIds, first: $first, after: $after, last: $last, before: $before) {
        nodes { id action botAgentId clientId accessTokenHash address createdAt replayed }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`,
    variables,
  )
  return auditTrail
}

const trail = async (token: string, variables?: object) => (await trailPage(token, variables)).nodes

/** Runs an operation from the address 192.0.2.1. */
const run = <Data>(token: string, document: string, variables?: object) =>
  runFrom<Data>(gateway, token, document, variables, { 'x-forwarded-for': '192.0.2.1' })

/** An application in a license of its own. */
const application = () => ({ licenseId: newLicense(), clientId: 'my-bots' })

describe('the audit trail', () => {
  it('lists what was done to a bot agent, with the application, the token and the address, newest first', async () => {
    const claims = application()
    const [token, other] = [await gateway.token(claims), await gateway.token(claims)]
    const { createBotAgent } = await run<{ createBotAgent: { botAgent: { id: string } } }>(
      token,
      'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } } }',
      { input: { name: 'x', status: 'ACCEPTING_CHATS', webhooks } },
    )
    const { id } = createBotAgent.botAgent
    await run(token, `mutation { updateBotAgent(input: { id: "${id}", name: "y" }) { botAgent { id } } }`)
    const { pingWebhooks } = await run<{ pingWebhooks: { webhookDelivery: { id: string } } }>(
      token,
      `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { webhookDelivery { id } } }`,
    )
    const delivery = pingWebhooks.webhookDelivery.id
    await run(token, `mutation { enableWebhooks(input: { botAgentId: "${id}" }) { botAgent { id } } }`)
    await run(token, `mutation { replayWebhookDelivery(input: { id: "${delivery}" }) { webhookDelivery { id } } }`)
    const publish =
      'mutation { publishChatEvent(input: { action: THREAD_CLOSED, data: { chat_id: "c", thread_id: "t" } }) { matched } }'
    await run(token, publish)
    await run(token, publish)
    await run(
      token,
      `mutation { replayWebhookDeliveries(input: { botAgentId: "${id}", states: [PENDING, FAILED] }) { replayed } }`,
    )
    await run(other, `{ botAgent(id: "${id}") { webhooks { secretKey } } }`)
    await run(other, `mutation { removeBotAgent(input: { botAgentId: "${id}" }) { botAgentId } }`)

    const entries = await trail(token)
    expect(entries.map(({ action, replayed }) => [action, replayed])).toEqual([
      ['REMOVED', null],
      ['SECRET_READ', null],
      ['REPLAYED', 2],
      ['REPLAYED', 1],
      ['ENABLED', null],
      ['PINGED', null],
      ['UPDATED', null],
      ['CREATED', null],
    ])
    for (const entry of entries) {
      expect(entry).toMatchObject({ botAgentId: id, clientId: 'my-bots', address: '192.0.2.1' })
      expect(entry.id).toMatch(/^aud_[0-9a-f]{32}$/)
      expect(entry.accessTokenHash).toMatch(/^[0-9a-f]{64}$/)
    }
    expect(new Set(entries.slice(0, 2).map(({ accessTokenHash }) => accessTokenHash)).size).toBe(1)
    expect(new Set(entries.slice(2).map(({ accessTokenHash }) => accessTokenHash)).size).toBe(1)
    expect(entries[0]?.accessTokenHash).not.toBe(entries[7]?.accessTokenHash)
  })

  it('is visible only to the owner of a bot agent, and includes what other applications did and read', async () => {
    const claims = application()
    const neighbour = { ...claims, clientId: 'neighbour' }
    const foreigner = application()
    const token = await gateway.token(claims)
    const id = await create(gateway, token, { webhooks })
    for (const stranger of [neighbour, foreigner]) {
      const theirs = await gateway.token(stranger)
      expect(await trail(theirs)).toEqual([])
      expect(await trail(theirs, { botAgentIds: [id] })).toEqual([])
    }
    await run(await gateway.token(neighbour), '{ botAgents(all: true) { nodes { webhooks { secretKey } } } }')
    await run(
      await gateway.token(neighbour),
      `mutation { removeBotAgent(input: { botAgentId: "${id}" }) { botAgentId } }`,
    )
    expect((await trail(token)).map(({ action, clientId }) => [action, clientId])).toEqual([
      ['REMOVED', 'neighbour'],
      ['SECRET_READ', 'neighbour'],
      ['CREATED', 'my-bots'],
    ])
    expect(await trail(await gateway.token(neighbour))).toEqual([])
  })

  it('has no entry for what failed or was refused', async () => {
    const claims = application()
    const token = await gateway.token(claims)
    const id = await create(gateway, token)
    const readOnly = await gateway.token({ ...claims, scopes: ['agents-bot--my:ro'] })
    const failing: [token: string, document: string][] = [
      [token, 'mutation { createBotAgent(input: { name: "", status: OFFLINE }) { userErrors { code } } }'],
      [token, `mutation { updateBotAgent(input: { id: "${id}", name: "" }) { userErrors { code } } }`],
      [token, `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { userErrors { code } } }`],
      [token, `mutation { enableWebhooks(input: { botAgentId: "${id}" }) { userErrors { code } } }`],
      [readOnly, `mutation { removeBotAgent(input: { botAgentId: "${id}" }) { botAgentId } }`],
    ]
    for (const [by, document] of failing) await request(gateway.url, by, document)
    await create(gateway, token, { webhooks }).then((withWebhooks) =>
      run(
        token,
        `mutation { replayWebhookDeliveries(input: { botAgentId: "${withWebhooks}", states: [FAILED] }) { replayed } }`,
      ),
    )
    expect((await trail(token)).map(({ action }) => action)).toEqual(['CREATED', 'CREATED'])
  })

  it('has one entry for a replay, however many deliveries it includes', async () => {
    const token = await gateway.token(application())
    const id = await create(gateway, token, { webhooks })
    await sql(
      gateway.databaseUrl,
      `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, action, state, url, additional_data, secret_key)
       select 'dlv_' || lpad(to_hex(number), 32, '0'), license_id, client_id, id, 'THREAD_CLOSED', 'HELD', webhooks_url, '{}',
         webhooks_secret_key
       from bot_agent, generate_series(1, 1201) as number where id = $1`,
      [id],
    )
    await run(
      token,
      `mutation { replayWebhookDeliveries(input: { botAgentId: "${id}", states: [HELD] }) { replayed } }`,
    )
    // A large range is replayed behind the request.
    await untilSql(gateway.databaseUrl, 'select where not exists (select from webhook_replay)')
    const replays = (await trail(token)).filter(({ action }) => action === 'REPLAYED')
    expect(replays.map(({ replayed }) => replayed)).toEqual([1_201])
  })

  it('is paged with cursors from both ends, and can be limited to some bot agents', async () => {
    const token = await gateway.token(application())
    const ids = [await create(gateway, token), await create(gateway, token)]
    for (const id of ids) await changeStatus(gateway, token, id, 3)
    const all = await trail(token)
    expect(all).toHaveLength(8)
    expect((await trail(token, { botAgentIds: [ids[0]] })).map(({ botAgentId }) => botAgentId)).toEqual(
      Array(4).fill(ids[0]),
    )
    for (const botAgentIds of [undefined, ids, ids.slice(1)]) {
      const expected = all.filter(({ botAgentId }) => botAgentIds?.includes(botAgentId) ?? true).map(({ id }) => id)
      const paged: string[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const { nodes, pageInfo }: Trail = await trailPage(token, { botAgentIds, first: 3, after })
        paged.push(...nodes.map(({ id }) => id))
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null
      }
      expect(paged).toEqual(expected)
      const backwards: string[] = []
      for (let before: string | null | undefined; before !== null; ) {
        const { nodes, pageInfo }: Trail = await trailPage(token, { botAgentIds, last: 3, before })
        backwards.unshift(...nodes.map(({ id }) => id))
        before = pageInfo.hasPreviousPage ? pageInfo.startCursor : null
      }
      expect(backwards).toEqual(expected)
      const { pageInfo: start } = await trailPage(token, { botAgentIds, first: 1 })
      const { pageInfo: end } = await trailPage(token, { botAgentIds, last: 1 })
      const between = { botAgentIds, after: start.endCursor, before: end.startCursor, last: 1 }
      expect((await trail(token, between)).map(({ id }) => id)).toEqual(expected.slice(-2, -1))
    }
  })
})

describe('reading secrets', () => {
  const reads = async (token: string) => (await trail(token)).filter(({ action }) => action === 'SECRET_READ')

  it('is recorded for each bot agent, with one insert for a list', async () => {
    const token = await gateway.token(application())
    for (let index = 0; index < 20; index++) await create(gateway, token, { webhooks })
    gateway.logged.length = 0
    await run(
      token,
      '{ a: botAgents { nodes { webhooks { secretKey } } } b: botAgents { nodes { webhooks { key: secretKey } } } }',
    )
    const inserts = gateway.logged.filter(({ query }) => /insert into "public"."audit_entry"/i.test(String(query)))
    expect(inserts).toHaveLength(1)
    expect(new Set((await reads(token)).map(({ botAgentId }) => botAgentId)).size).toBe(20)
  })

  it('is recorded once in ten minutes per token, bot agent and address, across all gateways', async () => {
    const beside = await gatewayForTest({ beside: gateway, env: { TRUSTED_PROXIES: '127.0.0.1' } })
    const claims = application()
    const [token, other] = [await gateway.token(claims), await gateway.token(claims)]
    const ids = [await create(gateway, token, { webhooks }), await create(gateway, token, { webhooks })]
    const read = async (by: string, address: string, at: TestGateway) => {
      const document = '{ botAgents { nodes { webhooks { secretKey } } } }'
      const { data } = await request(at.url, by, document, {}, { 'x-forwarded-for': address })
      expect(JSON.stringify(data)).toContain('hush')
    }
    const callers = [token, other].flatMap((by) => ['192.0.2.1', '192.0.2.2'].map((address) => [by, address] as const))
    for (let times = 0; times < 3; times++) {
      await Promise.all(callers.flatMap(([by, address]) => [gateway, beside].map((at) => read(by, address, at))))
    }
    const entries = await reads(token)
    // A new period of ten minutes may have begun meanwhile.
    const window = ({ createdAt }: Entry) => Math.floor(Date.parse(createdAt) / 600_000)
    const distinct = new Set(
      entries.map((entry) => [entry.botAgentId, entry.accessTokenHash, entry.address, window(entry)].join()),
    )
    expect(entries).toHaveLength(distinct.size)
    const whos = new Set(
      entries.map(({ botAgentId, accessTokenHash, address }) => [botAgentId, accessTokenHash, address].join()),
    )
    expect(whos.size).toBe(ids.length * callers.length)
  })

  it('is not recorded if the secret key is not selected', async () => {
    const token = await gateway.token(application())
    await create(gateway, token, { webhooks })
    await run(token, '{ botAgents { nodes { webhooks { url } } } }')
    expect(await reads(token)).toEqual([])
  })

  it('is recorded once for all events of a stream that selects the secret key', async () => {
    const token = await gateway.token(application())
    const id = await create(gateway, token, { webhooks })
    const watcher = await subscribe(
      gateway,
      token,
      'subscription { botAgentStatusChanged { botAgent { webhooks { secretKey } } } }',
    )
    await changeStatus(gateway, token, id, 20)
    expect(JSON.stringify(await watcher.take(20))).toContain('hush')
    const entries = await reads(token)
    expect(entries[0]).toMatchObject({ botAgentId: id, address: '127.0.0.1' })
    expect(entries.length).toBeLessThan(3)
  })

  it('is refused if it cannot be recorded', async () => {
    const own = await gatewayForTest()
    const token = await own.token()
    await create(own, token, { webhooks })
    await sql(own.databaseUrl, 'alter table audit_entry rename to audit_entry_away')
    const { errors, ...rest } = await request(own.url, token, '{ botAgents { nodes { webhooks { secretKey } } } }')
    expect(errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
    expect(JSON.stringify(rest)).not.toContain('hush')
  })
})

describe('properties of a bot agent', () => {
  const set = (token: string, id: string, value: unknown) =>
    run<{ setProperties: { userErrors: object[] } }>(
      token,
      `mutation ($properties: JSON!) {
        setProperties(input: { target: { location: BOT_AGENT, id: "${id}" }, properties: $properties }) { userErrors { code } }
      }`,
      { properties: { test: { int_property: value } } },
    )
  const remove = (token: string, id: string) =>
    run(
      token,
      `mutation { deleteProperties(input: { target: { location: BOT_AGENT, id: "${id}" }, properties: { test: ["int_property"] } }) {
        userErrors { code }
      } }`,
    )

  it('are recorded when any application sets or deletes them, if something changes', async () => {
    const claims = application()
    const token = await gateway.token(claims)
    const neighbour = await gateway.token({ ...claims, clientId: 'neighbour' })
    const id = await create(gateway, token)
    await set(token, id, 1)
    await set(token, id, 1)
    await set(neighbour, id, 2)
    expect((await set(neighbour, id, 'x')).setProperties.userErrors).toHaveLength(1)
    await remove(neighbour, id)
    await remove(neighbour, id)
    expect((await trail(token)).map(({ action, clientId, address }) => [action, clientId, address])).toEqual([
      ['PROPERTIES_DELETED', 'neighbour', '192.0.2.1'],
      ['PROPERTIES_SET', 'neighbour', '192.0.2.1'],
      ['PROPERTIES_SET', 'my-bots', '192.0.2.1'],
      ['CREATED', 'my-bots', '127.0.0.1'],
    ])
  })

  it('are not changed if the change cannot be recorded', async () => {
    const own = await gatewayForTest()
    const token = await own.token()
    const id = await create(own, token)
    await sql(own.databaseUrl, `alter table audit_entry add check (action::text not like 'PROPERTIES%')`)
    const { errors } = await request(
      own.url,
      token,
      `mutation { setProperties(input: { target: { location: BOT_AGENT, id: "${id}" }, properties: { test: { int_property: 1 } } }) {
        userErrors { code }
      } }`,
    )
    expect(errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
    expect(await sql(own.databaseUrl, 'select from property_value')).toEqual([])
  })
})

describe('the retention of the audit trail', () => {
  it('removes older entries when a gateway starts, and nothing else', async () => {
    const token = await gateway.token(application())
    const ids = [await create(gateway, token), await create(gateway, token)]
    await sql(
      gateway.databaseUrl,
      `update audit_entry set created_at = created_at - interval '2 hours' where bot_agent_id = $1`,
      [ids[0]],
    )
    await gatewayForTest({ beside: gateway, env: { AUDIT_RETENTION: '1h' } })
    await expect
      .poll(() => trail(token).then((entries) => entries.map(({ botAgentId }) => botAgentId)))
      .toEqual([ids[1]])
  })
})
