import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { deliveryRecords, untilSql } from './support/delivery-records.ts'
import { gatewayForTest } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { selfSigned } from './support/self-signed.ts'

/** The longest timeout allowed, so that the gateway waits for the hanging endpoint while it sends to the others. */
const patient = { WEBHOOK_TIMEOUT: '20s' }

/** A receiver that never responds. `givenUp` resolves when the gateway stops waiting for the first response. */
async function hangingReceiver() {
  const receiver = await receiverForTest()
  const givenUp = new Promise<'given up'>((resolve) => {
    receiver.answer = (response) => response.once('close', () => resolve('given up'))
  })
  return { receiver, givenUp }
}

describe('an endpoint that hangs', { timeout: 120_000 }, () => {
  it('does not delay the webhooks of 99 others', async () => {
    const gateway = await gatewayForTest({ env: patient })
    const token = await gateway.token()
    const hanging = await hangingReceiver()
    await create(gateway, token, listening(hanging.receiver.url))
    const healthy = await Promise.all(Array.from({ length: 99 }, receiverForTest))
    for (const { url } of healthy) await create(gateway, token, listening(url))

    const events = 10
    await publishAll(async () => gateway, token, { count: events })
    const all = Promise.all(healthy.map((receiver) => receiver.reaches(events)))
    expect(await Promise.race([all.then(() => 'all have come'), hanging.givenUp])).toBe('all have come')
    expect(hanging.receiver.received.length).toBeGreaterThan(0)
  })

  it('shared by 30 bot agents does not delay others, of the same application or of other licenses', async () => {
    const gateway = await gatewayForTest({ env: patient })
    const token = await gateway.token()
    const hanging = await hangingReceiver()
    for (let index = 0; index < 30; index++) await create(gateway, token, listening(hanging.receiver.url))
    const neighbour = await receiverForTest()
    await create(gateway, token, listening(neighbour.url))
    const stranger = await receiverForTest()
    const strange = await gateway.token({ clientId: 'other-bots', licenseId: 2 })
    await create(gateway, strange, listening(stranger.url))

    // One after another, so that the hanging endpoint takes all the room it can get.
    const sendAll = async () => {
      for (let count = 1; count <= 20; count++) {
        await publish(gateway, token)
        await publish(gateway, strange)
        await Promise.all([neighbour.reaches(count), stranger.reaches(count)])
      }
      return 'all have come'
    }
    expect(await Promise.race([sendAll(), hanging.givenUp])).toBe('all have come')
    expect(hanging.receiver.received.length).toBeGreaterThan(0)
  })
})

describe('an origin', { timeout: 120_000 }, () => {
  it('gets at most 128 webhooks at a time; those that were claimed ahead are not left with it when it begins to hang', async () => {
    const gateway = await gatewayForTest({ env: patient })
    const token = await gateway.token()
    const [receiver, next] = [await receiverForTest(), await receiverForTest()]
    let [open, most, hangs] = [0, 0, false]
    receiver.answer = (response) => {
      open += 1
      most = Math.max(most, open)
      response.once('close', () => (open -= 1))
      if (!hangs) setImmediate(() => response.end())
    }
    const bots: string[] = []
    for (let index = 0; index < 30; index++) bots.push(await create(gateway, token, listening(receiver.url)))
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'PAUSED', webhooks_paused_until = 'infinity'`)
    await publishAll(async () => gateway, token, { count: 100 })
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'ACTIVE', webhooks_paused_until = null`)
    await receiver.reaches(1_000)

    hangs = true
    await receiver.until(() => open === 128)
    // What is claimed is what is under way, so that nobody who takes over takes what was given up.
    await untilSql(
      gateway.databaseUrl,
      `select count(*) from webhook_claim cross join unnest(delivery_ids, attempts) as claimed(id, attempt)
       join webhook_delivery delivery on delivery.id = claimed.id and attempt_count = attempt and state = 'PENDING'
       having count(*) = 128`,
    )
    for (const id of bots) await request(gateway.url, token, updateBotAgent, { input: { id, ...listening(next.url) } })
    await next.reaches(3_000 - receiver.received.length)
    expect([open, most]).toEqual([128, 128])
    const ids = [...receiver.received, ...next.received].map(({ headers }) => headers['webhook-id'])
    expect([ids.length, new Set(ids).size]).toEqual([3_000, 3_000])
  })
})

