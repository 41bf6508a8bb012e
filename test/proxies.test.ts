import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Agent, request as requestWith } from 'undici'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { LARGEST_BODY } from '../src/graphql/execution/endpoint.ts'
import { create, createBotAgent, watchStatus } from './support/bot-agents.ts'
import { request, webSocketClient } from './support/client.ts'
import { codeBlocks } from './support/code-blocks.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { haproxy, nginx, type ProxyKind, startProxy } from './support/proxy.ts'
import { transports } from './support/subscription.ts'

// The configurations in the documentation are the ones under test.
const guide = await readFile(join(import.meta.dirname, '../docs/operations.md'), 'utf8')
const [forNginx = '', withoutSettings = ''] = codeBlocks(guide, 'nginx')
const [forHaproxy = ''] = codeBlocks(guide, 'haproxy')

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => gateway.stop())

/** A gateway as clients see it through a proxy, for the length of one test. */
async function behind(kind: ProxyKind, config: string, hidden = gateway): Promise<TestGateway> {
  const proxy = await startProxy(kind, config, hidden)
  onTestFinished(proxy.stop)
  return { ...hidden, url: proxy.url }
}

/** Expects the headers and each event at once, and not when a buffer is full. */
async function streamsAtOnce(seen: TestGateway): Promise<void> {
  const token = await seen.token()
  const stop = new AbortController()
  const response = await fetch(seen.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: 'subscription { botAgentStatusChanged { cursor } }' }),
    signal: stop.signal,
  })
  expect(response.headers.get('content-type')).toMatch('text/event-stream')
  stop.abort()

  const stream = await watchStatus(seen, token, { transport: 'SSE' })
  for (let times = 0; times < 3; times++) {
    const id = await create(seen, token)
    await stream.until(({ botAgentId }) => botAgentId === id)
  }
}

function describeBehind(kind: ProxyKind, name: string, tests: () => void): void {
  describe.skipIf(!kind.command)(kind.command ? name : `${name}, SKIPPED: it is not installed`, tests)
}

for (const [kind, config] of [
  [nginx, forNginx],
  [haproxy, forHaproxy],
] as const) {
  describeBehind(kind, `behind ${kind.name}, as documented`, () => {
    it('a query is answered', async () => {
      const { url, token } = await behind(kind, config)
      expect(await request(url, await token(), '{ viewer { clientId } }')).toMatchObject({
        status: 200,
        data: { viewer: { clientId: 'my-bots' } },
      })
    })

    it('a stream over SSE has its headers and each event at once', async () => {
      await streamsAtOnce(await behind(kind, config))
    })

    it('a stream over WebSocket has each event at once', async () => {
      const seen = await behind(kind, config)
      const token = await seen.token()
      const stream = await watchStatus(seen, token)
      const id = await create(seen, token)
      await stream.until(({ botAgentId }) => botAgentId === id)
    })

    it('a caller has its own address, whatever it says itself', async () => {
      const { url, token } = await behind(kind, config)
      const authorization = `Bearer ${await token({ clientId: `behind ${kind.name}` })}`
      const dispatcher = new Agent({ localAddress: '127.0.0.2' })
      onTestFinished(() => dispatcher.close())
      const run = async (query: string, variables?: object) => {
        const headers = { authorization, 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1' }
        const body = JSON.stringify({ query, variables })
        return (await requestWith(url, { dispatcher, method: 'POST', headers, body })).body.json()
      }
      await run(createBotAgent, { input: { name: 'x', status: 'OFFLINE' } })
      expect(await run('{ auditTrail { nodes { action address } } }')).toEqual({
        data: { auditTrail: { nodes: [{ action: 'CREATED', address: '127.0.0.2' }] } },
      })
    })

    it('a body that is too large is refused by the gateway itself', async () => {
      const { url, token } = await behind(kind, config)
      const { status, headers } = await request(url, await token(), `{ __typename } # ${'x'.repeat(LARGEST_BODY)}`)
      expect(status).toBe(413)
      expect(headers.get('x-request-id')).not.toBeNull()
    })

    it('a page of the public host may call', async () => {
      const { url, token } = await behind(kind, config)
      const { status } = await request(url, await token(), '{ __typename }', {}, { origin: new URL(url).origin })
      expect(status).toBe(200)
    })

    it('metrics are not public', async () => {
      const { url } = await behind(kind, config)
      expect(await fetch(new URL('/metrics', url))).toMatchObject({ status: 404 })
      expect(await fetch(new URL('/health', url))).toMatchObject({ status: 200 })
    })

    for (const transport of transports) {
      it(`a gateway that stops ends its streams over ${transport}, and says why`, async () => {
        const beside = await startGateway({ beside: gateway })
        const { ended } = await watchStatus(await behind(kind, config, beside), await gateway.token(), { transport })
        await beside.stop()
        expect(await ended).toMatchObject(transport === 'SSE' ? { errorCode: 'SHUTTING_DOWN' } : { closeCode: 1012 })
      })
    }
  })
}

describeBehind(nginx, 'behind nginx, without any settings', () => {
  it('a query is answered', async () => {
    const { url, token } = await behind(nginx, withoutSettings)
    expect(await request(url, await token(), '{ viewer { clientId } }')).toMatchObject({ status: 200 })
  })

  it('a stream over SSE has its headers and each event at once', async () => {
    await streamsAtOnce(await behind(nginx, withoutSettings))
  })

  it('a WebSocket is refused', async () => {
    const { url, token } = await behind(nginx, withoutSettings)
    const client = webSocketClient(url, await token())
    onTestFinished(() => void client.dispose())
    await expect(client.iterate({ query: '{ __typename }' }).next()).rejects.toBeDefined()
  })

  it('a page of the public host counts as one from elsewhere', async () => {
    const { url, token } = await behind(nginx, withoutSettings)
    const { status } = await request(url, await token(), '{ __typename }', {}, { origin: new URL(url).origin })
    expect(status).toBe(403)
  })
})

it('a health check of HAProxy, which has no Host header, is answered', async () => {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  socket.write('GET /ready HTTP/1.0\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
})
