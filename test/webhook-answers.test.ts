import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { WEBHOOK_RETRY_SCHEDULE: '20ms,1h' } })
})
afterAll(() => gateway.stop())

const actions = [{ name: 'THREAD_CLOSED' }]

async function setUp(of: TestGateway, secretKey = 'first') {
  const receiver = await receiverForTest()
  const token = await of.token({ licenseId: newLicense() })
  const id = await create(of, token, {
    status: 'ACCEPTING_CHATS',
    webhooks: { url: receiver.url, secretKey, actions },
  })
  const publish = () =>
    run(
      of,
      token,
      'mutation { publishChatEvent(input: { action: THREAD_CLOSED, data: { chat_id: "c", thread_id: "t" } }) { matched } }',
    )
  /** The bot agent's state, and its last delivery once it is no longer PENDING. */
  const ended = async () => {
    const query = `query ($id: ID!) {
      botAgent(id: $id) {
        webhooks { state }
        webhookDeliveries { nodes { state attemptCount attempts { error statusCode responseBody responseBodyCut } } }
      }
    }`
    const read = async () => {
      const { botAgent } = await run<{
        botAgent: {
          webhooks: { state: string }
          webhookDeliveries: { nodes: { state: string; attemptCount: number; attempts: object[] }[] }
        }
      }>(of, token, query, { id })
      return { state: botAgent.webhooks.state, delivery: botAgent.webhookDeliveries.nodes[0] }
    }
    await expect.poll(async () => (await read()).delivery?.state, { timeout: 20_000 }).not.toBe('PENDING')
    return read()
  }
  const change = async (secretKey: string) => {
    const { updateBotAgent: payload } = await run<{
      updateBotAgent: { userErrors: { code: string; message: string }[] }
    }>(of, token, updateBotAgent, { input: { id, webhooks: { url: receiver.url, secretKey, actions } } })
    return payload.userErrors
  }
  /** Sends a webhook. @returns which of these secret keys have signed it */
  const signing = async (...secretKeys: string[]) => {
    const count = receiver.received.length + 1
    await publish()
    const webhook = (await receiver.reaches(count))[count - 1]
    return secretKeys.filter((secretKey) => {
      const receiving = secretKey.startsWith('whsec_')
        ? new Webhook(secretKey)
        : new Webhook(secretKey, { format: 'raw' })
      try {
        receiving.verify(webhook?.text ?? '', webhook?.headers ?? {})
        return true
      } catch {
        return false
      }
    })
  }
  return { receiver, token, id, publish, ended, change, signing }
}

describe('a destination that responds with 429 and Retry-After', () => {
  it('gets the webhook later, without using up the schedule, and is not paused', { timeout: 30_000 }, async () => {
    const { receiver, publish, ended } = await setUp(gateway)
    receiver.answer = (response) => {
      const isThrottled = receiver.received.length <= 12
      response.writeHead(isThrottled ? 429 : 200, isThrottled ? { 'retry-after': '0' } : {}).end()
    }
    await publish()
    await receiver.reaches(13)
    const { state, delivery } = await ended()
    expect(state).toBe('ACTIVE')
    expect(delivery).toMatchObject({ state: 'SUCCEEDED', attemptCount: 13 })
    const kept = await sql(
      gateway.databaseUrl,
      `select failures from webhook_delivery order by created_at desc limit 1`,
    )
    expect(kept).toEqual([{ failures: 0 }])
  })
})

describe('an empty WEBHOOK_RETRY_SCHEDULE', () => {
  it('means that nothing is sent again, whatever the response', async () => {
    const never = await gatewayForTest({ env: { WEBHOOK_RETRY_SCHEDULE: '' } })
    const { receiver, publish, ended } = await setUp(never)
    receiver.answer = (response) => response.writeHead(429, { 'retry-after': '0' }).end('x'.repeat(5_000))
    await publish()
    await receiver.reaches(1)
    const { delivery } = await ended()
    expect(delivery).toEqual({
      state: 'FAILED',
      attemptCount: 1,
      attempts: [{ error: 'HTTP_STATUS', statusCode: 429, responseBody: 'x'.repeat(4_096), responseBodyCut: true }],
    })
  })
})

