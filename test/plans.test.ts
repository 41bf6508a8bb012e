import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { create, updateBotAgent, watchStatus } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { createDatabase, sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { explainAll, type Ran, wasteOf } from './support/plans.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'

/** Rows of each large table. */
const MANY = 20_000
/** Paused bot agents with a delivery that is due. */
const PAUSED = 500
/** Tables that no statement may read from end to end. */
const large = [
  'webhook_delivery',
  'webhook_attempt',
  'chat_event',
  'chat_event_key',
  'chat_event_reached',
  'bot_agent_key',
  'feed_entry',
  'audit_entry',
  'webhook_statistics',
]
/** Rows that a step may read and drop: no more than one batch of a sweep. */
const most = 500

const parts = new AsyncDisposableStack()
let gateway: TestGateway
let receiver: Receiver
let token: string
let busy: string
let ran: readonly Ran[]

beforeAll(async () => {
  receiver = await startReceiver()
  parts.defer(() => receiver.stop())
  const { url: databaseUrl, drop } = await createDatabase()
  parts.defer(drop)
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  parts.defer(() => rm(dataDir, { recursive: true }))
  const before = await startGateway({ beside: { databaseUrl, dataDir } })
  token = await before.token()
  busy = await create(before, token, listening(receiver.url))
  await before.stop()
  await fill(databaseUrl)
  const explained = await explainAll(databaseUrl)
  parts.defer(explained.stop)
  ran = explained.ran
  gateway = await startGateway({ beside: { databaseUrl, dataDir } })
  parts.defer(gateway.stop)
}, 300_000)
afterAll(() => parts.disposeAsync())

/** What a gateway has to live with: much that has ended, much that waits, and much that is old. */
async function fill(databaseUrl: string): Promise<void> {
  // Each at a time of its own: rows of one moment would have to be read together.
  const age = (place: string) =>
    `now() - (case when ${place} <= 1000 then 400 else 1 end) * interval '1 day' + ${place} * interval '1 millisecond'`
  // As the gateway makes them: the time, then what is different for each.
  const id = (kind: string, place: string) =>
    `'${kind}' || lpad(to_hex((extract(epoch from ${age(place)}) * 1000)::bigint), 12, '0') || lpad(to_hex(${place}), 20, '0')`
  const deliver = (from: number, count: number, state: string, due: string, ended: string) => `
    insert into chat_event (id, license_id, client_id, action, data, matched, created_at)
    select ${id('evt_', 'place')}, 1, 'platform', 'INCOMING_EVENT', '{}', 1, ${age('place')}
    from generate_series(${from + 1}, ${from + count}) place;
    insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, additional_data, secret_key,
      next_attempt_at, created_at, finished_at)
    select ${id('dlv_', 'place')}, license_id, client_id, id, ${id('evt_', 'place')}, 'INCOMING_EVENT', '${state}', webhooks_url, '{}',
      webhooks_secret_key, ${due}, ${age('place')}, ${ended}
    from bot_agent cross join generate_series(${from + 1}, ${from + count}) place where id = '${busy}';`
  await sql(
    databaseUrl,
    `${deliver(0, MANY, 'SUCCEEDED', 'null', age('place'))}
    ${deliver(MANY, MANY, 'PENDING', `now() + interval '6 hours'`, 'null')}
    insert into webhook_attempt (delivery_id, number, started_at, duration_ms, status_code, replay)
    select id, 1, created_at, 10, 200, false from webhook_delivery;
    insert into bot_agent (id, license_id, client_id, name, status, max_chats_count, default_group_priority, groups, access_token_hash,
      webhooks_url, webhooks_secret_key, webhooks_state, webhooks_actions, webhooks_paused_until)
    select md5(place::text), 2, 'their-bots', name, status, max_chats_count, default_group_priority, groups, access_token_hash,
      webhooks_url, webhooks_secret_key, 'PAUSED', webhooks_actions, now() + interval '1 hour'
    from bot_agent cross join generate_series(1, ${PAUSED}) place where id = '${busy}';
    insert into webhook_delivery (id, license_id, client_id, bot_agent_id, action, state, url, additional_data, secret_key, next_attempt_at)
    select 'dlv_' || id, license_id, client_id, id, 'INCOMING_EVENT', 'PENDING', webhooks_url, '{}', webhooks_secret_key, now()
    from bot_agent where license_id = 2;
    insert into feed_entry (license_id, topic, client_id, bot_agent_id, data, created_at)
    select 1, 'WEBHOOK_DELIVERY', 'my-bots', '${busy}', jsonb_build_object('deliveryId', id, 'state', state, 'attempt', 1), created_at
    from webhook_delivery where license_id = 1 order by number;
    insert into chat_event_reached (chat_event_id, license_id, client_id, action, matched, created_at)
    select id, license_id, 'my-bots', action, 1, created_at from chat_event;
    insert into audit_entry (id, license_id, owner_client_id, bot_agent_id, action, created_at)
    select ${id('aud_', 'place')}, 1, 'my-bots', '${busy}', 'UPDATED', ${age('place')} from generate_series(1, ${MANY}) place;
    insert into chat_event_key (license_id, client_id, key, chat_event_id, created_at)
    select 1, 'platform', place::text, ${id('evt_', 'place')}, ${age('place')} + interval '1 hour'
    from generate_series(1, ${MANY}) place;
    insert into webhook_statistics (license_id, client_id, bot_agent_id, seconds, at, matched, held, delivered, failed, retried)
    select 1, 'my-bots', bot_agent, 3600, date_trunc('hour', now() - hour * interval '1 hour'), 1, 0, 1, 0, 0
    from generate_series(0, 900) hour cross join (select '${busy}' union all select md5(place::text) from generate_series(1, 20) place)
      as given(bot_agent);
    insert into bot_agent_key (license_id, client_id, key, bot_agent_id, input, created_at)
    select 1, 'my-bots', place::text, md5(place::text), '', ${age('place')} + interval '1 hour'
    from generate_series(1, ${MANY}) place;`,
  )
  await sql(databaseUrl, 'vacuum analyze')
}

const deliveries = 'nodes { id attempts { number } chatEvent { id } } pageInfo { endCursor }'

/** What callers ask for, one operation after the other. */
async function callEverything(): Promise<void> {
  const call = (document: string) =>
    run<Record<string, { pageInfo?: { endCursor: string }; nodes?: { id: string }[] }>>(gateway, token, document)
  await publish(gateway, token)
  await publish(gateway, token, { idempotencyKey: 'key' })
  await publish(gateway, token, { idempotencyKey: 'key' })
  await receiver.reaches(2)

  const lists = [
    'webhookDeliveries(first: 20)',
    'webhookDeliveries(first: 20, all: true)',
    'webhookDeliveries(first: 20, states: [FAILED])',
    'webhookDeliveries(first: 20, all: true, states: [FAILED, HELD, CANCELLED])',
    `webhookDeliveries(first: 20, botAgentIds: ["${busy}", "${'0'.repeat(32)}"], states: [PENDING, FAILED])`,
    `webhookDeliveries(first: 20, botAgentIds: [${Array.from({ length: 500 }, (_, index) => `"${index.toString(16).padStart(32, '0')}"`)}])`,
  ]
  for (const list of lists) {
    const { webhookDeliveries } = await call(`{ ${list} { ${deliveries} } }`)
    const after = webhookDeliveries?.pageInfo?.endCursor
    if (after) await call(`{ ${list.replace('first: 20', `first: 20, after: "${after}"`)} { ${deliveries} } }`)
  }
  await call(`{ botAgent(id: "${busy}") { webhookDeliveries(states: [FAILED, HELD], first: 20) { ${deliveries} } } }`)
  const { chatEvents } = await call('{ chatEvents(first: 20) { nodes { id deliveries(first: 2) { nodes { id } } } } }')
  const event = chatEvents?.nodes?.[0]?.id
  await call(`{ explainWebhook(botAgentId: "${busy}", chatEventId: "${event}") { matched } }`)
  await call(`{ webhookStatistics(interval: HOUR, botAgentIds: ["${busy}"]) { nodes { matched p95Ms } } }`)
  await call('{ webhookStatistics(interval: DAY, all: true) { nodes { matched } } }')
  await call(`{ botAgent(id: "${busy}") { webhooks { health { lastSuccessAt failureRate24h } } } }`)
  const { auditTrail } = await call('{ auditTrail(first: 20) { nodes { id } } }')
  await call(`{ node(id: "${auditTrail?.nodes?.[0]?.id}") { id } }`)
  await call(`{ auditTrail(first: 20, botAgentIds: ["${busy}"]) { nodes { id } } }`)

  const mutate = async (name: string, type: string, input: object) => {
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { message } } }`
    const payload = await run<Record<string, { userErrors: unknown[] }>>(gateway, token, document, { input })
    expect(payload[name]?.userErrors).toEqual([])
  }
  const keyed = { name: 'x', status: 'OFFLINE', idempotencyKey: 'key' }
  await mutate('createBotAgents', 'CreateBotAgentsInput', { botAgents: [keyed, keyed], atomic: true })
  await mutate('updateBotAgents', 'UpdateBotAgentsInput', { botAgents: [{ id: busy, name: 'x' }], atomic: true })
  await mutate('pingWebhooks', 'PingWebhooksInput', { botAgentId: busy })
  await mutate('replayWebhookDeliveries', 'ReplayWebhookDeliveriesInput', {
    botAgentId: busy,
    states: ['SUCCEEDED', 'FAILED'],
    since: new Date(Date.now() - 60_000),
  })
  const watched = await watchStatus(gateway, token)
  await run(gateway, token, updateBotAgent, { input: { id: busy, status: 'NOT_ACCEPTING_CHATS' } })
  await watched.take(1)
  await fetch(new URL('/metrics', gateway.url))
  await mutate('removeBotAgent', 'RemoveBotAgentInput', { botAgentId: busy })
}

it('no statement reads rows that it drops, or all rows of a large table', async () => {
  await callEverything()
  // What was old is removed, and what waited for the bot agent is cancelled.
  await untilSql(
    gateway.databaseUrl,
    `select where not exists (select from webhook_delivery where created_at < now() - interval '100 days')`,
  )
  await untilSql(
    gateway.databaseUrl,
    `select where not exists (select from audit_entry where created_at < now() - interval '365 days')`,
  )
  await untilSql(
    gateway.databaseUrl,
    `select where not exists (select from webhook_delivery where state = 'PENDING' and license_id = 1)`,
  )
  expect(ran.length).toBeGreaterThan(50)
  const wasteful = new Map<string, string[]>()
  for (const { query, plan } of ran) {
    // What this test asks itself.
    if (query.startsWith('select where not exists')) continue
    const waste = wasteOf(plan, { large, most })
    if (waste.length > 0) wasteful.set(query.replaceAll(/\s+/g, ' '), waste)
  }
  expect(Object.fromEntries(wasteful)).toEqual({})
}, 300_000)
