import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { sql } from '../support/database.ts'
import { operation, post, raw, repeat, socketOf, subscribe } from './attacker.ts'
import { startTarget, type Target } from './target.ts'

let target: Target
beforeEach(async () => {
  target = await startTarget()
})
afterEach(() => target.stop())

const list = '{ botAgents(first: 100) { nodes { id name groups { id } } } }'
const watching = 'subscription ($ids: [ID!]) { botAgentStatusChanged(botAgentIds: $ids) { cursor } }'

async function metric(name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', target.url))).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

async function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return
  socket.close()
  await once(socket, 'close')
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await once(new EventTarget(), 'never', { signal: AbortSignal.timeout(50) }).catch(() => {})
}

describe('sockets do not block others:', () => {
  it('ids that are reused at once leave no stream behind', async () => {
    await target.withstands(async () => {
      const socket = await socketOf(target, target.token)
      for (let round = 0; round < 4_000; round++) {
        socket.send(subscribe('1', '{ viewer { clientId } }'))
        socket.send(JSON.stringify({ id: '1', type: 'complete' }))
        socket.send(subscribe('1', watching, { ids: ['f'.repeat(32)] }))
      }
      socket.send(JSON.stringify({ type: 'ping' }))
      await until(async () => (await metric('gateway_operations_waiting')) === 0)
      await closed(socket)
      await until(async () => (await metric('gateway_streams_open')) === 0)
    })
  })

  it('operations that are completed at once still run, and still count', async () => {
    await target.withstands(async () => {
      const socket = await socketOf(target, target.token)
      for (let id = 0; id < 5_000; id++) {
        socket.send(subscribe(`${id}`, list))
        socket.send(JSON.stringify({ id: `${id}`, type: 'complete' }))
      }
      await until(
        async () => (await metric('gateway_operations_running')) + (await metric('gateway_operations_waiting')) <= 1,
      )
      socket.close()
    })
  })

  it('many sockets with many operations each', async () => {
    await target.withstands(async () => {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => socketOf(target, target.token)))
      for (const socket of sockets) for (let id = 0; id < 100; id++) socket.send(subscribe(`${id}`, list))
      await until(async () => (await metric('gateway_operations_waiting')) === 0)
      for (const socket of sockets) socket.terminate()
    })
  })

  it('subscriptions with ids of a megabyte are not kept', async () => {
    await target.withstands(async () => {
      const sockets = await Promise.all(Array.from({ length: 4 }, () => socketOf(target, target.token)))
      for (const socket of sockets) {
        for (let id = 0; id < 100; id++) socket.send(subscribe(`${id}`, watching, { ids: ['x'.repeat(900_000)] }))
      }
      await until(async () => (await metric('gateway_operations_waiting')) === 0)
      for (const socket of sockets) {
        await closed(socket)
      }
    })
  })

  it('streams with many documents are refused if they would use too much memory', async () => {
    const refusals: string[] = []
    await target.withstands(async () => {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => socketOf(target, target.token)))
      for (const [number, socket] of sockets.entries()) {
        socket.on('message', (data) => {
          if (String(data).includes('RATE_LIMITED')) refusals.push(String(data))
        })
        for (let id = 0; id < 100; id++) {
          const name = `S${number}_${id}_${'x'.repeat(15_000)}`
          socket.send(subscribe(`${id}`, `subscription ${name} { botAgentStatusChanged { cursor } }`))
        }
      }
      await until(async () => (await metric('gateway_operations_waiting')) === 0 && refusals.length > 0)
      for (const socket of sockets) {
        await closed(socket)
      }
    })
    expect(refusals[0]).toContain('End some of them')
  })

  it('dozens of streams whose events load a lot', async () => {
    const token = await target.provider.token({ clientId: 'gateway' })
    const create = 'mutation { createBotAgent(input: { name: "x", status: OFFLINE }) { botAgent { id } } }'
    const { text } = await post(target, token, operation(create))
    const id = /"id":"(\w{32})"/.exec(text)?.[1]
    await sql(
      target.databaseUrl,
      `with event as (
         insert into chat_event (id, license_id, client_id, action, data, matched)
         select 'evt_' || lpad(to_hex(n), 32, '0'), 1, 'gateway', 'INCOMING_EVENT', '{"filler":"' || repeat('x', 60000) || '"}', 1
         from generate_series(1, 100) n returning id
       )
       insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, ping, additional_data, secret_key, finished_at)
       select 'dlv_' || substr(event.id, 5), 1, 'gateway', $1, event.id, 'INCOMING_EVENT', 'SUCCEEDED', 'http://127.0.0.1:9/', false, '{}', '', now() from event`,
      [id],
    )
    const large =
      'subscription { botAgentStatusChanged { botAgent { webhookDeliveries(first: 100) { nodes { chatEvent { data } } } } } }'
    await target.withstands(async () => {
      const sockets = await Promise.all(Array.from({ length: 4 }, () => socketOf(target, token)))
      let events = 0
      for (const socket of sockets) {
        socket.on('message', () => {
          events += 1
        })
        for (let stream = 0; stream < 10; stream++) socket.send(subscribe(`${stream}`, large))
      }
      await until(async () => (await metric('gateway_streams_open')) === 40)
      await post(
        target,
        token,
        operation(`mutation { updateBotAgent(input: { id: "${id}", status: ACCEPTING_CHATS }) { botAgent { id } } }`),
      )
      await until(async () => events >= 8)
      for (const socket of sockets) socket.terminate()
      await until(async () => (await metric('gateway_streams_open')) === 0)
    })
  })

  it('sockets that never log in, or send megabytes before they do', async () => {
    await target.withstands(async () => {
      const idle: WebSocket[] = []
      await repeat(1_000, 50, async (index) => {
        const socket = new WebSocket(target.url.replace(/^http/, 'ws'), 'graphql-transport-ws')
        socket.on('error', () => {})
        await once(socket, 'open')
        idle.push(socket)
        if (index % 2) socket.send('x'.repeat(500_000))
      })
      for (const socket of idle) if (socket.readyState !== socket.CLOSED) await once(socket, 'close')
    })
  })

  it('sockets that send without reading', async () => {
    await target.withstands(async () => {
      const socket = await socketOf(target, target.token)
      socket.pause()
      const ping = JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(900_000) } })
      for (let asked = 0; asked < 60; asked++) socket.send(ping)
      await until(async () => socket.bufferedAmount === 0 || socket.readyState !== socket.OPEN)
      socket.terminate()
    })
  })

  it('refused upgrades leave no file descriptor behind, and do not delay the shutdown', async () => {
    const before = await target.descriptors()
    const head = (path: string, upgrade: string) =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nContent-Length: 2\r\n\r\n`
    const kinds = [
      head('/health', 'h2c'),
      head('/health', 'websocket'),
      head('/graphql', 'websocket'),
      head('/elsewhere', 'websocket').replace('POST', 'GET'),
      `${head('/graphql', 'websocket').replace('POST', 'GET').slice(0, -2)}Origin: https://evil.example\r\n\r\n`,
      'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n',
      'nonsense\r\n\r\n',
    ]
    await target.withstands(async () => {
      const sockets = await Promise.all(kinds.flatMap((kind) => Array.from({ length: 40 }, () => raw(target, kind))))
      for (const socket of sockets) socket.write('{}')
      for (const socket of sockets) socket.end()
      await Promise.all(sockets.map((socket) => socket.closed || once(socket.resume(), 'close')))
    })
    // Connections to the database open and close meanwhile, but each attack opened more than these.
    await until(async () => (await target.descriptors()) < before + 40)

    // The gateway keeps these open on purpose.
    const held = await Promise.all(kinds.map((kind) => raw(target, kind)))
    held.push(await raw(target, 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n'))
    const stopping = performance.now()
    expect(await target.end('SIGTERM')).toBe(0)
    expect(performance.now() - stopping).toBeLessThan(10_000)
    for (const socket of held) socket.destroy()
  })
})
