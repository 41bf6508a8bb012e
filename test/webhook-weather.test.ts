import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PARTITIONS } from '../src/deliveries/lanes.ts'
import { create } from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { clusterForTest } from './support/cluster.ts'
import { databaseForTest, sql } from './support/database.ts'
import { deliveryRecords, untilDrained, untilSql } from './support/delivery-records.ts'
import { gatewayForTest } from './support/gateway.ts'
import { hold, receiverForTest } from './support/receiver.ts'
import { wireForTest } from './support/wire.ts'

/** How many attempts the gateway makes at a time to one bot agent. */
const IN_FLIGHT = 32
const patient = { WEBHOOK_TIMEOUT: '20s' }

/** A transaction of somebody else, which stays open until the test ends or `end` is called. */
async function transaction(databaseUrl: string, statement: string, values: unknown[]) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('begin')
  await client.query(statement, values)
  return { end: () => client.query('rollback') }
}

const sent = (count: number) => `select from webhook_delivery where state = 'SUCCEEDED' having count(*) = ${count}`

describe('a lock that somebody else holds', { timeout: 120_000 }, () => {
  it('on a bot agent stops the health of this bot agent, and nothing else', async () => {
    const gateway = await gatewayForTest({ env: { WEBHOOK_RETRY_SCHEDULE: '1h' } })
    const token = await gateway.token()
    const failing = await receiverForTest()
    failing.answer = (response) => {
      response.statusCode = 500
      response.end()
    }
    const healthy = await receiverForTest()
    const locked = await create(gateway, token, listening(failing.url))
    await create(gateway, await gateway.token({ licenseId: 2 }), listening(healthy.url))
    const lock = await transaction(gateway.databaseUrl, 'select from bot_agent where id = $1 for update', [locked])

    await publish(gateway, token)
    await untilSql(gateway.databaseUrl, 'select from webhook_attempt')
    await publishAll(async () => gateway, await gateway.token({ licenseId: 2 }), { count: 200 })
    await untilSql(gateway.databaseUrl, sent(200))
    await lock.end()
  })

  it('on a delivery delays the outcome of this delivery, and no other', async () => {
    const gateway = await gatewayForTest({ env: patient })
    const token = await gateway.token()
    const receiver = await receiverForTest()
    await create(gateway, token, listening(receiver.url))
    const holding = hold(receiver)
    await publishAll(async () => gateway, token, { count: 20 })
    await receiver.reaches(20)
    const [first] = receiver.received
    const lock = await transaction(gateway.databaseUrl, 'select from webhook_delivery where id = $1 for update', [
      first?.id,
    ])

    holding.release()
    await untilSql(gateway.databaseUrl, sent(19))
    await lock.end()
    await untilSql(gateway.databaseUrl, sent(20))
    expect(receiver.received).toHaveLength(20)
  })
})

describe('a database that is away', { timeout: 180_000 }, () => {
  it('for longer than any time limit makes no webhook arrive twice that was answered meanwhile', async () => {
    const databaseUrl = await databaseForTest()
    const wire = await wireForTest(databaseUrl)
    const gateway = await gatewayForTest({ beside: { databaseUrl: wire.url, dataDir: await dataDir() }, env: patient })
    const token = await gateway.token()
    const receivers = await Promise.all(Array.from({ length: 4 }, receiverForTest))
    for (const { url } of receivers) await create(gateway, token, listening(url))
    const holdings = receivers.map(hold)
    await publishAll(async () => gateway, token, { count: IN_FLIGHT })
    await Promise.all(receivers.map((receiver) => receiver.reaches(IN_FLIGHT)))

    wire.cut()
    await gateway.logs('webhooks cannot be claimed or written: reconnecting')
    for (const { release } of holdings) release()
    // Longer than the server waits for a silent session.
    await delay(16_000)
    wire.mend()

    await untilSql(databaseUrl, sent(4 * IN_FLIGHT))
    await untilDrained(databaseUrl)
    for (const { received } of receivers) expect(received).toHaveLength(IN_FLIGHT)
    const records = await deliveryRecords(databaseUrl)
    expect(new Set(records.map(({ attempts }) => attempts.map(({ error }) => error).join()))).toEqual(new Set(['']))
  })

  it('without a word stops webhooks only until the silence is noticed', async () => {
    const databaseUrl = await databaseForTest()
    const wire = await wireForTest(databaseUrl)
    const gateway = await gatewayForTest({ beside: { databaseUrl: wire.url, dataDir: await dataDir() }, env: patient })
    const token = await gateway.token()
    const receiver = await receiverForTest()
    await create(gateway, token, listening(receiver.url))
    await publish(gateway, token)
    await receiver.reaches(1)
    await untilDrained(databaseUrl)

    wire.silence()
    await publishAll(async () => gateway, token, { count: 20 })
    await receiver.reaches(21)
    await untilDrained(databaseUrl)
  })
})

