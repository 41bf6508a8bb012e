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

// The configurations in the documentation are under test.
const guide = await readFile(join(import.meta.dirname, '../docs/operations.md'), 'utf8')
const [forNginx = '', withoutSettings = ''] = codeBlocks(guide, 'nginx')
const [forHaproxy = ''] = codeBlocks(guide, 'haproxy')

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => gateway.stop())

/** A gateway that clients reach through a proxy, for one test. */
async function behind(kind: ProxyKind, config: string, hidden = gateway): Promise<TestGateway> {
  const proxy = await startProxy(kind, config, hidden)
  onTestFinished(proxy.stop)
  return { ...hidden, url: proxy.url }
}

/** Expects the headers and each event at once, not only when a buffer is full. */
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
  describeBehind(kind, `${kind.name} as documented`, () => {
    it('passes a query and its response', async () => {
      const { url, token } = await behind(kind, config)
      expect(await request(url, await token(), '{ viewer { clientId } }')).toMatchObject({
        status: 200,
        data: { viewer: { clientId: 'my-bots' } },
      })
    })

    it('passes the headers and each event of a stream over SSE at once', async () => {
      await streamsAtOnce(await behind(kind, config))
    })

    it('passes each event of a stream over WebSocket at once', async () => {
      const seen = await behind(kind, config)
      const token = await seen.token()
      const stream = await watchStatus(seen, token)
      const id = await create(seen, token)
      await stream.until(({ botAgentId }) => botAgentId === id)
    })

    it('reports the address of the caller, whatever the caller claims', async () => {
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

    it('leaves the refusal of a body that is too large to the gateway', async () => {
      const { url, token } = await behind(kind, config)
      const { status, headers } = await request(url, await token(), `{ __typename } # ${'x'.repeat(LARGEST_BODY)}`)
      expect(status).toBe(413)
      expect(headers.get('x-request-id')).not.toBeNull()
    })

    it('accepts requests from a page of the public host', async () => {
      const { url, token } = await behind(kind, config)
      const { status } = await request(url, await token(), '{ __typename }', {}, { origin: new URL(url).origin })
      expect(status).toBe(200)
    })

    it('does not publish the metrics', async () => {
      const { url } = await behind(kind, config)
      expect(await fetch(new URL('/metrics', url))).toMatchObject({ status: 404 })
      expect(await fetch(new URL('/health', url))).toMatchObject({ status: 200 })
    })

    for (const transport of transports) {
      it(`passes the end of streams over ${transport}, with the reason, when the gateway stops`, async () => {
        const beside = await startGateway({ beside: gateway })
        const { ended } = await watchStatus(await behind(kind, config, beside), await gateway.token(), { transport })
        await beside.stop()
        expect(await ended).toMatchObject(transport === 'SSE' ? { errorCode: 'SHUTTING_DOWN' } : { closeCode: 1012 })
      })
    }
  })
}

describeBehind(nginx, 'nginx without any settings', () => {
  it('passes a query and its response', async () => {
    const { url, token } = await behind(nginx, withoutSettings)
    expect(await request(url, await token(), '{ viewer { clientId } }')).toMatchObject({ status: 200 })
  })

  it('passes the headers and each event of a stream over SSE at once', async () => {
    await streamsAtOnce(await behind(nginx, withoutSettings))
  })

  it('refuses a WebSocket', async () => {
    const { url, token } = await behind(nginx, withoutSettings)
    const client = webSocketClient(url, await token())
    onTestFinished(() => void client.dispose())
    await expect(client.iterate({ query: '{ __typename }' }).next()).rejects.toBeDefined()
  })

  it('treats a page of the public host as one of another origin', async () => {
    const { url, token } = await behind(nginx, withoutSettings)
    const { status } = await request(url, await token(), '{ __typename }', {}, { origin: new URL(url).origin })
    expect(status).toBe(403)
  })
})

it('can send a health check of HAProxy, which has no Host header', async () => {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  socket.write('GET /ready HTTP/1.0\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
})
