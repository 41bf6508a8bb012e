import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { clusterForTest } from './support/cluster.ts'
import { sql } from './support/database.ts'
import { untilDrained, untilSql } from './support/delivery-records.ts'
import { gatewayForTest } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'

interface Bucket {
  from: string
  to: string
  matched: number
  delivered: number
  failed: number
  retried: number
  held: number
  failuresByError: { error: string; count: number }[]
  p50Ms: number | null
  p95Ms: number | null
}

const everything = 'from to matched delivered failed retried held failuresByError { error count } p50Ms p95Ms'

async function statistics(gateway: { url: string }, token: string, args: string): Promise<Bucket[]> {
  const query = `{ webhookStatistics(${args}) { nodes { ${everything} } } }`
  const { webhookStatistics } = await run<{ webhookStatistics: { nodes: Bucket[] } }>(gateway, token, query)
  return webhookStatistics.nodes
}

/** Adds up buckets. */
function sumOf(buckets: readonly Bucket[]) {
  const sum = { matched: 0, delivered: 0, failed: 0, retried: 0, held: 0 }
  const errors: Record<string, number> = {}
  for (const bucket of buckets) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += bucket[name]
    for (const { error, count } of bucket.failuresByError) errors[error] = (errors[error] ?? 0) + count
  }
  return { ...sum, errors }
}

/** Resolves when everything that was noted is added. */
const untilAdded = (databaseUrl: string) => untilSql(databaseUrl, 'select where not exists (select from webhook_tally)')

const health = 'health { state since lastSuccessAt lastFailureAt failuresInARow nextProbeAt failureRate24h }'

interface Health {
  state: string
  since: string
  lastSuccessAt: string | null
  lastFailureAt: string | null
  failuresInARow: number
  nextProbeAt: string | null
  failureRate24h: number | null
}

async function healthOf(gateway: { url: string }, token: string, id: string): Promise<Health | undefined> {
  const query = `query ($id: ID!) { botAgent(id: $id) { webhooks { ${health} } } }`
  const { botAgent } = await run<{ botAgent: { webhooks: { health: Health } } }>(gateway, token, query, { id })
  return botAgent.webhooks.health
}

const ping = 'mutation ($input: PingWebhooksInput!) { pingWebhooks(input: $input) { userErrors { message } } }'

it('what two gateways have sent, one of which was killed, adds up to what their deliveries show', {
  timeout: 120_000,
}, async () => {
  const cluster = await clusterForTest()
  const env = { WEBHOOK_RETRY_SCHEDULE: '20ms,20ms' }
  const [first, second] = await Promise.all([cluster.start(env), cluster.start(env)])
  const receiver = await receiverForTest()
  const failing = await receiverForTest()
  const token = await cluster.token()
  const { answer } = receiver
  // Every third attempt fails, and some are under way when the gateway is killed.
  let count = 0
  receiver.answer = (response) => {
    count += 1
    if (count % 3 === 0) response.writeHead(500).end()
    else setTimeout(() => answer(response), count % 50)
  }
  failing.answer = (response) => void response.writeHead(410).end()
  const ids: string[] = []
  for (let index = 0; index < 8; index++) ids.push(await create(first, token, listening(receiver.url)))
  ids.push(await create(first, token, listening(failing.url)))
  await publishAll(async () => second, token, { count: 60 })
  await first.end('SIGKILL')
  await run(second, token, ping, { input: { botAgentId: ids[0] } })
  await untilDrained(cluster.databaseUrl)
  const replay = `mutation ($input: ReplayWebhookDeliveriesInput!) { replayWebhookDeliveries(input: $input) { userErrors { message } } }`
  await run(second, token, replay, { input: { botAgentId: ids[1], states: ['SUCCEEDED', 'FAILED'] } })
  await untilDrained(cluster.databaseUrl)
  await untilAdded(cluster.databaseUrl)

  for (const id of ids) {
    const [expected] = await sql<{ matched: number; delivered: number; failed: number; held: number }>(
      cluster.databaseUrl,
      `select count(distinct delivery.id)::int as matched,
         count(*) filter (where attempt.number is not null and error is null)::int as delivered, count(error)::int as failed,
         count(distinct delivery.id) filter (where state = 'HELD')::int as held
       from webhook_delivery delivery left join webhook_attempt attempt on delivery_id = delivery.id
       where bot_agent_id = $1 and not ping`,
      [id],
    )
    const errors = await sql<{ error: string; count: number }>(
      cluster.databaseUrl,
      `select error::text, count(*)::int from webhook_delivery delivery join webhook_attempt on delivery_id = delivery.id
       where bot_agent_id = $1 and not ping and error is not null group by error`,
      [id],
    )
    for (const interval of ['MINUTE', 'HOUR', 'DAY']) {
      const { retried, ...sum } = sumOf(
        await statistics(second, token, `botAgentIds: ["${id}"], interval: ${interval}`),
      )
      expect(sum).toEqual({ ...expected, errors: Object.fromEntries(errors.map(({ error, count }) => [error, count])) })
      expect(retried).toBeLessThanOrEqual(sum.failed)
    }
  }
  const of = (args: string) => statistics(second, token, `interval: HOUR, ${args}`).then(sumOf)
  const all = await of('all: true')
  expect(all).toEqual(await of(`botAgentIds: ${JSON.stringify(ids)}`))
  expect(all.matched).toBe(60 * ids.length)
  expect(all.errors).toMatchObject({ HTTP_STATUS: expect.any(Number) })
  // None of the replayed was a last attempt that failed, unless it FAILED again.
  expect(all.failed - all.retried).toBeGreaterThanOrEqual(all.held > 0 ? 1 : 0)
  expect((await healthOf(second, token, ids.at(-1) ?? ''))?.state).toBe('DISABLED')
})