describe('a gateway of a cluster', { timeout: 180_000 }, () => {
  it('that is killed leaves what it had under way to the others', async () => {
    const cluster = await clusterForTest()
    const [killed, other] = [await cluster.start(patient), await cluster.start(patient)]
    // The partitions of webhooks move to the second one a few at a time.
    await untilSql(
      cluster.databaseUrl,
      `select from (
        select pid from pg_locks join pg_database on pg_database.oid = database and datname = current_database()
        where locktype = 'advisory' and objsubid = 2 group by pid having count(*) > ${PARTITIONS / 3}
      ) worker having count(*) = 2`,
    )
    const token = await cluster.token()
    const receivers = await Promise.all(Array.from({ length: 8 }, receiverForTest))
    for (const { url } of receivers) await create(killed, token, listening(url))
    const holdings = receivers.map(hold)
    await publish(killed, token)
    await Promise.all(receivers.map((receiver) => receiver.reaches(1)))
    const [claims] = await sql<{ workers: number }>(
      cluster.databaseUrl,
      'select count(distinct worker)::int as workers from webhook_claim',
    )
    expect(claims).toEqual({ workers: 2 })

    await killed.end('SIGKILL')
    for (const { release } of holdings) release()
    await untilDrained(cluster.databaseUrl)
    const records = await deliveryRecords(cluster.databaseUrl)
    const interrupted = records.filter(({ attempts }) => attempts.some(({ error }) => error === 'INTERRUPTED'))
    expect(interrupted.length).toBeGreaterThan(0)
    expect(interrupted.length).toBeLessThan(receivers.length)
    expect(await other.end('SIGTERM')).toBe(0)
  })

  it('that stands still is replaced by the others, and cannot write afterwards', async () => {
    const cluster = await clusterForTest()
    const still = await cluster.start(patient)
    const token = await cluster.token()
    const receiver = await receiverForTest()
    await create(still, token, listening(receiver.url))
    const { held, release } = hold(receiver)
    await publish(still, token)
    await receiver.reaches(1)
    const late = held.splice(0)
    still.child.kill('SIGSTOP')
    const other = await cluster.start(patient)
    // The server ends the session by itself.
    await receiver.reaches(2)
    release()
    await untilDrained(cluster.databaseUrl)

    still.child.kill('SIGCONT')
    for (const { response } of late) response.end()
    expect(await still.end('SIGTERM')).toBe(0)
    expect(await other.end('SIGTERM')).toBe(0)
    const [record] = await deliveryRecords(cluster.databaseUrl)
    expect(record?.attempts.map(({ error }) => error)).toEqual(['INTERRUPTED', null])
    // The attempt that was interrupted is told of the gateway that made it, not of the one that found it.
    const makers = await sql(
      cluster.databaseUrl,
      'select count(distinct gateway)::int as gateways, count(gateway)::int as known from webhook_attempt',
    )
    expect(makers).toEqual([{ gateways: 2, known: 2 }])
  })

  it('sends what others publish', async () => {
    const cluster = await clusterForTest()
    const [first, second] = [await cluster.start(), await cluster.start()]
    const token = await cluster.token()
    const receivers = await Promise.all(Array.from({ length: 8 }, receiverForTest))
    for (const { url } of receivers) await create(first, token, listening(url))
    for (let count = 1; count <= 10; count++) {
      await publish(count % 2 === 0 ? first : second, token)
      await Promise.all(receivers.map((receiver) => receiver.reaches(count)))
    }
    await untilDrained(cluster.databaseUrl)
    for (const { received } of receivers) expect(received).toHaveLength(10)
  })
})

describe('a delivery that kills its gateway', { timeout: 180_000 }, () => {
  it('fails by the schedule, like any other', async () => {
    const cluster = await clusterForTest()
    const env = { ...patient, WEBHOOK_RETRY_SCHEDULE: '50ms,50ms' }
    const token = await cluster.token()
    const receiver = await receiverForTest()
    hold(receiver)
    let gateway = await cluster.start(env)
    await create(gateway, token, listening(receiver.url))
    await publish(gateway, token)
    for (let count = 1; count <= 4; count++) {
      await receiver.reaches(count)
      await gateway.end('SIGKILL')
      gateway = await cluster.start(env)
    }
    await untilSql(cluster.databaseUrl, `select from webhook_delivery where state = 'FAILED'`)
    const [record] = await deliveryRecords(cluster.databaseUrl)
    expect(record?.attempts.map(({ error }) => error)).toEqual(Array(4).fill('INTERRUPTED'))
  })
})

describe('a backlog', { timeout: 120_000 }, () => {
  const BACKLOG = 5_000
  const waiting = (state: string) =>
    `select from webhook_delivery where state = '${state}' having count(*) = ${BACKLOG}`

  /** A paused bot agent with a backlog. */
  async function setUp() {
    const gateway = await gatewayForTest()
    const token = await gateway.token()
    const receiver = await receiverForTest()
    const id = await create(gateway, token, listening(receiver.url))
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'PAUSED', webhooks_paused_until = 'infinity'`)
    await publish(gateway, token)
    const [columns] = await sql<{ names: string }>(
      gateway.databaseUrl,
      `select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns
       where table_name = 'webhook_delivery' and column_name <> 'id' and is_identity = 'NO'`,
    )
    await sql(
      gateway.databaseUrl,
      `insert into webhook_delivery (id, ${columns?.names})
       select 'dlv_' || lpad(place::text, 32, '0'), ${columns?.names}
       from webhook_delivery, generate_series(2, ${BACKLOG}) as made(place)`,
    )
    return { gateway, token, receiver, id }
  }

  it('is cancelled behind the removal of its bot agent', async () => {
    const { gateway, token, id } = await setUp()
    const remove = 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }'
    expect(await run(gateway, token, remove, { id })).toEqual({ removeBotAgent: { botAgentId: id } })
    await untilSql(gateway.databaseUrl, waiting('CANCELLED'))
  })

  it('is held behind the disabling of its webhooks, of which nothing more is sent', async () => {
    const { gateway, receiver } = await setUp()
    receiver.answer = (response) => {
      response.statusCode = 410
      response.end()
    }
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_paused_until = clock_timestamp()`)
    await untilSql(gateway.databaseUrl, waiting('HELD'))
    expect(receiver.received).toHaveLength(1)
  })
})

async function dataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}
