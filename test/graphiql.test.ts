import { get, type IncomingMessage } from 'node:http'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { getOperationAST, getVariableValues, parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examples } from '../src/http/graphiql/graphiql-examples.ts'
import { buildSchema } from '../src/schema.ts'
import { request } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

const browserAccepts = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

describe('the GraphiQL page', () => {
  it('has examples that the schema allows, with their variables', () => {
    const schema = buildSchema()
    const errors = examples.flatMap(({ query, variables = '{}' }) => {
      const document = parse(query)
      const definitions = getOperationAST(document)?.variableDefinitions ?? []
      const { errors = [] } = getVariableValues(schema, definitions, JSON.parse(variables))
      return [...validate(schema, document), ...errors]
    })
    expect(errors).toEqual([])
  })

  it.each([
    ['a browser', browserAccepts, '', true],
    ['a browser that has an operation in the address', browserAccepts, '?query={viewer{licenseId}}', false],
    ['a client that takes anything', '*/*', '', false],
    ['a client that prefers JSON', 'application/json, text/html;q=0.5', '', false],
  ])('is served only to a browser that requests no operation: %s %s %s %s', async (_who, accept, search, expected) => {
    const { headers } = await load(gateway.url + search, { accept })
    expect(headers['content-type']?.startsWith('text/html')).toBe(expected)
  })

  it('contains a token that is not cached, and that other pages cannot read', async () => {
    const first = await load(gateway.url, { accept: browserAccepts })
    expect(first.headers['cache-control']).toBe('no-store')
    expect(first.headers['content-security-policy']).toContain("default-src 'none'")
    const second = await load(gateway.url, { accept: browserAccepts })
    expect(tokenIn(await text(first))).not.toBe(tokenIn(await text(second)))
  })

  it('gives the next token to itself alone', async () => {
    const next = `${gateway.url}?graphiql=token`
    const response = await load(next, { 'sec-fetch-site': 'same-origin' })
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/plain; charset=utf-8',
      'cross-origin-resource-policy': 'same-origin',
    })
    const { data } = await request(gateway.url, await text(response), '{ viewer { clientId licenseId } }')
    expect(data).toEqual({ viewer: { clientId: 'my-bots', licenseId: 1 } })
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'x-forwarded-for': '192.0.2.1' },
      { host: 'gateway:4000' },
    ]) {
      const refused = await load(next, headers)
      expect([refused.statusCode, await text(refused)]).toEqual([403, expect.not.stringMatching(/\w{20}\.\w{20}/)])
    }
  })

  it('runs only scripts of the gateway, none of them inline', async () => {
    const response = await load(gateway.url, { accept: browserAccepts })
    expect(response.headers['content-security-policy']).toContain("script-src 'self';")
    const scripts = [...(await text(response)).matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes)
    expect(scripts).toEqual([
      ' type="application/json" id="options"',
      expect.stringContaining('src="?graphiql='),
      expect.stringContaining('src="?graphiql='),
    ])
  })

  it('has examples that send nothing to a domain of somebody else', () => {
    const addresses = examples.flatMap((example) => JSON.stringify(example).match(/https?:\/\/[^/"\\]+/g) ?? [])
    expect(addresses).toEqual(['https://bots.example'])
  })

  it.each([
    ['localhost:4000', 200],
    ['my.localhost', 200],
    ['[::1]:4000', 200],
    ['192.168.0.7:4000', 403],
    ['gateway:4000', 403],
    ['gateway.example', 421],
    ['127.0.0.1.gateway.example:4000', 421],
  ])('is served only under names of this machine: %s %d', async (host, status) => {
    const response = await load(gateway.url, { accept: browserAccepts, host })
    expect(response.statusCode).toBe(status)
    expect(tokenIn(await text(response)) !== undefined).toBe(status === 200)
  })

  it('is not served through a proxy, but to whoever follows a link of another site', async () => {
    const through = await load(gateway.url, { accept: browserAccepts, 'x-forwarded-for': '192.0.2.1' })
    expect(through.statusCode).toBe(403)
    expect(await text(through)).toContain('opens only on the machine of the gateway')
    const linked = await load(gateway.url, { accept: browserAccepts, 'sec-fetch-site': 'cross-site' })
    expect(linked.statusCode).toBe(200)
  })

  it('loads files that are compressed and can be cached permanently', async () => {
    const page = await text(await load(gateway.url, { accept: browserAccepts }))
    const [address] = /\?graphiql=[^"']+\/graphiql\.js/.exec(page) ?? []
    const response = await load(gateway.url + address)
    expect(response.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect(
      gunzipSync(await buffer(response))
        .toString()
        .slice(0, 1_000),
    ).toContain('YogaGraphiQL')
    expect((await load(`${gateway.url}?graphiql=0.0.0/graphiql.js`)).statusCode).toBe(404)
  })
})

/** Uses Node’s own client, because `fetch` does not allow setting the Host header. */
function load(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { headers, agent: false }, resolve).once('error', reject))
}

function tokenIn(page: string): string | undefined {
  return /"token":"(\w+\.\w+\.[\w-]+)"/.exec(page)?.[1]
}