it('counting waits for nobody who holds a row of the statistics', async () => {
  const gateway = await gatewayForTest()
  const token = await gateway.token()
  const receiver = await receiverForTest()
  const id = await create(gateway, token, listening(receiver.url))
  await publish(gateway, token)
  await receiver.reaches(1)
  await untilSql(gateway.databaseUrl, 'select from webhook_statistics where delivered > 0 limit 1')
  const client = new pg.Client({ connectionString: gateway.databaseUrl })
  await client.connect()
  await client.query('begin; select from webhook_statistics for update; lock table webhook_statistics in share mode')
  for (let count = 2; count < 20; count++) await publish(gateway, token)
  await receiver.reaches(19)
  await untilDrained(gateway.databaseUrl)
  await client.query('commit')
  await client.end()
  await untilAdded(gateway.databaseUrl)
  const sum = sumOf(await statistics(gateway, token, `botAgentIds: ["${id}"], interval: MINUTE`))
  expect(sum).toEqual({ matched: 19, delivered: 19, failed: 0, retried: 0, held: 0, errors: {} })
})

it('statistics are those of the viewer’s application, or of the license, and stay when a bot agent is removed', async () => {
  const gateway = await gatewayForTest()
  const token = await gateway.token()
  const others = await gateway.token({ clientId: 'their-bots' })
  const own = await gateway.token({ clientId: 'their-bots', scopes: ['agents-bot--my:ro'] })
  const elsewhere = await gateway.token({ licenseId: 2 })
  const receiver = await receiverForTest()
  const id = await create(gateway, token, listening(receiver.url))
  const theirs = await create(gateway, others, listening(receiver.url))
  await publish(gateway, token)
  await receiver.reaches(2)
  await untilDrained(gateway.databaseUrl)
  await untilAdded(gateway.databaseUrl)
  const remove = 'mutation ($input: RemoveBotAgentInput!) { removeBotAgent(input: $input) { userErrors { message } } }'
  await run(gateway, token, remove, { input: { botAgentId: id } })
  const delivered = async (viewer: string, args = '') =>
    sumOf(await statistics(gateway, viewer, `interval: HOUR ${args}`)).delivered
  expect(await delivered(token)).toBe(1)
  expect(await delivered(token, ', all: true')).toBe(2)
  expect(await delivered(token, `, botAgentIds: ["${id}", "${theirs}"]`)).toBe(1)
  expect(await delivered(token, `, all: true, botAgentIds: ["${id}", "${theirs}"]`)).toBe(2)
  expect(await delivered(own, `, botAgentIds: ["${id}"]`)).toBe(0)
  await expect(delivered(own, ', all: true')).rejects.toThrow('FORBIDDEN')
  expect(await delivered(elsewhere, `, all: true, botAgentIds: ["${id}"]`)).toBe(0)
  expect(await delivered(token, ', botAgentIds: []')).toBe(0)
})

