import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type ResumeOptions, resume } from '@bot-agent-gateway/client/graphql-ws'
import { resume as resumeSse } from '@bot-agent-gateway/client/sse'
import { verifyWebhook } from '@bot-agent-gateway/client/webhooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { signatureHeaders } from '../src/deliveries/signature.ts'
import { startExample } from './support/example-process.ts'
import { gatewayForTest } from './support/gateway.ts'
import { tableRows } from './support/table-rows.ts'

const project = join(import.meta.dirname, '..')
const read = (file: string) => readFile(join(project, file), 'utf8')
const page = await read('docs/clients.md')

const query = 'subscription ($after: String) { botAgentStatusChanged(after: $after) { cursor status } }'
const event = (cursor: string) => ({ data: { botAgentStatusChanged: { cursor, status: 'OFFLINE' } } })

/** What a server does with each `subscribe`, and the `after` that each had. */
type Behaviour = (
  answer: { next(result: object): void; complete(): void; error(errors: object[]): void; close(code: number): void },
  count: number,
) => void

/** A server of graphql-transport-ws that does as a test wants. */
async function serverThat(behaves: Behaviour): Promise<{ url: string; afters: unknown[] }> {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const afters: unknown[] = []
  server.on('connection', (socket) => {
    socket.on('message', (text) => {
      const { type, id, payload } = JSON.parse(String(text))
      const send = (message: object) => socket.send(JSON.stringify({ id, ...message }))
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
      if (type !== 'subscribe') return
      afters.push(payload.variables.after)
      const answer = {
        next: (result: object) => send({ type: 'next', payload: result }),
        complete: () => send({ type: 'complete' }),
        error: (errors: object[]) => send({ type: 'error', payload: errors }),
        close: (code: number) => (code === 1006 ? socket.terminate() : socket.close(code, 'Closed by the test')),
      }
      behaves(answer, afters.length)
    })
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, afters }
}

function clientOf(url: string, options: Partial<ResumeOptions> = {}) {
  const client = resume({ url, webSocketImpl: WebSocket, token: () => 'x', longestDelay: 20, ...options })
  onTestFinished(() => void client.dispose())
  return client
}

/** How the stream of a client goes on after this: `again`, with the milliseconds that it waits, or the error that ends it. */
function goesOn(url: string): Promise<{ again: boolean; delay?: number; code?: string | undefined }> {
  return new Promise((resolve) => {
    clientOf(url, { onInterrupted: (_reason, delay) => resolve({ again: true, delay }) }).subscribe(
      { query },
      {
        next: () => {},
        error: (error) => resolve({ again: false, code: (error as { code?: string }).code }),
        complete: () => {},
      },
    )
  })
}

describe('docs/clients.md', () => {
  const blocks = [...page.matchAll(/^```\w+ source=(\S+)\n(.*?)^```$/gms)].map(([, source = '', code = '']) => ({
    source,
    code,
  }))

  it('shows each of the examples', () => {
    expect(blocks.length).toBeGreaterThan(8)
  })

  it.each(blocks)('has the code of $source as it is', async ({ source, code }) => {
    expect(code.length).toBeGreaterThan(60)
    expect(await read(source)).toContain(code.trimEnd())
  })

  it('names each entry of the package', async () => {
    const { name, exports, ...manifest } = JSON.parse(await read('packages/client/package.json'))
    for (const entry of Object.keys(exports)) expect(page).toContain(`\`${entry.replace('.', name)}\``)
    expect(manifest.dependencies).toBeUndefined()
  })
})

describe('after each way in which a stream ends, resume() does what docs/clients.md says:', async () => {
  const [, from = ''] = page.split('| what came |')
  const said = tableRows(`| what came |${from.split('\n\n')[0]}`)
    .slice(1)
    .flatMap(([came = '', does = '']) =>
      [...came.matchAll(/\b\d{4}\b|`([A-Z_]+)`/g)].map(([word, code]) => ({
        word: code ?? word,
        again: !does.startsWith('ends'),
      })),
    )
  const [, ends = ''] = (await read('docs/protocol.md')).split('| WebSocket |')
  const ways = tableRows(`| WebSocket |${ends.split('\n\n')[0]}`).slice(1)
  const closes = new Set(ways.flatMap(([closes = '']) => [...closes.matchAll(/\d+/g)].map(String)))
  const codes = new Set(ways.flatMap(([, code = '']) => /`(\w+)`/.exec(code)?.[1] ?? []))
  const limited = ['4429', 'RATE_LIMITED']

  it('all of them are there', () => {
    const words = new Set(said.map(({ word }) => word))
    for (const way of [...closes, ...codes]) expect(words).toContain(way)
  })

  it.each([...closes])('the socket is closed with %s', async (code) => {
    const server = await serverThat(({ close }) => close(Number(code)))
    const { again, delay = 0 } = await goesOn(server.url)
    expect(again).toBe(said.find(({ word }) => word === code)?.again)
    if (again) expect(delay >= 60_000).toBe(limited.includes(code))
  })

  // Over WebSocket, UNAUTHENTICATED closes the socket.
  const inStream = [...codes].filter((code) => code !== 'UNAUTHENTICATED')
  it.each(inStream)('the last event has the code %s', async (code) => {
    const server = await serverThat(({ next, complete }) => {
      next({ data: null, errors: [{ message: 'Ended', extensions: { code } }] })
      complete()
    })
    const { again, delay = 0, ...end } = await goesOn(server.url)
    expect(again).toBe(said.find(({ word }) => word === code)?.again)
    if (again) expect(delay >= 60_000).toBe(limited.includes(code))
    else expect(end.code).toBe(code)
  })

  it('the subscription was refused, and the gateway has said when to try again', async () => {
    const errors = [{ message: 'Busy', extensions: { code: 'OVERLOADED', retryAfter: 7 } }]
    const server = await serverThat(({ error }) => error(errors))
    const { delay } = await goesOn(server.url)
    expect(delay).toBeGreaterThanOrEqual(7_000)
    expect(delay).toBeLessThan(8_000)
  })

  it('nobody listens', async () => {
    expect(await goesOn('ws://127.0.0.1:9')).toMatchObject({ again: true })
  })
})

describe('a resumed subscription', () => {
  it('continues with the last cursor, and drops an event that comes again', async () => {
    const server = await serverThat(({ next, close, complete }, count) => {
      if (count === 1) {
        next(event('a'))
        next(event('b'))
        close(1012)
      } else {
        next(event('b'))
        next(event('c'))
        complete()
      }
    })
    const results: unknown[] = []
    const variables = { after: 'list' }
    for await (const result of clientOf(server.url).iterate({ query, variables })) results.push(result)
    expect(results).toEqual(['a', 'b', 'c'].map(event))
    expect(server.afters).toEqual(['list', 'b'])
    expect(variables).toEqual({ after: 'list' })
  })

  it('passes on an event that has failed, and goes on', async () => {
    const failed = { data: null, errors: [{ message: 'Too large' }] }
    const server = await serverThat(({ next, complete }) => {
      next(event('a'))
      next(failed)
      next(event('b'))
      complete()
    })
    const results: unknown[] = []
    for await (const result of clientOf(server.url).iterate({ query })) results.push(result)
    expect(results).toEqual([event('a'), failed, event('b')])
  })

  it('has to have the variable `after` and the field `cursor`', async () => {
    const server = await serverThat(({ next }) => next({ data: { botAgentStatusChanged: { status: 'OFFLINE' } } }))
    const client = clientOf(server.url)
    const without = 'subscription { botAgentStatusChanged { cursor } }'
    expect(() => client.iterate({ query: without })).toThrow(/declare the variable `\$after: String`/)
    const unselected = query.replace('cursor', '')
    await expect(client.iterate({ query: unselected }).next()).rejects.toThrow(/select `cursor`/)
  })

  it('asks for the token again when there was none to be had', async () => {
    const server = await serverThat(({ next }) => next(event('a')))
    let asked = 0
    const token = async () => {
      asked += 1
      if (asked < 3) throw new Error('The provider is away')
      return 'x'
    }
    const { value } = await clientOf(server.url, { token }).iterate({ query }).next()
    expect([asked, value]).toEqual([3, event('a')])
  })

  it('ends with its client, also while it waits', async () => {
    const client = resume({
      url: 'ws://127.0.0.1:9',
      webSocketImpl: WebSocket,
      token: () => 'x',
      onInterrupted: () => client.dispose(),
    })
    expect(await client.iterate({ query }).next()).toEqual({ done: true, value: undefined })
  })

  it('is not tried again when it is a mutation', async () => {
    const server = await serverThat(({ close }) => close(1012))
    const mutation = 'mutation ($after: String) { __typename }'
    await expect(clientOf(server.url).iterate({ query: mutation, variables: {} }).next()).rejects.toMatchObject({
      code: 1012,
    })
    expect(server.afters).toHaveLength(1)
  })

  it('over SSE stays away when one token after the other is refused', async () => {
    const gateway = await gatewayForTest()
    let asked = 0
    const token = () => `token-${++asked}`
    const client = resumeSse({ url: gateway.url, token, longestDelay: 20 })
    onTestFinished(() => client.dispose())
    await expect(client.iterate({ query }).next()).rejects.toMatchObject({
      name: 'StreamEnded',
      code: 'UNAUTHENTICATED',
    })
    expect(asked).toBe(3)
  })
})

describe('verifyWebhook()', () => {
  const body =
    '{"webhook_id":"dlv_1","secret_key":"x","action":"thread_closed","data":{"chat_id":"P"},"additional_data":{}}'
  const [former, present, standard] = ['JSauw0Aks8l-asAa', 'é', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
  const signed = (secrets: string[], timestamp = new Date()) =>
    signatureHeaders({ id: 'dlv_1', timestamp, body, secrets })

  it.each([former, present, standard])('takes the key %s', (key) => {
    const request = { body, headers: signed([key]), secretKeys: key }
    expect(verifyWebhook(request)).toMatchObject({ action: 'thread_closed', data: { chat_id: 'P' } })
    expect(verifyWebhook({ ...request, body: Buffer.from(body) })).toMatchObject({ action: 'thread_closed' })
    expect(verifyWebhook({ ...request, headers: new Headers({ ...request.headers }) })).toMatchObject({
      webhook_id: 'dlv_1',
    })
  })

  it('takes several signatures and several keys', () => {
    expect(verifyWebhook({ body, headers: signed([present, former]), secretKeys: former })).toBeDefined()
    expect(verifyWebhook({ body, headers: signed([former]), secretKeys: [present, former] })).toBeDefined()
  })

  it.each([
    ['another key', { secretKeys: [present, standard] }, /No matching signature/],
    ['no key', { secretKeys: [] }, /no secret key/],
    ['another body', { body: `${body} ` }, /No matching signature/],
    ['no signature', { headers: {} }, /Missing required headers/],
    ['an old timestamp', { headers: signed([former], new Date(Date.now() - 600_000)) }, /too old/],
  ])('says what is wrong with %s', (_name, wrong, reason) => {
    expect(() => verifyWebhook({ body, headers: signed([former]), secretKeys: former, ...wrong })).toThrow(reason)
  })

  it('guards the receiver of the guide', async () => {
    const receiver = startExample('webhooks/main.ts', process.execPath, {
      SECRET_KEYS: `${present} ${former}`,
      PORT: '0',
    })
    onTestFinished(() => void receiver.child.kill())
    await receiver.until((lines) => lines.length > 0)
    const [port] = /\d+$/.exec(receiver.lines[0] ?? '') ?? []
    const post = async (headers: Record<string, string>) => {
      const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body })
      return [response.status, await response.text()]
    }
    expect(await post(signed([former]))).toEqual([204, ''])
    expect(await post(signed([standard]))).toEqual([401, 'No matching signature found'])
    await receiver.until((lines) => lines.includes('thread_closed {"chat_id":"P"}'))
  })
})