describe('a secret key that is changed', () => {
  it('signs for 24 hours beside the present one, and so do up to four others', async () => {
    const { id, change, signing } = await setUp(gateway)
    const keys = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']
    for (const key of keys.slice(1)) expect(await change(key)).toEqual([])
    expect(await signing(...keys, 'other')).toEqual(keys)

    const [refused] = await change('seventh')
    expect(refused?.code).toBe('LIMIT_REACHED')
    expect(refused?.message).toMatch(
      /^`webhooks\.secretKey` has been changed 5 times within 24 hours, and all 5 former keys still sign: it can be changed again at \d{4}-\d\d-\d\dT[\d:.]+Z\.$/,
    )
    expect(await signing(...keys, 'seventh')).toEqual(keys)

    // The same again, or back to a former one, is no further key.
    expect(await change('sixth')).toEqual([])
    expect(await change('second')).toEqual([])
    expect(await signing(...keys)).toEqual(keys)

    await sql(
      gateway.databaseUrl,
      `update former_secret_key set replaced_at = replaced_at - interval '24 hours'
       where id = (select id from former_secret_key where bot_agent_id = $1 order by replaced_at limit 1)`,
      [id],
    )
    expect(await signing(...keys)).toEqual(keys.slice(1))
    expect(await change('seventh')).toEqual([])
    expect(await signing(...keys, 'seventh')).toEqual([...keys.slice(1), 'seventh'])
  })
})

describe('a secret key of Standard Webhooks', () => {
  const secretKey = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

  it('signs as its libraries expect, also beside a key that is text', async () => {
    const { receiver, change, signing } = await setUp(gateway, secretKey)
    expect(await signing(secretKey)).toEqual([secretKey])
    expect(receiver.received[0]?.body.secret_key).toBe(secretKey)
    expect(await change('text')).toEqual([])
    expect(await signing(secretKey, 'text')).toEqual([secretKey, 'text'])
  })

  it('is masked in a response with and without its prefix', async () => {
    const { receiver, publish, ended } = await setUp(gateway, secretKey)
    receiver.answer = (response) => response.end(`${secretKey} ${secretKey.slice(6)}.`)
    await publish()
    await receiver.reaches(1)
    expect((await ended()).delivery?.attempts).toMatchObject([{ responseBody: '… ….' }])
  })

  it('is refused if it is not a key', async () => {
    const { change } = await setUp(gateway)
    for (const wrong of ['whsec_', 'whsec_secret', `${secretKey}=`, secretKey.slice(0, -4)]) {
      expect(await change(wrong)).toEqual([
        {
          code: 'VALIDATION',
          field: ['webhooks', 'secretKey'],
          message: '`webhooks.secretKey` must have 24 to 64 bytes in Base64 after whsec_, as in Standard Webhooks.',
        },
      ])
    }
  })
})

it('webhooks share connections and limits by the origin of their URL, however it is written', async () => {
  const { token } = await setUp(gateway)
  const urls = ['http://127.0.0.1:80', 'HTTP:///127.0.0.1/a', 'http://127.1:/', 'http://%31%32%37.0.0.1?x']
  const ids = await Promise.all(
    urls.map((url) => create(gateway, token, { webhooks: { url, secretKey: 'x', actions } })),
  )
  const origins = 'select distinct webhooks_origin as origin from bot_agent where id = any($1)'
  expect(await sql(gateway.databaseUrl, origins, [ids])).toEqual([{ origin: 'http://127.0.0.1' }])
  await run(gateway, token, updateBotAgent, { input: { id: ids[0], webhooks: null } })
  expect(await sql(gateway.databaseUrl, origins, [ids.slice(0, 1)])).toEqual([{ origin: null }])
})
