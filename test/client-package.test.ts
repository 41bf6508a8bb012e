import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type ResumeOptions, resume } from '@bot-agent-gateway/client/graphql-ws'
import { resume as resumeSse } from '@bot-agent-gateway/client/sse'
import { verifyWebhook } from '@bot-agent-gateway/client/webhooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { buildClient } from '../packages/client/build.ts'
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
async function serverThat(behaves: Behaviour) {
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
  const closeAll = () => {
    for (const socket of server.clients) socket.close(1012)
  }
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, afters, closeAll }
}

/**
 * A server of graphql-transport-ws whose first socket closes only after the second has been opened, and that answers on the second one after that.
 * @param first what it sends on the first one at once, and before that closes
 * @returns its URL, and the number of its connections
 */
async function slowToClose(first: { greeting?: string; farewell?: string } = {}) {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const sockets: WebSocket[] = []
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('message', (text) => {
      const { type, id } = JSON.parse(String(text))
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
      if (type === 'subscribe') socket.send(JSON.stringify({ id, type: 'next', payload: event('a') }))
    })
    const [slow] = sockets
    if (slow === socket) {
      socket.pause()
      if (first.greeting) socket.send(first.greeting)
    } else if (slow && sockets.length === 2) {
      socket.pause()
      slow.once('close', () => socket.resume())
      if (first.farewell) slow.send(first.farewell)
      slow.resume()
    }
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => sockets.length }
}

