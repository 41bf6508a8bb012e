import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startEmbeddedServer } from '../src/database/embedded-server.ts'
import { create } from './bot-agents.ts'
import { listening, publish, publishAll } from './chat-events.ts'
import { webSocketClient } from './client.ts'
import { clusterForTest } from './cluster.ts'
import { type DeliveryRecord, deliveryRecords, runOutLeases, untilDrained, untilSql } from './delivery-records.ts'
import type { GatewayProcess } from './gateway-process.ts'
import { type Received, startReceiver } from './receiver.ts'

/** What may come at once: attempts under way to one bot agent. */
const IN_FLIGHT = 10
/** No attempt is to fail for want of time, however busy the machine is. */
const patient = { WEBHOOK_TIMEOUT: '20s', WEBHOOK_RETRY_SCHEDULE: '100ms,100ms,100ms' }

async function receiverForTest() {
  const receiver = await startReceiver()
  onTestFinished(() => receiver.stop())
  return receiver
}

/** Keeps what comes waiting for its answer, from now on. */
function hold(receiver: Awaited<ReturnType<typeof startReceiver>>) {
  const answer = receiver.answer
  const held: { id: string; response: ServerResponse }[] = []
  receiver.answer = (response) => {
    held.push({ id: receiver.received.at(-1)?.id ?? '', response })
  }
  return {
    held,
    /** Answers what waits, and what comes, as before. */
    release() {
      receiver.answer = answer
      for (const { response } of held.splice(0)) answer(response)
    },
  }
}

interface Update {
  cursor: string
  state: string
  attempt: { number: number; error: string | null } | null
  delivery: { id: string; chatEvent: { id: string } }
}

/** Watches deliveries, and goes on from the last cursor each time the stream breaks. */
async function follow(gateway: () => Promise<GatewayProcess>, token: string) {
  const updates: Update[] = []
  const query = `subscription ($after: String) { webhookDeliveryUpdated(after: $after) {
    cursor state attempt { number error } delivery { id chatEvent { id } } } }`
  let breaks = 0
  let stopped = false
  let client = webSocketClient((await gateway()).url, token)
  let look = () => {}
  onTestFinished(() => {
    stopped = true
    return client.dispose()
  })

  const read = async () => {
    const events = client.iterate<{ webhookDeliveryUpdated: Update }>({
      query,
      variables: { after: updates.at(-1)?.cursor },
    })
    for await (const { data, errors } of events) {
      if (!data) throw new Error(JSON.stringify(errors))
      updates.push(data.webhookDeliveryUpdated)
      look()
    }
  }
  const readOn = async () => {
    while (!stopped) {
      await read().catch(() => {})
      breaks += 1
      const { url } = await gateway()
      client = webSocketClient(url, token)
    }
  }
  const reading = readOn()
  for await (const _ of client.iterate({ query: '{ viewer { licenseId } }' }));
  return {
    updates,
    reading,
    breaks: () => breaks,
    async until(condition: (update: Update) => boolean) {
      while (!updates.some(condition)) {
        await new Promise<void>((resolve) => {
          look = resolve
        })
      }
    },
  }
}

/** Nothing is lost; and twice has come at most what was under way when something died. */
function expectAtLeastOnce(records: readonly DeliveryRecord[], received: readonly Received[]): void {
  const arrivals = Map.groupBy(received, ({ id }) => id)
  expect(records.filter(({ state }) => state !== 'SUCCEEDED')).toEqual([])
  expect([...arrivals.keys()].sort()).toEqual(records.map(({ id }) => id).sort())
  for (const { id, attempts, attemptCount } of records) {
    const errors = attempts.map(({ error }) => error)
    expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1))
    expect(attemptCount).toBe(attempts.length)
    expect(errors).toEqual([...errors.slice(1).fill('INTERRUPTED'), null])
    expect(arrivals.get(id)?.length).toBeLessThanOrEqual(attempts.length)
  }
}

const interruptedOf = (records: readonly DeliveryRecord[]) =>
  records.flatMap(({ attempts }) => attempts.filter(({ error }) => error === 'INTERRUPTED'))

describe('a gateway that is killed', () => {
  it('ten times while it sends 1,000 webhooks loses none, and sends twice what was under way alone', {
    timeout: 300_000,
  }, async () => {
    const cluster = await clusterForTest()
    const receiver = await receiverForTest()
    const token = await cluster.token()
    let current = cluster.start(patient)
    await create(await current, token, listening(receiver.url))
    const watcher = await follow(() => current, token)
    await publish(await current, token)
    await watcher.until(({ state }) => state === 'SUCCEEDED')

    const publishing: Promise<unknown>[] = []
    for (let round = 0; round < 10; round++) {
      const come = receiver.received.length
      // Either the receiver hangs when the gateway dies, or webhooks flow.
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
    const last = await publish(await current, token)
    await untilDrained(cluster.databaseUrl)
    await watcher.until(({ state, delivery }) => state === 'SUCCEEDED' && delivery.chatEvent.id === last)

    const records = await deliveryRecords(cluster.databaseUrl)
    expect(records).toHaveLength(1_002)
    expectAtLeastOnce(records, receiver.received)
    const interrupted = interruptedOf(records)
    expect(interrupted.length).toBeGreaterThanOrEqual(5 * IN_FLIGHT)
    expect(interrupted.length).toBeLessThanOrEqual(10 * IN_FLIGHT)

    expect(watcher.breaks()).toBeGreaterThanOrEqual(10)
    const told = Map.groupBy(watcher.updates, ({ delivery }) => delivery.id)
    for (const { id, attempts } of records) {
      const [made, ...rest] = (told.get(id) ?? []).map(({ attempt }) => attempt)
      expect(made).toBeNull()
      expect(rest).toEqual(attempts.map(({ number, error }) => ({ number, error })))
    }
    expect(told.size).toBe(records.length)
  })
})
