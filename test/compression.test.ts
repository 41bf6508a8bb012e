import { once } from 'node:events'
import { type IncomingHttpHeaders, request as open } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
})
afterAll(() => gateway.stop())

interface Sent {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Unlike `fetch`, leaves the body as it is. */
async function send(path: string, encoding: string | undefined, body?: object, method = body ? 'POST' : 'GET') {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(encoding !== undefined && { 'accept-encoding': encoding }),
  }
  const sent = open(new URL(path, gateway.url), { method, headers })
  sent.end(body && JSON.stringify(body))
  const [response] = await once(sent, 'response')
  const answer: Sent = { status: response.statusCode, headers: response.headers, body: await buffer(response) }
  expect(answer.status).toBe(200)
  if (method !== 'HEAD') expect(answer.body.length).toBe(Number(answer.headers['content-length']))
  return answer
}

function plain({ headers, body }: Sent): string {
  switch (headers['content-encoding']) {
    case undefined:
      return String(body)
    case 'gzip':
      return String(gunzipSync(body))
    default:
      return String(brotliDecompressSync(body))
  }
}

const introspection = { query: getIntrospectionQuery() }

describe('a large response', () => {
  it.each([
    ['/graphql', introspection],
    [`/graphql?query=${encodeURIComponent(getIntrospectionQuery())}`, undefined],
    ['/agents/openapi.json', undefined],
    ['/schema.graphql', undefined],
  ])('is compressed as the client accepts it, and says so: %s', async (path, body) => {
    const whole = await send(path, undefined, body)
    expect(whole.headers).toMatchObject({ vary: expect.stringContaining('accept-encoding') })
    expect(whole.headers['content-encoding']).toBeUndefined()
    for (const [accepted, encoding] of [
      ['gzip', 'gzip'],
      ['gzip, deflate, br, zstd', 'br'],
      ['br;q=0.1, GZIP;q=0.9', 'gzip'],
      ['*', 'br'],
      ['br;q=0, *;q=0.5', 'gzip'],
      ['identity', undefined],
      ['gzip;q=0', undefined],
      ['', undefined],
    ]) {
      // A document is answered in two ways: the first time it comes, and from then on.
      for (let times = 0; times < 2; times++) {
        const answer = await send(path, accepted, body)
        expect([accepted, answer.headers['content-encoding']]).toEqual([accepted, encoding])
        expect(answer.headers.vary).toBe(whole.headers.vary)
        expect(answer.headers['content-type']).toBe(whole.headers['content-type'])
        expect(plain(answer) === plain(whole)).toBe(true)
        if (encoding) expect(answer.body.length).toBeLessThan(whole.body.length / 3)
      }
    }
  })

  it('has the same head for HEAD', async () => {
    const got = await send('/schema.graphql', 'gzip')
    const head = await send('/schema.graphql', 'gzip', undefined, 'HEAD')
    for (const name of ['content-encoding', 'content-length', 'vary', 'etag']) {
      expect([name, head.headers[name]]).toEqual([name, got.headers[name]])
    }
    const known = { headers: { 'if-none-match': String(got.headers.etag), 'accept-encoding': 'gzip' } }
    const cached = await fetch(new URL('/schema.graphql', gateway.url), known)
    expect([cached.status, cached.headers.get('vary')]).toEqual([304, got.headers.vary])
  })

  it('of a method is compressed as well', async () => {
    const creations = Array.from({ length: 60 }, (_, index) =>
      create(gateway, token, { name: `${'x'.repeat(200)}${index}` }),
    )
    await Promise.all(creations)
    const answer = await send('/agents/get_bot_agents', 'gzip', { all: false })
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(plain(answer)).bot_agents).toHaveLength(60)
  })
})

describe('a response that is not compressed', () => {
  const url = `https://bots.example/${'x'.repeat(300)}`
  const webhooks = { url, secretKey: 'JSauw0Aks8l-asAa', actions: [{ name: 'INCOMING_EVENT' }] }

  it('is a small one', async () => {
    const { headers } = await send('/graphql', 'gzip', { query: '{ viewer { clientId } }' })
    expect([headers['content-encoding'], headers.vary]).toEqual([undefined, undefined])
  })

  it('is one with a secret key, whose length could tell something of it', async () => {
    token = await gateway.token({ licenseId: 7 })
    for (let number = 0; number < 40; number++) await create(gateway, token, { webhooks })
    const asked = async (fields: string) => {
      const encodings = []
      for (let times = 0; times < 2; times++) {
        const { headers } = await send('/graphql', 'gzip', {
          query: `{ botAgents(first: 40) { nodes { name webhooks { url ${fields} } } } }`,
        })
        encodings.push(headers['content-encoding'])
      }
      return encodings
    }
    expect(await asked('')).toEqual(['gzip', 'gzip'])
    expect(await asked('key: secretKey')).toEqual([undefined, undefined])
  })

  it('is a stream: its events arrive as they come', async () => {
    const sent = open(gateway.url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'accept-encoding': 'gzip, br',
      },
    })
    sent.end(JSON.stringify({ query: 'subscription { botAgentStatusChanged { status botAgent { name } } }' }))
    const [response] = await once(sent, 'response')
    expect(response.headers['content-encoding']).toBe('none')
    await create(gateway, token, { name: 'the newest', status: 'OFFLINE' })
    for await (const chunk of response) if (String(chunk).includes('the newest')) break
    sent.destroy()
  })
})
