import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { newId } from '../src/contract/identifier.ts'
import { create } from './support/bot-agents.ts'
import { listening } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** A bot agent with FAILED deliveries, one made each second up to noon. Its webhooks are paused, so that what is replayed stays PENDING. */
async function withFailed(count: number): Promise<{ botAgentId: string; token: string }> {
  const token = await gateway.token({ licenseId: newLicense() })
  const botAgentId = await create(gateway, token, listening('http://127.0.0.1:9/'))
  await sql(
    gateway.databaseUrl,
    `update bot_agent set webhooks_state = 'PAUSED', webhooks_paused_until = now() + interval '1 year' where id = $1`,
    [botAgentId],
  )
  await sql(
    gateway.databaseUrl,
    `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, action, state, url, additional_data, secret_key,
       created_at, finished_at)
     select $3 || lpad(to_hex(place), 8, '0'), license_id, client_id, id, 'INCOMING_EVENT', 'FAILED', webhooks_url, '{}',
       webhooks_secret_key, '2026-11-26T12:00:00Z'::timestamptz - ($2::int - place) * interval '1 second', now()
     from bot_agent cross join generate_series(1, $2::int) as place where id = $1`,
    [botAgentId, count, newId('dlv_').slice(0, -8)],
  )
  return { botAgentId, token }
}

async function replay(token: string, input: object): Promise<number> {
  const document = `mutation ($input: ReplayWebhookDeliveriesInput!) {
    replayWebhookDeliveries(input: $input) { replayed userErrors { message } } }`
  const { replayWebhookDeliveries } = await run<{ replayWebhookDeliveries: { replayed: number; userErrors: [] } }>(
    gateway,
    token,
    document,
    { input: { states: ['FAILED'], ...input } },
  )
  expect(replayWebhookDeliveries.userErrors).toEqual([])
  return replayWebhookDeliveries.replayed
}

/** The seconds before noon at which the deliveries in a state were made, oldest first. */
async function secondsOf(botAgentId: string, state: string): Promise<number[]> {
  const rows = await sql<{ seconds: number }>(
    gateway.databaseUrl,
    `select extract(epoch from '2026-11-26T12:00:00Z' - created_at)::int as seconds from webhook_delivery
     where bot_agent_id = $1 and state = $2::webhook_delivery_state order by number`,
    [botAgentId, state],
  )
  return rows.map(({ seconds }) => seconds)
}

async function audited(botAgentId: string): Promise<number[]> {
  const select = `select replayed from audit_entry where bot_agent_id = $1 and action = 'REPLAYED'`
  return (await sql<{ replayed: number }>(gateway.databaseUrl, select, [botAgentId])).map(({ replayed }) => replayed)
}

const done = () => untilSql(gateway.databaseUrl, 'select where not exists (select from webhook_replay)')

it('a replay takes what was created between two times, both included', async () => {
  const { botAgentId, token } = await withFailed(60)
  const range = { botAgentId, since: '2026-11-26T11:59:30Z', until: '2026-11-26T11:59:40Z' }
  expect(await replay(token, range)).toBe(11)
  expect(await secondsOf(botAgentId, 'PENDING')).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20])
  expect(await replay(token, { botAgentId, since: '2026-11-26T11:59:59Z' })).toBe(2)
  expect(await replay(token, { botAgentId, until: '2026-11-26T11:59:02Z' })).toBe(2)
  expect(await replay(token, { botAgentId, until: '2026-11-26T11:00:00Z' })).toBe(0)
  expect(await replay(token, { botAgentId })).toBe(45)
})

it('a replay of many goes on after its answer, which tells their number, and is one entry in the audit trail', async () => {
  const { botAgentId, token } = await withFailed(2_500)
  expect(await replay(token, { botAgentId })).toBe(2_500)
  await done()
  expect(await secondsOf(botAgentId, 'FAILED')).toEqual([])
  expect(await audited(botAgentId)).toEqual([2_500])
})

it('of replays at the same time, only one replays each delivery', async () => {
  const { botAgentId, token } = await withFailed(2_500)
  const holder = new pg.Client({ connectionString: gateway.databaseUrl })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('begin')
  await holder.query('lock table webhook_replay in exclusive mode')
  const replays = Promise.all([1, 2, 3].map(() => replay(token, { botAgentId, states: ['FAILED', 'PENDING'] })))
  // All three have begun.
  await untilSql(
    gateway.databaseUrl,
    `select where 3 = (select count(*) from pg_stat_activity
     where wait_event_type = 'Lock' and query like 'INSERT INTO%webhook_replay%')`,
  )
  await holder.query('commit')
  await replays
  await done()
  expect((await audited(botAgentId)).reduce((sum, replayed) => sum + replayed, 0)).toBe(2_500)
})

it('a replay that a gateway left is finished by the next one that starts', async () => {
  const { botAgentId } = await withFailed(1_500)
  await sql(
    gateway.databaseUrl,
    `insert into webhook_replay (id, license_id, client_id, bot_agent_id, states, begun, after, through, access_token_hash, address)
     select 'aud_left', license_id, client_id, id, '{FAILED}', now(), 0,
       (select max(number) from webhook_delivery where bot_agent_id = $1) - 100, '', '192.0.2.1'
     from bot_agent where id = $1`,
    [botAgentId],
  )
  await gatewayForTest({ beside: gateway })
  await done()
  expect(await secondsOf(botAgentId, 'FAILED')).toHaveLength(100)
  expect(await audited(botAgentId)).toEqual([1_400])
})
