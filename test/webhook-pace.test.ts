import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { create } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { deliveryRecords, endSessions, untilDrained, untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense } from './support/gateway.ts'

const env = { WEBHOOK_RETRY_SCHEDULE: '20ms,20ms,20ms', WEBHOOK_TIMEOUT: '20s' }
const actions = [{ name: 'INCOMING_EVENT' }]

/** A receiver that notes when each request begins to arrive, in milliseconds. */
async function destination(answer: (count: number) => number = () => 200) {
  const arrivals: number[] = []
  const server = createServer((request, response) => {
    arrivals.push(performance.now())
    response.statusCode = answer(arrivals.length)
    request.resume().on('end', () => response.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrivals }
}

/** The most requests that arrived within any second. */
function mostInASecond(arrivals: readonly number[]): number {
  return Math.max(...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length))
}

it('no second has more webhooks than the limit, whichever gateway sends them, and others are not slowed', async () => {
  const first = await gatewayForTest({ env })
  const second = await gatewayForTest({ env, beside: first })
  const token = await first.token({ licenseId: newLicense() })
  const [slow, fast] = [await destination(), await destination()]
  const webhooks = (url: string, maxPerSecond: number | null) => ({ url, secretKey: 's', actions, maxPerSecond })
  await create(first, token, { status: 'ACCEPTING_CHATS', webhooks: webhooks(slow.url, 20) })
  await create(first, token, { status: 'ACCEPTING_CHATS', webhooks: webhooks(fast.url, null) })

  const start = performance.now()
  for (let index = 0; index < 15; index++) {
    await Promise.all([publish(first, token), publish(second, token)])
    // The partitions go to whichever gateway comes first.
    if (index === 7) await endSessions(first.databaseUrl)
  }
  await untilDrained(first.databaseUrl)
  expect(slow.arrivals.length).toBeGreaterThanOrEqual(30)
  expect(mostInASecond(slow.arrivals)).toBeLessThanOrEqual(20)
  expect((slow.arrivals.at(-1) ?? 0) - start).toBeGreaterThan(1_500)
  expect(fast.arrivals.length).toBeGreaterThanOrEqual(30)
  expect(fast.arrivals.at(-1)).toBeLessThan(slow.arrivals.at(-1) ?? 0)
})

it('what waits for its turn uses up no attempt; retries and pings take turns as well', async () => {
  const gateway = await gatewayForTest({ env })
  const token = await gateway.token()
  const { url, arrivals } = await destination((count) => (count === 1 ? 500 : 200))
  const id = await create(gateway, token, {
    status: 'ACCEPTING_CHATS',
    webhooks: { url, secretKey: 's', actions, maxPerSecond: 4 },
  })
  for (let index = 0; index < 5; index++) await publish(gateway, token)
  // The one that fails is no ping.
  await untilSql(gateway.databaseUrl, 'select from webhook_attempt')
  await run(gateway, token, `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { userErrors { message } } }`)
  await untilDrained(gateway.databaseUrl)
  expect(arrivals).toHaveLength(7)
  expect(mostInASecond(arrivals)).toBeLessThanOrEqual(4)
  const records = await deliveryRecords(gateway.databaseUrl)
  expect(records.map(({ state, attemptCount }) => `${state} ${attemptCount}`).sort()).toEqual([
    ...Array.from({ length: 5 }, () => 'SUCCEEDED 1'),
    'SUCCEEDED 2',
  ])
})
