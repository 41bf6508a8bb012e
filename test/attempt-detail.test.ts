import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Scope } from '../src/identity/scope.ts'
import { create } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { request, run } from './support/client.ts'
import { sql } from './support/database.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { selfSigned } from './support/self-signed.ts'
import { subscribe } from './support/subscription.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { WEBHOOK_RETRY_SCHEDULE: '1h,1h', WEBHOOK_TIMEOUT: '300ms' } })
})
afterAll(() => gateway.stop())

const secretKey = 'JSauw0Aks8l-asAa'

interface Header {
  name: string
  value: string
}

interface Attempt {
  startedAt: string
  durationMs: number
  statusCode: number | null
  error: string | null
  explanation: string | null
  gateway: string
  address: string | null
  timings: Record<'lookupMs' | 'connectMs' | 'tlsMs' | 'firstByteMs' | 'readMs' | 'totalMs', number | null>
  requestHeaders: Header[]
  responseHeaders: Header[]
  responseBody: string | null
  responseBodyCut: boolean
}

const attemptFields = `startedAt durationMs statusCode error explanation gateway address
  timings { lookupMs connectMs tlsMs firstByteMs readMs totalMs } requestHeaders { name value } responseHeaders { name value }
  responseBody responseBodyCut`

/** A bot agent of the application `owner` with webhooks to this URL. */
async function setUp(url: string) {
  const licenseId = newLicense()
  const as = (clientId: string, ...scopes: Scope[]) =>
    gateway.token({ licenseId, clientId, ...(scopes.length > 0 && { scopes }) })
  const owner = await as('owner')
  const botAgent = await create(gateway, owner, listening(url))
  const updates = await subscribe<{ attempt: Attempt | null; delivery: { id: string } }>(
    gateway,
    owner,
    `subscription { webhookDeliveryUpdated { attempt { ${attemptFields} } delivery { id } } }`,
  )
  /** Reports an event. @returns the first attempt to deliver it, and the id of the delivery */
  const deliver = async () => {
    await publish(gateway, owner)
    const all = await updates.takeThrough(({ attempt }) => attempt !== null)
    const { attempt, delivery } = all.at(-1) ?? {}
    if (!attempt || !delivery) throw new Error('There was no attempt')
    return { ...attempt, id: delivery.id }
  }
  return { owner, as, botAgent, deliver }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const number = expect.any(Number)

describe('an attempt', () => {
  it('that succeeded tells when, by which gateway and where it was made, what was sent and what came back', async () => {
    const receiver = await receiverForTest()
    receiver.answer = (response) => response.writeHead(200, { 'x-served-by': 'a' }).end('thank you')
    const { deliver } = await setUp(receiver.url)
    const attempt = await deliver()
    expect(attempt).toMatchObject({
      statusCode: 200,
      error: null,
      explanation: null,
      address: new URL(receiver.url).host,
      timings: { lookupMs: null, connectMs: number, tlsMs: null, firstByteMs: number, readMs: number },
      responseBody: 'thank you',
      responseBodyCut: false,
    })
    expect(attempt.timings.totalMs).toBe(attempt.durationMs)
    expect(gateway.logged.length).toBeGreaterThan(0)
    expect(new Set(gateway.logged.map((line) => line.gateway))).toEqual(new Set([attempt.gateway]))
    const [webhook] = receiver.received
    expect(Object.fromEntries(attempt.requestHeaders.map(({ name, value }) => [name, value]))).toEqual(webhook?.headers)
    expect(attempt.requestHeaders.map(({ name }) => name)).toContain('webhook-signature')
    expect(attempt.responseHeaders).toContainEqual({ name: 'x-served-by', value: 'a' })

    const again = await deliver()
    expect(again.timings).toMatchObject({ lookupMs: null, connectMs: null, tlsMs: null, firstByteMs: number })
    expect(again.address).toBe(attempt.address)
  })

  it('over TLS has the time of the handshake, and says what is wrong with a certificate', async () => {
    const server = createTlsServer(selfSigned, (_, response) => response.end())
    onTestFinished(() => server.closeAllConnections())
    const url = `https://127.0.0.1:${await listen(server)}`
    expect(await (await setUp(url)).deliver()).toMatchObject({
      error: 'TLS',
      explanation: expect.stringContaining('self-signed'),
      timings: { connectMs: number, tlsMs: number, firstByteMs: null },
    })
    const trusted = getCACertificates()
    setDefaultCACertificates([...trusted, selfSigned.cert])
    onTestFinished(() => setDefaultCACertificates(trusted))
    expect(await (await setUp(url)).deliver()).toMatchObject({
      error: null,
      timings: { connectMs: number, tlsMs: number, firstByteMs: number },
    })
  })

  it('at a port where nothing listens names the address that it tried', async () => {
    const receiver = await receiverForTest()
    await receiver.stop()
    receiver.stop = async () => {}
    const { host } = new URL(receiver.url)
    const { deliver } = await setUp(receiver.url)
    expect(await deliver()).toMatchObject({
      error: 'CONNECTION_REFUSED',
      address: host,
      explanation: `Nothing listens at ${host}. Start the server there, or correct the URL of the webhooks.`,
      timings: { connectMs: number, firstByteMs: null },
      responseHeaders: [],
    })
  })

  it('that took too long says where the time went', async () => {
    const receiver = await receiverForTest()
    receiver.answer = (response) => response.write('…')
    const { deliver } = await setUp(receiver.url)
    expect(await deliver()).toMatchObject({
      error: 'TIMEOUT',
      statusCode: 200,
      explanation: expect.stringContaining('The response began, but was not complete after 0.3 s.'),
      responseBody: '…',
    })
    receiver.answer = () => {}
    expect(await deliver()).toMatchObject({
      explanation: expect.stringContaining('took the webhook, but did not respond within 0.3 s.'),
      timings: { readMs: null },
    })
  })

  it('whose response broke off keeps what came of it', async () => {
    const port = await listen(
      createTcpServer((socket) =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 9\r\n\r\nabc')),
      ),
    )
    const { deliver } = await setUp(`http://127.0.0.1:${port}`)
    expect(await deliver()).toMatchObject({
      error: 'RESPONSE_BROKEN_OFF',
      explanation: expect.stringContaining(`The connection to 127.0.0.1:${port} was closed in the middle`),
      responseHeaders: [
        { name: 'x-a', value: 'b' },
        { name: 'content-length', value: '9' },
      ],
      responseBody: 'abc',
    })
  })

  it('does not reveal the secret key in a header that echoes it', async () => {
    const server = createTcpServer((socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 500 x\r\nx-key: ${secretKey}\r\ncontent-length: 0\r\n\r\n`)),
    )
    const { deliver } = await setUp(`http://127.0.0.1:${await listen(server)}`)
    const attempt = await deliver()
    expect(attempt.responseHeaders[0]).toEqual({ name: 'x-key', value: '…' })
    expect(JSON.stringify(attempt)).not.toContain(secretKey)
    const [{ stored = '' } = {}] = await sql<{ stored: string }>(
      gateway.databaseUrl,
      'select detail::text as stored from webhook_attempt where delivery_id = $1',
      [attempt.id],
    )
    expect(stored).toContain('x-key')
    expect(stored).not.toContain(secretKey)
  })
})

it('attempts that an earlier release made have no detail', async () => {
  const receiver = await receiverForTest()
  const { owner, deliver } = await setUp(receiver.url)
  const { id } = await deliver()
  await sql(gateway.databaseUrl, 'update webhook_attempt set gateway = null, detail = null where delivery_id = $1', [
    id,
  ])
  const query = `{ webhookDelivery(id: "${id}") { attempts { ${attemptFields} } } }`
  expect(await run(gateway, owner, query)).toMatchObject({
    webhookDelivery: {
      attempts: [{ gateway: null, address: null, timings: null, requestHeaders: [], responseHeaders: [], error: null }],
    },
  })
})

it('a delivery tells how many attempts are left, and how long those took that were made', async () => {
  const receiver = await receiverForTest()
  receiver.answer = (response) => response.writeHead(500).end()
  const { owner, botAgent, deliver } = await setUp(receiver.url)
  const { id } = await deliver()
  const read = async (delivery: string) => {
    const query = `{ webhookDelivery(id: "${delivery}") { state attemptsLeft attemptsDurationMs attempts { durationMs } } }`
    return (await run<{ webhookDelivery: object }>(gateway, owner, query)).webhookDelivery
  }
  expect(await read(id)).toMatchObject({ state: 'PENDING', attemptsLeft: 2 })
  await sql(
    gateway.databaseUrl,
    `with one as (update webhook_attempt set duration_ms = 20 where delivery_id = $1)
     insert into webhook_attempt (delivery_id, number, started_at, duration_ms, replay) values ($1, 0, now(), 22, false)`,
    [id],
  )
  expect(await read(id)).toMatchObject({ attemptsDurationMs: 42 })
  const { pingWebhooks } = await run<{ pingWebhooks: { webhookDelivery: { id: string; attemptsLeft: number } } }>(
    gateway,
    owner,
    `mutation { pingWebhooks(input: { botAgentId: "${botAgent}" }) { webhookDelivery { id attemptsLeft } } }`,
  )
  expect(pingWebhooks.webhookDelivery.attemptsLeft).toBe(1)
  const ping = pingWebhooks.webhookDelivery.id
  await expect.poll(() => read(ping)).toMatchObject({ state: 'FAILED', attemptsLeft: 0 })
})

describe('requestBody', () => {
  const read = async (token: string, id: string, args = '') => {
    const query = `{ webhookDelivery(id: "${id}") { requestBody${args} } }`
    return (await run<{ webhookDelivery: { requestBody: string | null } }>(gateway, token, query)).webhookDelivery
      .requestBody
  }
  const withKey = '(withSecretKey: true)'

  it('is the body as it was sent, with the secret key masked unless one asks for it and may read it', async () => {
    const receiver = await receiverForTest()
    const { owner, as, botAgent, deliver } = await setUp(receiver.url)
    const { id } = await deliver()
    const sent = receiver.received[0]?.text ?? ''
    const masked = sent.replace(secretKey, '…')
    expect(sent).toContain(secretKey)
    const reads = () =>
      sql(
        gateway.databaseUrl,
        `select client_id as client from audit_entry where bot_agent_id = $1 and action = 'SECRET_READ'`,
        [botAgent],
      )
    const dashboard = await as('dashboard', 'agents-bot--all:ro')
    expect(await read(owner, id)).toBe(masked)
    expect(await read(dashboard, id)).toBe(masked)
    expect(await read(dashboard, id, withKey)).toBe(masked)
    expect(await reads()).toEqual([])
    expect(await read(owner, id, withKey)).toBe(sent)
    expect(await reads()).toEqual([{ client: 'owner' }])
    expect(await read(await as('admin', 'agents-bot--all:rw'), id, withKey)).toBe(sent)
    expect(await reads()).toHaveLength(2)
  })

  it('is that of a ping, too, and null once the event is no longer kept', async () => {
    const receiver = await receiverForTest()
    const { owner, botAgent, deliver } = await setUp(receiver.url)
    const { id } = await deliver()
    const { pingWebhooks } = await run<{ pingWebhooks: { webhookDelivery: { id: string } } }>(
      gateway,
      owner,
      `mutation { pingWebhooks(input: { botAgentId: "${botAgent}" }) { webhookDelivery { id } } }`,
    )
    await receiver.reaches(2)
    expect(await read(owner, pingWebhooks.webhookDelivery.id, withKey)).toBe(receiver.received[1]?.text)
    await sql(gateway.databaseUrl, 'update webhook_delivery set chat_event_id = null where id = $1', [id])
    expect(await read(owner, id)).toBeNull()
  })

  it('counts towards what an operation may load', async () => {
    const receiver = await receiverForTest()
    const { owner, deliver } = await setUp(receiver.url)
    const { id } = await deliver()
    await sql(gateway.databaseUrl, 'update webhook_delivery set additional_data = $2 where id = $1', [
      id,
      JSON.stringify({ thread_id: 'x'.repeat(400_000) }),
    ])
    const fields = Array.from({ length: 29 }, (_, index) => `f${index}: requestBody`).join(' ')
    const { errors } = await request(gateway.url, owner, `{ webhookDelivery(id: "${id}") { ${fields} } }`)
    expect(errors?.[0]?.message).toContain('The operation loads too much data')
  })
})
