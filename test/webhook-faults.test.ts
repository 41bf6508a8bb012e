import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startEmbeddedServer } from '../src/database/embedded/embedded-server.ts'
import { create } from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { clusterForTest } from './support/cluster.ts'
import { sql } from './support/database.ts'
import {
  type DeliveryRecord,
  deliveryRecords,
  endSessions,
  untilDrained,
  untilSql,
} from './support/delivery-records.ts'
import { expectAtLeastOnce, expectReportedOnce, followDeliveries } from './support/delivery-updates.ts'
import { hold, receiverForTest } from './support/receiver.ts'
import { subscribe } from './support/subscription.ts'

/** How many attempts the gateway makes at a time to one bot agent. */
const IN_FLIGHT = 32
/** Long enough that no attempt times out on a busy machine. */
const patient = { WEBHOOK_TIMEOUT: '20s', WEBHOOK_RETRY_SCHEDULE: '100ms,100ms,100ms' }

const interruptedOf = (records: readonly DeliveryRecord[]) =>
  records.flatMap(({ attempts }) => attempts.filter(({ error }) => error === 'INTERRUPTED'))

describe('a gateway that is killed', () => {
  it('ten times while it sends 1,000 webhooks loses none, and repeats only those that were under way', {
    timeout: 600_000,
  }, async () => {
    const cluster = await clusterForTest()
    const receiver = await receiverForTest()
    const token = await cluster.token()
    let current = cluster.start(patient)
    await create(await current, token, listening(receiver.url))
    const watcher = await followDeliveries(() => current, token)
    // Gives the watcher a cursor to continue from.
    await publish(await current, token)
    await receiver.reaches(1)
    await untilDrained(cluster.databaseUrl)
    while (watcher.updates.length === 0) await nextTurn()

    const publishing: Promise<unknown>[] = []
    for (let round = 0; round < 10; round++) {
      const come = receiver.received.length
      // The receiver hangs in one round when the gateway is killed, and responds in the next.
      const holding = round % 2 === 0 ? hold(receiver) : undefined
      const queued = Promise.withResolvers<void>()
      const acknowledged = (count: number) => count === 40 && queued.resolve()
      publishing.push(publishAll(() => current, token, { count: 100, prefix: `${round}-`, acknowledged }))
      await Promise.all([queued.promise, receiver.reaches(come + IN_FLIGHT)])
      const killed = await current
      current = killed.end('SIGKILL').then(() => cluster.start(patient))
      await current
      holding?.release()
    }
    await Promise.all(publishing)
    await untilDrained(cluster.databaseUrl)
    const last = await publish(await current, token)
    await watcher.untilArrived(last.id)

    const records = await deliveryRecords(cluster.databaseUrl)
    expect(records).toHaveLength(1_002)
    expectAtLeastOnce(records, receiver.received)
    const interrupted = interruptedOf(records)
    expect(interrupted.length).toBeGreaterThanOrEqual(5 * IN_FLIGHT)
    // Of each gateway: those that were being sent, and those that had ended and were not yet written.
    expect(interrupted.length).toBeLessThanOrEqual(10 * 2 * IN_FLIGHT)

    expect(watcher.reconnects()).toBeGreaterThanOrEqual(10)
    expectReportedOnce(watcher.updates, records)
  })
})

