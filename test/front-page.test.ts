import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'

const browserAccepts = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const load = (at: TestGateway, accept: string, method = 'GET') =>
  fetch(new URL('/', at.url), { method, headers: { accept }, redirect: 'manual' })

describe('/', () => {
  it('sends a browser to the console', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await load(gateway, browserAccepts, method)
      expect([method, status, headers.get('location'), headers.get('vary')]).toEqual([
        method,
        302,
        '/console',
        'accept',
      ])
    }
    const page = await fetch(new URL('/', gateway.url), { headers: { accept: browserAccepts } })
    expect([new URL(page.url).pathname, page.status, await page.text()]).toEqual([
      '/console',
      200,
      expect.stringContaining('The console needs JavaScript'),
    ])
  })

  it('tells other clients what this is', async () => {
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const response = await load(gateway, accept)
      expect([accept, response.status, response.headers.get('content-type')]).toEqual([
        accept,
        200,
        'text/plain; charset=utf-8',
      ])
      expect(await response.text()).toMatchInlineSnapshot(`
        "This is the Bot Agent Gateway, an API for the bot agents of a chat platform.

        /graphql has GraphQL over HTTP, Server-Sent Events and WebSocket. In a browser it is GraphiQL.
        /console is the console, a web page in which people see and run bot agents.
        /schema.graphql has the schema as text.
        /agents/openapi.json describes the HTTP methods under /agents/.
        /health says whether the gateway is alive, /ready whether it can serve.

        Send an access token in the header Authorization: Bearer <token>.
        "
      `)
    }
    const head = await load(gateway, '*/*', 'HEAD')
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('sends a browser to GraphiQL where there is no console', async () => {
    const without = await gatewayForTest({ env: { CONSOLE: 'off' } })
    const { status, headers } = await load(without, browserAccepts)
    expect([status, headers.get('location')]).toEqual([302, '/graphql'])
    expect((await fetch(new URL('/console', without.url))).status).toBe(404)
  })

  it('tells a browser the same where there is neither, and names no schema where introspection is off', async () => {
    const closed = await gatewayForTest({ env: { CONSOLE: 'off', GRAPHIQL: 'off', INTROSPECTION: 'off' } })
    const response = await load(closed, browserAccepts)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(await response.text()).not.toMatch(/console|GraphiQL|schema/)
  })

  it('names only paths that exist', async () => {
    const text = await (await load(gateway, '*/*')).text()
    const paths = [...text.matchAll(/(?<![\w/])\/[\w./]*\w(?=[ ,])/g)].map(([path]) => path)
    expect(paths).toEqual(['/graphql', '/console', '/schema.graphql', '/agents/openapi.json', '/health', '/ready'])
    for (const path of paths) {
      const { status } = await fetch(new URL(path, gateway.url), { headers: { accept: browserAccepts } })
      expect([path, status]).toEqual([path, 200])
    }
  })

  it('refuses an operation, and says where to send it', async () => {
    const response = await load(gateway, '*/*', 'POST')
    expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
      405,
      'GET, HEAD',
      { error: 'Use GET here, not POST. GraphQL is at /graphql.' },
    ])
  })
})