it('there is a bucket for each minute or hour, and as many as are kept can be asked for at once', async () => {
  const gateway = await gatewayForTest()
  const token = await gateway.token()
  for (const [interval, ago, least] of [
    ['MINUTE', 86_400_000, 1_440],
    ['HOUR', 30 * 86_400_000, 720],
    ['DAY', 30 * 86_400_000, 31],
  ] as const) {
    const from = new Date(Date.now() - ago + 5_000).toISOString()
    const buckets = await statistics(gateway, token, `interval: ${interval}, from: "${from}"`)
    expect(buckets.length).toBeGreaterThanOrEqual(least)
    expect(buckets.slice(1).map((bucket) => bucket.from)).toEqual(buckets.slice(0, -1).map((bucket) => bucket.to))
    expect(new Date(buckets.at(-1)?.to ?? 0).getTime()).toBeGreaterThan(Date.now())
    expect(buckets[0]).toMatchObject({ matched: 0, failuresByError: [], p50Ms: null, p95Ms: null })
  }
  const long = statistics(gateway, token, `interval: MINUTE, from: "2026-01-01T00:00:00Z"`)
  await expect(long).rejects.toThrow(/BAD_USER_INPUT Statistics by MINUTE are kept for the last 24 hours/)
})

it('health says how webhooks fare, and since when; of many bot agents in one more statement', async () => {
  const gateway = await gatewayForTest({ env: { LOG_LEVEL: 'trace', WEBHOOK_RETRY_SCHEDULE: '10ms' } })
  const token = await gateway.token()
  const receiver = await receiverForTest()
  const { answer } = receiver
  const before = Date.now() - 1_000
  const id = await create(gateway, token, listening(receiver.url))
  for (let count = 1; count < 50; count++) {
    await create(gateway, token, { webhooks: (listening(receiver.url) as { webhooks: object }).webhooks })
  }
  const fresh = await healthOf(gateway, token, id)
  expect(fresh).toMatchObject({ state: 'ACTIVE', lastSuccessAt: null, lastFailureAt: null, failureRate24h: null })
  await publish(gateway, token)
  await receiver.reaches(1)
  await untilDrained(gateway.databaseUrl)
  receiver.answer = (response) => void response.writeHead(500).end()
  await publish(gateway, token)
  await receiver.reaches(3)
  await untilDrained(gateway.databaseUrl)
  await untilAdded(gateway.databaseUrl)
  const failed = await healthOf(gateway, token, id)
  expect(failed).toMatchObject({ state: 'ACTIVE', failuresInARow: 2, since: fresh?.since, nextProbeAt: null })
  expect(failed?.failureRate24h).toBeCloseTo(66.667, 2)
  expect(Date.parse(failed?.lastSuccessAt ?? '')).toBeGreaterThan(before)
  expect(Date.parse(failed?.lastFailureAt ?? '')).toBeGreaterThan(Date.parse(failed?.lastSuccessAt ?? ''))

  for (let count = 0; count < 4; count++) await publish(gateway, token)
  await untilSql(gateway.databaseUrl, `select from bot_agent where webhooks_state = 'PAUSED'`)
  const paused = await healthOf(gateway, token, id)
  expect(paused).toMatchObject({ state: 'PAUSED' })
  expect(Date.parse(paused?.since ?? '')).toBeGreaterThan(Date.parse(fresh?.since ?? ''))
  expect(Date.parse(paused?.nextProbeAt ?? '')).toBeGreaterThan(Date.now())
  receiver.answer = answer

  const list = async (fields: string) => {
    await run(gateway, token, `{ botAgents(first: 50) { nodes { webhooks { url ${fields} } } } }`)
    await turn()
    const last = gateway.logged.filter(({ msg }) => msg === 'request').at(-1)?.requestId
    return gateway.logged.filter(({ msg, requestId }) => msg === 'query' && requestId === last).length
  }
  expect((await list(health)) - (await list(''))).toBe(1)
})