describe('a gateway that is suspended until its session has ended', () => {
  it('overwrites nothing when it resumes, counts no failure of the destination, and sends again', {
    timeout: 120_000,
  }, async () => {
    const cluster = await clusterForTest()
    const receiver = await receiverForTest()
    const token = await cluster.token()
    const still = await cluster.start(patient)
    await create(still, token, listening(receiver.url))
    const { held } = hold(receiver)
    await publishAll(async () => still, token, { count: IN_FLIGHT })
    await receiver.reaches(IN_FLIGHT)
    const late = held.splice(0)
    still.child.kill('SIGSTOP')

    await endSessions(cluster.databaseUrl)
    const other = await cluster.start(patient)
    await receiver.reaches(2 * IN_FLIGHT)
    // Half of the deliveries that the other gateway took over end before the late results, and half after them.
    for (const { response } of held.splice(0, IN_FLIGHT / 2)) response.end()
    await untilSql(
      cluster.databaseUrl,
      `select from webhook_delivery where state = 'SUCCEEDED' having count(*) = ${IN_FLIGHT / 2}`,
    )

    still.child.kill('SIGCONT')
    for (const { response } of late) {
      response.statusCode = 500
      response.end()
    }
    // It stops when it has handled the late results.
    expect(await still.end('SIGTERM')).toBe(0)
    for (const { response } of held.splice(0)) response.end()

    await untilDrained(cluster.databaseUrl)
    expect(await other.end('SIGTERM')).toBe(0)
    const records = await deliveryRecords(cluster.databaseUrl)
    expectAtLeastOnce(records, receiver.received)
    const taken = new Set(late.map(({ id }) => id))
    for (const { id, attempts } of records) expect(attempts).toHaveLength(taken.has(id) ? 2 : 1)
    const health = 'select webhooks_state::text as state, webhooks_failures as failures from bot_agent'
    expect(await sql(cluster.databaseUrl, health)).toEqual([{ state: 'ACTIVE', failures: 0 }])
  })
})

describe('a gateway that is stopped', () => {
  it('finishes what is under way and leaves the rest to others, without delay', {
    timeout: 120_000,
  }, async () => {
    const cluster = await clusterForTest()
    const receiver = await receiverForTest()
    const token = await cluster.token()
    const first = await cluster.start(patient)
    await create(first, token, listening(receiver.url))
    const holding = hold(receiver)
    await publishAll(async () => first, token, { count: 200 })
    await receiver.reaches(IN_FLIGHT)

    const watcher = await subscribe(first, token, 'subscription { webhookDeliveryUpdated { cursor } }')
    const exitCode = first.end('SIGTERM')
    await watcher.ended
    holding.release()
    expect(await exitCode).toBe(0)
    const left = await deliveryRecords(cluster.databaseUrl)
    expect(await sql(cluster.databaseUrl, 'select from webhook_claim')).toEqual([])
    const done = left.filter(({ state }) => state === 'SUCCEEDED')
    expect(done.length).toBe(receiver.received.length)
    expect(done.length).toBeLessThan(left.length)

    await cluster.start(patient)
    await receiver.reaches(left.length)
    await untilDrained(cluster.databaseUrl)
    const records = await deliveryRecords(cluster.databaseUrl)
    expectAtLeastOnce(records, receiver.received)
    expect(interruptedOf(records)).toEqual([])
  })
})

describe('a gateway whose PostgreSQL is killed', () => {
  it('three times under load keeps running, and loses nothing', { timeout: 600_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
    onTestFinished(() => rm(dataDir, { recursive: true }))
    const server = await startEmbeddedServer({ dataDir, log: pino({ level: 'silent' }) })
    onTestFinished(() => server.stop())
    const postmaster = async () =>
      Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])

    const cluster = await clusterForTest({ databaseUrl: server.connectionString })
    const receiver = await receiverForTest()
    const token = await cluster.token()
    const gateway = await cluster.start(patient)
    await create(gateway, token, listening(receiver.url))
    const watcher = await followDeliveries(async () => gateway, token)
    for (let round = 0; round < 3; round++) {
      const come = receiver.received.length
      const holding = round % 2 === 0 ? hold(receiver) : undefined
      const queued = Promise.withResolvers<void>()
      const acknowledged = (count: number) => count === 40 && queued.resolve()
      const publishing = publishAll(async () => gateway, token, { count: 100, prefix: `${round}-`, acknowledged })
      await Promise.all([queued.promise, receiver.reaches(come + IN_FLIGHT)])
      process.kill(await postmaster(), 'SIGKILL')
      holding?.release()
      await publishing
    }
    await untilDrained(cluster.databaseUrl)
    const last = await publish(gateway, token)
    await watcher.untilArrived(last.id)

    expect(await gateway.end('SIGTERM')).toBe(0)
    const records = await deliveryRecords(cluster.databaseUrl)
    expect(records).toHaveLength(301)
    expectAtLeastOnce(records, receiver.received)
    expectReportedOnce(watcher.updates, records)
  })
})