describe('a hostile endpoint', () => {
  const http = async (answer: RequestListener) => {
    const server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  const https = async () => {
    const server = createTlsServer(selfSigned, (_, response) => response.end('safe')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  const piece = Buffer.alloc(64 * 1024, 'x')
  const bomb = gzipSync(Buffer.alloc(20_000_000))

  const endpoints: Record<string, { start: () => Promise<string>; attempt: object }> = {
    'sends one byte a second': {
      start: () =>
        http((_, response) => {
          response.writeHead(200, { 'content-length': 1_000 })
          const drip = setInterval(() => response.write('x'), 1_000)
          response.on('close', () => clearInterval(drip))
          response.write('x')
        }),
      attempt: { error: 'TIMEOUT', statusCode: 200, responseBody: expect.stringMatching(/^x+$/) },
    },
    'never responds': { start: () => http(() => {}), attempt: { error: 'TIMEOUT', statusCode: null } },
    'responds with 200 MB': {
      start: () =>
        http((_, response) => {
          let left = 200 * 1024 * 1024
          const more = () => {
            while (left > 0 && !response.destroyed && response.write(piece)) left -= piece.length
          }
          response.on('drain', more)
          more()
        }),
      attempt: { error: null, statusCode: 200, responseBody: 'x'.repeat(4_096) },
    },
    'responds with a gzip bomb': {
      start: () => http((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
      attempt: { error: null, statusCode: 200, responseBody: expect.stringContaining('\u001f\uFFFD\b') },
    },
    'responds with bytes that are not text': {
      start: () => http((_, response) => response.writeHead(500).end(Buffer.from([0x00, 0xff, 0x41]))),
      attempt: { error: 'HTTP_STATUS', statusCode: 500, responseBody: '\uFFFD\uFFFDA' },
    },
    resets: {
      start: () => http(({ socket }) => socket.resetAndDestroy()),
      attempt: { error: 'CONNECTION_RESET', statusCode: null, responseBody: null },
    },
    'redirects into the network': {
      start: () => http((_, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end()),
      attempt: { error: 'HTTP_STATUS', statusCode: 307 },
    },
    'has a self-signed certificate': {
      start: https,
      attempt: { error: 'TLS', statusCode: null, responseBody: null },
    },
  }

  it('is recorded in the attempt, and does not affect its neighbours', { timeout: 60_000 }, async () => {
    const gateway = await gatewayForTest({ env: { WEBHOOK_TIMEOUT: '5s', WEBHOOK_RETRY_SCHEDULE: '1h' } })
    const token = await gateway.token()
    const names = new Map<string, string>()
    const expected: Record<string, object> = {}
    for (const [name, { start, attempt }] of Object.entries(endpoints)) {
      names.set(await create(gateway, token, listening(await start())), name)
      expected[name] = { number: 1, ...attempt }
    }
    // A private address is refused when it is saved. The name of this one led to a public address then.
    const blocked = await create(gateway, token, listening('http://127.0.0.1/'))
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_url = 'http://10.0.0.1/' where id = $1`, [blocked])
    names.set(blocked, 'is private')
    expected['is private'] = { number: 1, error: 'BLOCKED_ADDRESS', statusCode: null, responseBody: null }

    await publish(gateway, token)
    await untilSql(gateway.databaseUrl, `select from webhook_attempt having count(*) = ${names.size}`)
    const records = await deliveryRecords(gateway.databaseUrl)
    const attempts = records.map(({ botAgentId, attempts }) => [names.get(botAgentId), ...attempts])
    for (const [name, ...made] of attempts) expect({ name, made }).toMatchObject({ name, made: [expected[`${name}`]] })
  })
})
