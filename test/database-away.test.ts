import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { databaseForTest } from './support/database.ts'
import { deliveryRecords, untilDrained } from './support/delivery-records.ts'
import { expectReportedOnce, followDeliveries } from './support/delivery-updates.ts'
import { gatewayForTest } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { transports } from './support/subscription.ts'
import { wireForTest } from './support/wire.ts'

it('streams tell of every webhook once, in order and without a hole, though the database goes away for 3 seconds in a burst', {
  timeout: 240_000,
}, async () => {
  const wire = await wireForTest(await databaseForTest())
  const gateway = await gatewayForTest({ databaseUrl: wire.url, env: { WEBHOOK_RETRY_SCHEDULE: '100ms,100ms,100ms' } })
  const receiver = await receiverForTest()
  const token = await gateway.token()
  await create(gateway, token, listening(receiver.url))
  const watchers = await Promise.all(
    transports.map((transport) => followDeliveries(async () => gateway, token, { transport })),
  )
  // Gives the watchers a cursor to continue from.
  await publish(gateway, token)
  for (const { seen } of watchers) await seen(1)

  const begun = receiver.reaches(100)
  const publishing = publishAll(async () => gateway, token, { count: 300 })
  await begun
  wire.cut()
  await delay(3_000)
  wire.mend()
  await publishing
  await untilDrained(gateway.databaseUrl)
  const last = await publish(gateway, token)

  await Promise.all(watchers.map(({ untilArrived }) => untilArrived(last.id)))
  const records = await deliveryRecords(gateway.databaseUrl)
  expect(records).toHaveLength(302)
  for (const { updates, errorCodes } of watchers) {
    expectReportedOnce(updates, records)
    expect(errorCodes().filter((code) => code !== 'OVERLOADED')).toEqual([])
  }
})
