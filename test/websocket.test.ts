import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { socketLimits } from '../src/http/websocket/websocket.ts'
import { changeStatus, create, watchStatus } from './support/bot-agents.ts'
import type { Result } from './support/client.ts'
import { sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** A WebSocket without a client library: the test writes the messages. */
async function open(): Promise<WebSocket> {
  const socket = new WebSocket(gateway.url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  const inbox = new ReadableStream<Message>({
    start: (messages) => {
      socket.on('message', (data) => messages.enqueue(JSON.parse(String(data))))
    },
  })
  inboxes.set(socket, inbox.getReader())
  await new Promise((resolve) => socket.once('open', resolve))
  return socket
}

const send = (socket: WebSocket, message: object) => socket.send(JSON.stringify(message))
interface Message {
  type: string
  id?: string
  payload?: unknown
}

/** The messages that were not read yet. */
const inboxes = new WeakMap<WebSocket, ReadableStreamDefaultReader<Message>>()

async function received(socket: WebSocket): Promise<Message> {
  const { value } = (await inboxes.get(socket)?.read()) ?? {}
  if (!value) throw new Error('The socket has closed')
  return value
}

const closed = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )

async function connect(token: string): Promise<WebSocket> {
  const socket = await open()
  send(socket, { type: 'connection_init', payload: { Authorization: `Bearer ${token}` } })
  expect(await received(socket)).toEqual({ type: 'connection_ack' })
  return socket
}

describe('connection_init', () => {
  const wrong: [name: string, payload: () => Promise<object | undefined>, code: number, reason: RegExp][] = [
    ['without a token', async () => undefined, 4401, /An access token is required/],
    ['with a malformed token', async () => ({ Authorization: 'Bearer x' }), 4401, /malformed/],
    [
      'with an object instead of a token',
      async () => ({ Authorization: { a: 1 } }),
      4401,
      /An access token is required/,
    ],
    [
      'with an expired token',
      async () => ({ Authorization: `Bearer ${await gateway.token({ expiresIn: -1 })}` }),
      4403,
      /expired/,
    ],
  ]
  for (const [name, payload, code, reason] of wrong) {
    it(`${name} closes the socket with ${code}`, async () => {
      const socket = await open()
      send(socket, { type: 'connection_init', payload: await payload() })
      expect(await closed(socket)).toEqual({ code, reason: expect.stringMatching(reason) })
    })
  }

  it('that is sent twice closes the socket with 4429, even with the same token', async () => {
    const token = await gateway.token()
    const socket = await connect(token)
    send(socket, { type: 'connection_init', payload: { Authorization: `Bearer ${token}` } })
    expect(await closed(socket)).toMatchObject({ code: 4429 })
  })

  it('that is not sent closes the socket with 4408', async () => {
    expect(await closed(await open())).toMatchObject({ code: 4408 })
  })
})

describe('a socket', () => {
  it('carries queries and mutations too', async () => {
    const socket = await connect(await gateway.token())
    send(socket, {
      id: '1',
      type: 'subscribe',
      payload: {
        query:
          'mutation { createBotAgent(input: { name: "x", status: OFFLINE }) { botAgent { name } userErrors { code } } }',
      },
    })
    expect(await received(socket)).toEqual({
      id: '1',
      type: 'next',
      payload: { data: { createBotAgent: { botAgent: { name: 'x' }, userErrors: [] } } },
    })
  })

  it('stays open after a document that is not valid, and receives its errors', async () => {
    const socket = await connect(await gateway.token())
    const deep = `{ viewer { ${Array.from({ length: 31 }, (_, index) => `a${index}: clientId`).join(' ')} } }`
    const wrong: [query: string, message: RegExp, type: string][] = [
      ['{ viewer {', /Syntax Error/, 'error'],
      ['{ nothing }', /Cannot query field "nothing"/, 'error'],
      [`{ viewer { ${'clientId '.repeat(4_000)} } }`, /4000 tokens/, 'error'],
      [deep, /more than 30 aliases/, 'error'],
      ['{ botAgents(first: 101) { nodes { id } } }', /`first` must be from 0 to 100; it is 101/, 'next'],
    ]
    for (const [index, [query, message, type]] of wrong.entries()) {
      send(socket, { id: `${index}`, type: 'subscribe', payload: { query } })
      const { payload, ...rest } = await received(socket)
      expect(rest).toEqual({ id: `${index}`, type })
      const [error] = type === 'next' ? ((payload as Result).errors ?? []) : (payload as NonNullable<Result['errors']>)
      expect(error?.message).toMatch(message)
      expect(error?.extensions).not.toHaveProperty('http')
      if (type === 'next') expect(await received(socket)).toMatchObject({ type: 'complete' })
    }
  })

  it('runs 100 operations at a time: one more is refused, and the socket stays open', async () => {
    const socket = await connect(await gateway.token())
    const payload = { query: 'subscription { botAgentStatusChanged { botAgentId } }' }
    for (let index = 0; index < socketLimits.operations; index++) {
      send(socket, { id: `${index}`, type: 'subscribe', payload })
    }
    send(socket, { id: 'one too many', type: 'subscribe', payload: { query: '{ viewer { clientId } }' } })
    expect(await received(socket)).toMatchObject({
      id: 'one too many',
      type: 'error',
      payload: [{ message: expect.stringContaining('100 operations'), extensions: { code: 'BAD_USER_INPUT' } }],
    })
    send(socket, { id: '0', type: 'complete' })
    send(socket, { id: 'now', type: 'subscribe', payload: { query: '{ viewer { clientId } }' } })
    expect(await received(socket)).toMatchObject({ id: 'now', type: 'next' })
  })

  it('is one of at most 2,000 sockets of a token: one more is closed with 4429', { timeout: 60_000 }, async () => {
    const token = await gateway.token()
    const sockets = await Promise.all(Array.from({ length: socketLimits.perToken }, () => connect(token)))
    const refused = await open()
    send(refused, { type: 'connection_init', payload: { Authorization: `Bearer ${token}` } })
    expect(await closed(refused)).toMatchObject({ code: 4429 })
    sockets[0]?.close()
    await closed(sockets[0] as WebSocket)
    await connect(await gateway.token())
  })

  it('is closed with 1009 at a message larger than 1 MiB', async () => {
    const socket = await connect(await gateway.token())
    send(socket, { id: '1', type: 'subscribe', payload: { query: `# ${'x'.repeat(1024 * 1024)}\n{ __typename }` } })
    expect(await closed(socket)).toMatchObject({ code: 1009 })
  })

  it('is refused with 404 at any path except /graphql', async () => {
    const socket = new WebSocket(
      gateway.url.replace(/^http/, 'ws').replace('/graphql', '/elsewhere'),
      'graphql-transport-ws',
    )
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toMatch(/404/)
  })
})

describe('a client that stops reading', () => {
  // Events large enough to fill the buffers between the gateway and the client.
  const query = 'botAgent { webhooks { actions { filters { chatProperties { values } } } } }'
  const values = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(300, 'x'))
  const webhooks = {
    url: 'http://myservice.com/webhooks',
    secretKey: 's',
    actions: [{ name: 'INCOMING_EVENT', filters: { chatProperties: [{ namespace: 'a', name: 'b', values }] } }],
  }
  const total = 2_000

  it('is closed with 1013 while the others continue, and misses nothing if it reconnects with its last cursor', {
    timeout: 120_000,
  }, async () => {
    const token = await gateway.token({ licenseId: 77 })
    const id = await create(gateway, token, { webhooks })
    const watch = async (after?: string) => {
      const socket = await connect(token)
      const cursors: string[] = []
      let look = () => {}
      socket.on('message', (data) => {
        const { payload } = JSON.parse(String(data))
        if (payload?.data) cursors.push(payload.data.botAgentStatusChanged.cursor)
        look()
      })
      send(socket, {
        id: '1',
        type: 'subscribe',
        payload: {
          query: `subscription ($after: String) { botAgentStatusChanged(after: $after) { cursor ${query} } }`,
          variables: { after },
        },
      })
      const reaches = async (count: number) => {
        while (cursors.length < count) await new Promise<void>((resolve) => (look = resolve))
      }
      return { socket, cursors, reaches }
    }

    // From the cursor of the change: a stream from now on may tell of the creation before it.
    const first = await watchStatus(gateway, token)
    await changeStatus(gateway, token, id, 1)
    const { cursor: from } = await first.until(({ status }) => status === 'ACCEPTING_CHATS')
    await first.stop()
    const [stuck, fine] = [await watch(from), await watch(from)]
    await changeStatus(gateway, token, id, 2)
    await Promise.all([stuck.reaches(1), fine.reaches(1)])

    stuck.socket.pause()
    await sql(
      gateway.databaseUrl,
      `insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
       select license_id, topic, client_id, bot_agent_id, data from generate_series(1, $2), (
         select * from feed_entry where bot_agent_id = $1 and data->>'reason' = 'UPDATED' limit 1) entry`,
      [id, total],
    )
    const end = closed(stuck.socket)
    await gateway.logs('a stream ended: its client did not read its events')
    stuck.socket.resume()
    expect(await end).toEqual({ code: 1013, reason: expect.stringContaining('Reconnect with the last cursor') })
    await fine.reaches(1 + total)
    expect(stuck.cursors.length).toBeLessThan(1 + total)

    const back = await watch(stuck.cursors.at(-1))
    await back.reaches(1 + total - stuck.cursors.length)
    expect([...stuck.cursors, ...back.cursors]).toEqual(fine.cursors)
  })
})

describe('a socket that keeps sending without reading', () => {
  it('is cut off, even before connection_init', async () => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), 'graphql-transport-ws')
    await once(socket, 'open')
    socket.on('error', () => {})
    socket.pause()
    const ping = JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(900_000) } })
    const ask = () =>
      new Promise<void>((resolve, reject) => socket.send(ping, (error) => (error ? reject(error) : resolve())))
    const askOn = async () => {
      for (let asked = 0; asked < 1_000; asked++) await ask()
    }
    await expect(askOn()).rejects.toThrow()
    socket.terminate()
  })
})
