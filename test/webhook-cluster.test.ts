import { expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { listening, publishAll } from './support/chat-events.ts'
import { clusterForTest } from './support/cluster.ts'
import { deliveryRecords, untilDrained } from './support/delivery-records.ts'
import { receiverForTest } from './support/receiver.ts'

const BOT_AGENTS = 100
const EVENTS = 100

it('two gateways on one database send each of 10,000 webhooks exactly once', { timeout: 600_000 }, async () => {
  const cluster = await clusterForTest()
  const env = { WEBHOOK_TIMEOUT: '20s' }
  const gateways = await Promise.all([cluster.start(env), cluster.start(env)])
  const [first, second] = gateways
  const receiver = await receiverForTest()
  const token = await cluster.token()
  for (let index = 0; index < BOT_AGENTS; index++) await create(first, token, listening(receiver.url))

  await Promise.all([
    publishAll(async () => first, token, { count: EVENTS / 2, prefix: 'first-' }),
    publishAll(async () => second, token, { count: EVENTS / 2, prefix: 'second-' }),
  ])
  await receiver.reaches(BOT_AGENTS * EVENTS)
  await untilDrained(cluster.databaseUrl)
  // When both have stopped, any duplicates have arrived.
  for (const gateway of gateways) expect(await gateway.end('SIGTERM')).toBe(0)

  const records = await deliveryRecords(cluster.databaseUrl)
  expect(records.length).toBe(BOT_AGENTS * EVENTS)
  expect(receiver.received.length).toBe(records.length)
  expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set(records.map(({ id }) => id)))
  const attempts = records.map(({ state, attempts }) => [state, ...attempts.map(({ error }) => error)].join())
  expect(new Set(attempts)).toEqual(new Set(['SUCCEEDED,']))
})