/** A server that refuses each request. @returns its URL */
async function refusing(status: number, headers: Record<string, string>): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status, headers).end())
  onTestFinished(() => void server.close())
  await once(server.listen(0), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
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

describe('the build of the package', () => {
  it('is a part of `npm run build`', async () => {
    const { scripts } = JSON.parse(await read('package.json'))
    expect(scripts.build).toContain('npm run build --workspace packages/client')
  })

  it('leaves the former one complete until it is done', async () => {
    const dir = await mkdtemp(join(project, 'packages/client/node_modules/.cache/test-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    await buildClient(dir)
    const files = await readdir(dir)
    expect(files).toContain('schema.graphql')
    await writeFile(join(dir, 'removed-since.js'), '')
    let done = false
    const building = buildClient(dir).finally(() => {
      done = true
    })
    while (!done) {
      expect(await readdir(dir)).toEqual(expect.arrayContaining(files))
      await setImmediate()
    }
    await building
    expect(await readdir(dir)).toEqual(files)
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

  it.each([
    ['longer than a timer can wait', 1e300, 2 ** 31 - 1],
    ['before now', -1e300, 20],
  ])('the gateway has named a time that is %s', async (_name, retryAfter, longest) => {
    const errors = [{ message: 'Busy', extensions: { code: 'OVERLOADED', retryAfter } }]
    const server = await serverThat(({ error }) => error(errors))
    const { delay } = await goesOn(server.url)
    expect(delay).toBeGreaterThan(longest / 3)
    expect(delay).toBeLessThanOrEqual(longest)
  })

  it.each([
    [429, '7', 7_000],
    [429, 'in ten seconds', 8_000],
    [429, 'soon', 60_000],
    [429, '', 60_000],
    [429, '9999999999', 2 ** 31 - 1],
    [503, '7', 7_000],
    [503, 'in ten seconds', 8_000],
    [503, 'soon', 0],
  ])('a request for SSE was refused with %i, and Retry-After says %j', async (status, said, shortest) => {
    const date = new Date(Date.now() + 10_000).toUTCString()
    const url = await refusing(status, { 'Retry-After': said === 'in ten seconds' ? date : said })
    const delay = await new Promise<number>((resolve) => {
      const client = resumeSse({
        url,
        token: () => 'x',
        longestDelay: 20,
        onInterrupted: (_reason, delay) => resolve(delay),
      })
      onTestFinished(() => client.dispose())
      client.subscribe({ query }, { next: () => {}, error: () => {}, complete: () => {} })
    })
    expect(delay).toBeGreaterThanOrEqual(shortest)
    expect(delay).toBeLessThan(shortest + 2_100)
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

  it.each([
    ['takes long to close', {}],
    ['goes on to send what is no JSON', { farewell: 'no JSON' }],
  ])('keeps its second connection while the first one, for which there was no token, %s', async (_, first) => {
    const server = await slowToClose(first)
    let asked = 0
    const token = async () => {
      asked += 1
      if (asked === 1) throw new Error('The provider is away')
      return 'x'
    }
    expect((await clientOf(server.url, { token }).iterate({ query }).next()).value).toEqual(event('a'))
    expect([asked, server.connections()]).toEqual([2, 2])
  })

  it('keeps its second connection while the first one, which sent no JSON, takes long to close', async () => {
    const server = await slowToClose({ greeting: 'no JSON' })
    expect((await clientOf(server.url).iterate({ query }).next()).value).toEqual(event('a'))
    expect(server.connections()).toBe(2)
  })

  it('keeps its second connection when the token for the first one, which was closed meanwhile, is not to be had', async () => {
    const failed = Promise.withResolvers<string>()
    const server = await serverThat(({ next, complete }) => {
      next(event('a'))
      failed.reject(new Error('The provider was away'))
      setImmediate().then(() => {
        next(event('b'))
        complete()
      })
    })
    let asked = 0
    const token = () => {
      asked += 1
      if (asked > 1) return 'x'
      server.closeAll()
      return failed.promise
    }
    const results: unknown[] = []
    for await (const result of clientOf(server.url, { token }).iterate({ query })) results.push(result)
    expect([asked, results]).toEqual([2, ['a', 'b'].map(event)])
  })

  it('tells at once that a socket which has failed is closed, and only once', async () => {
    const server = await slowToClose({ greeting: 'no JSON' })
    const seen: string[] = []
    const on = { opened: () => seen.push('opened'), closed: () => seen.push('closed'), error: () => seen.push('error') }
    expect((await clientOf(server.url, { on }).iterate({ query }).next()).value).toEqual(event('a'))
    expect(seen).toEqual(['opened', 'error', 'closed', 'opened'])
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

  it('passes on an announcement, whose cursor is that of the list', async () => {
    const server = await serverThat(({ next, close, complete }, count) => {
      next(event('list'))
      if (count === 1) return close(1012)
      next(event('a'))
      complete()
    })
    const results: unknown[] = []
    const stream = clientOf(server.url).iterate({ query, variables: { after: 'list' } })
    for await (const result of stream) results.push(result)
    expect(results).toEqual(['list', 'a'].map(event))
  })

  const mutation = 'mutation ($after: String) { __typename }'
  it.each([1000, 1012])('is not tried again when it is a mutation and the socket is closed with %i', async (code) => {
    const server = await serverThat(({ close, complete }, count) => (count === 1 ? close(code) : complete()))
    const client = clientOf(server.url)
    await expect(client.iterate({ query: mutation, variables: {} }).next()).rejects.toMatchObject({ code })
    // By then it would have been sent again.
    expect(await client.iterate({ query: mutation, variables: { after: 'next' } }).next()).toMatchObject({ done: true })
    expect(server.afters).toEqual([undefined, 'next'])
  })

  it('waits before it comes back after 1000, longer each time', async () => {
    const server = await serverThat(({ close }) => close(1000))
    const delays: number[] = []
    const client = clientOf(server.url, {
      longestDelay: 1_200,
      onInterrupted(_reason, delay) {
        delays.push(delay)
        if (delays.length === 3) void client.dispose()
      },
    })
    await client.iterate({ query }).next()
    expect(server.afters).toHaveLength(3)
    expect(delays[0]).toBeGreaterThanOrEqual(250)
    expect(delays[1]).toBeGreaterThanOrEqual(500)
    expect(delays[2]).toBeGreaterThanOrEqual(600)
  })

  it('that begins while the client closes its idle socket is sent over the next one', async () => {
    const server = await serverThat(({ next, complete }) => {
      next({ data: { __typename: 'Mutation' } })
      complete()
    })
    const client = clientOf(server.url)
    for (const after of ['a', 'b', 'c']) {
      const results: unknown[] = []
      for await (const result of client.iterate({ query: mutation, variables: { after } })) results.push(result)
      expect(results).toHaveLength(1)
    }
    expect(server.afters).toEqual(['a', 'b', 'c'])
  })

  it('ends when the token that was refused is the only one', async () => {
    const server = await serverThat(({ close }) => close(4403))
    let asked = 0
    const token = () => {
      asked += 1
      return 'expired'
    }
    await expect(clientOf(server.url, { token }).iterate({ query }).next()).rejects.toMatchObject({
      name: 'StreamEnded',
      code: 'UNAUTHENTICATED',
    })
    expect([asked, server.afters.length]).toEqual([2, 1])
  })

  it('comes back with another token, also when many share the socket', async () => {
    const server = await serverThat(({ next, close }, count) =>
      count === 5 ? close(4403) : count > 5 && next(event('a')),
    )
    let asked = 0
    const client = clientOf(server.url, { token: () => `token-${++asked}` })
    const streams = Array.from({ length: 5 }, () => client.iterate({ query }))
    for (const stream of streams) expect(await stream.next()).toMatchObject({ value: event('a') })
  })

  it('answers several calls of next() in turn', async () => {
    const server = await serverThat(({ next, complete }) => {
      next(event('a'))
      next(event('b'))
      complete()
    })
    const stream = clientOf(server.url).iterate({ query })
    expect(await Promise.all([stream.next(), stream.next(), stream.next()])).toEqual([
      { done: false, value: event('a') },
      { done: false, value: event('b') },
      { done: true, value: undefined },
    ])
  })

  it('that is left while a call of next() waits ends that call', async () => {
    const server = await serverThat(({ next }) => next(event('a')))
    const stream = clientOf(server.url).iterate({ query })
    await stream.next()
    const waiting = stream.next()
    await stream.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
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

  it.each(['', 'whsec_', 'whsec_é'])('names a key that is none (%j), and does not show it', (wrong) => {
    const verify = () => verifyWebhook({ body, headers: signed([former]), secretKeys: [former, wrong] })
    expect(verify).toThrow(TypeError)
    expect(verify).toThrow('Secret key 2 is not valid: it is empty, or has no Base64 after `whsec_`.')
  })

  it('does not start the receiver of the guide without a key', async () => {
    const receiver = startExample('webhooks/main.ts', process.execPath, { SECRET_KEYS: ' ', PORT: '0' })
    onTestFinished(() => void receiver.child.kill())
    expect([await receiver.ended, receiver.complaints]).toEqual([1, [expect.stringMatching(/^Set SECRET_KEYS to /)]])
  })

  it('guards the receiver of the guide', async () => {
    const receiver = startExample('webhooks/main.ts', process.execPath, {
      SECRET_KEYS: ` ${present}  ${former} `,
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
