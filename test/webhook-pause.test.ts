import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest } from './support/gateway.ts'
import { hold, receiverForTest } from './support/receiver.ts'

const FAILURES_THAT_PAUSE = 10
/** No webhook is retried while a test runs. */
const env = { WEBHOOK_TIMEOUT: '20s', WEBHOOK_RETRY_SCHEDULE: '1d' }

function answer(response: ServerResponse | undefined, status: number): void {
  if (!response) throw new Error('nothing came')
  response.statusCode = status
  response.end()
}

/** SQL that matches a pause of at most this duration from now. */
const notLonger = (seconds: number) => `webhooks_paused_until <= clock_timestamp() + interval '${seconds} s'`

/** Two gateways, and a bot agent that was paused after ten failures, with `waiting` pending webhooks. */
async function setUp({ waiting }: { waiting: number }) {
  const gateway = await gatewayForTest({ env })
  const second = await gatewayForTest({ beside: gateway, env })
  const token = await gateway.token()
  const receiver = await receiverForTest()
  const id = await create(gateway, token, listening(receiver.url))
  receiver.answer = (response) => answer(response, 500)
  await publishAll(async () => gateway, token, { count: FAILURES_THAT_PAUSE })
  const until = (condition: string) =>
    untilSql(gateway.databaseUrl, `select from bot_agent where id = $1 and ${condition}`, [id])
  await until(`webhooks_state = 'PAUSED' and webhooks_failures = ${FAILURES_THAT_PAUSE}`)
  await until(notLonger(30))
  const pauseFor = (interval: string) =>
    sql(
      gateway.databaseUrl,
      'update bot_agent set webhooks_paused_until = clock_timestamp() + $2::interval where id = $1',
      [id, interval],
    )
  // On a slow machine the pause must not end by itself.
  await pauseFor('1 h')

  await publishAll(async () => gateway, token, { count: waiting, prefix: 'waiting-' })
  const { held } = hold(receiver)
  return {
    receiver,
    until,
    drained: () =>
      untilSql(
        gateway.databaseUrl,
        `select where not exists (select from webhook_delivery where state = 'PENDING' and attempt_count = 0)`,
      ),
    /** The probe that arrives when the pause is over. */
    async probe() {
      const come = receiver.received.length
      await pauseFor('0 s')
      await receiver.reaches(come + 1)
      return held.shift()?.response
    },
    /** Makes both gateways look for due deliveries. Resolves when they have sent those of another receiver. */
    async look() {
      const elsewhere = await receiverForTest()
      for (const [index, at] of [gateway, second].entries()) {
        const stranger = await at.token({ licenseId: index + 2 })
        await create(at, stranger, listening(elsewhere.url))
        await publish(at, stranger)
        await elsewhere.until(() => elsewhere.received.length > index)
      }
    },
  }
}

describe('a destination that has failed ten times in a row', { timeout: 60_000 }, () => {
  it('gets nothing while it is paused, then a single webhook, and all others once that has arrived', async () => {
    const { receiver, probe, look, until, drained } = await setUp({ waiting: 20 })
    await look()
    expect(receiver.received).toHaveLength(FAILURES_THAT_PAUSE)

    const first = await probe()
    await look()
    expect(receiver.received).toHaveLength(FAILURES_THAT_PAUSE + 1)

    receiver.answer = (response) => answer(response, 200)
    answer(first, 200)
    await drained()
    await until(`webhooks_state = 'ACTIVE' and webhooks_failures = 0 and webhooks_paused_until is null`)
    expect(receiver.received).toHaveLength(FAILURES_THAT_PAUSE + 20)
  })

  it('is paused twice as long after each probe that fails', async () => {
    const { receiver, probe, look, until } = await setUp({ waiting: 5 })
    for (const [index, seconds] of [30, 60, 120].entries()) {
      answer(await probe(), 503)
      await until(`not ${notLonger(seconds)} and ${notLonger(2 * seconds)}`)
      await look()
      expect(receiver.received).toHaveLength(FAILURES_THAT_PAUSE + 1 + index)
    }
    await until(`webhooks_state = 'PAUSED'`)
  })

  it('is not paused longer because of attempts that were under way when it was paused', async () => {
    const gateway = await gatewayForTest({ env })
    const token = await gateway.token()
    const receiver = await receiverForTest()
    const { held } = hold(receiver)
    await create(gateway, token, listening(receiver.url))
    await publishAll(async () => gateway, token, { count: FAILURES_THAT_PAUSE })
    await receiver.reaches(FAILURES_THAT_PAUSE)
    await sql(gateway.databaseUrl, 'update bot_agent set webhooks_failures = $1', [FAILURES_THAT_PAUSE - 1])
    for (const [index, { response }] of held.entries()) {
      answer(response, 500)
      await untilSql(gateway.databaseUrl, 'select from webhook_attempt having count(*) > $1', [index])
    }
    await untilSql(gateway.databaseUrl, `select from bot_agent where webhooks_state = 'PAUSED' and ${notLonger(30)}`)
  })
})
