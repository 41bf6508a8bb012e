import { levels } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'

const named = 'a page was refused: its origin is not in ALLOWED_ORIGINS'
const allowed = 'https://app.example.com'
let closed: TestGateway
let open: TestGateway
beforeAll(async () => {
  closed = await startGateway()
  open = await startGateway({ env: { ALLOWED_ORIGINS: `${allowed},http://localhost:3000` } })
})
afterAll(() => Promise.all([closed.stop(), open.stop()]))

const call = async (gateway: TestGateway, origin: string | undefined, init: RequestInit = {}) =>
  fetch(`${gateway.url}`, {
    method: 'POST',
    body: '{"query":"{ viewer { clientId } }"}',
    ...init,
    headers: {
      authorization: `Bearer ${await gateway.token()}`,
      'content-type': 'application/json',
      ...(origin && { origin }),
      ...init.headers,
    },
  })

const corsOf = ({ headers }: Response) => [...headers.keys()].filter((name) => name.startsWith('access-control'))

/** Resolves to the status of the refusal, or to 101. */
const upgrade = (gateway: TestGateway, origin: string | undefined) =>
  new Promise<number | undefined>((resolve, reject) => {
    const socket = new WebSocket(gateway.url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
      ...(origin && { origin }),
    })
    socket.once('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
    socket.once('error', reject)
  })

describe('an origin', () => {
  const foreign = ['https://evil.example', 'null', `${allowed}.evil.example`, 'http://app.example.com']
  for (const origin of foreign) {
    it(`${origin} is refused, on every transport and at every path`, async () => {
      for (const gateway of [closed, open]) {
        const response = await call(gateway, origin)
        expect([response.status, corsOf(response)]).toEqual([403, []])
        expect(await response.text()).toContain('ALLOWED_ORIGINS')
        const other = await fetch(new URL('/ready', gateway.url), { headers: { origin } })
        const get = await call(gateway, origin, { method: 'GET', body: null })
        const preflight = await call(gateway, origin, { method: 'OPTIONS', body: null })
        expect([other.status, get.status, preflight.status]).toEqual([403, 403, 403])
        expect(await upgrade(gateway, origin)).toBe(403)
      }
    })
  }

  it('that is refused is named in the log, once', async () => {
    const refusals = () => closed.logged.filter(({ msg }) => msg === named).map(({ level, origin }) => [level, origin])
    for (let times = 0; times < 2; times++) await call(closed, 'http://127.0.0.1:5173')
    expect(await upgrade(closed, 'http://127.0.0.1:5173')).toBe(403)
    expect(refusals().filter(([, origin]) => origin === 'http://127.0.0.1:5173')).toEqual([
      [levels.values.warn, 'http://127.0.0.1:5173'],
    ])
  })

  it('that has a scheme of its own is named in the log as well, without what else was sent', async () => {
    const own = ['chrome-extension://abcdef', 'capacitor://localhost', 'app://user:secret@a.b:80/path?query']
    for (const origin of [...own, `app://${'o'.repeat(300)}`]) expect((await call(closed, origin)).status).toBe(403)
    const origins = closed.logged.filter(({ msg }) => msg === named).map(({ origin }) => origin)
    expect(origins).toEqual(expect.arrayContaining([...own.slice(0, 2), 'app://a.b:80', `app://${'o'.repeat(58)}…`]))
  })

  it('is no longer named in the log after the first hundred, however many there are', async () => {
    const gateway = await gatewayForTest()
    const origins = Array.from({ length: 110 }, (_, index) => `http://${'o'.repeat(300)}${index}.example`)
    for (const origin of ['http://[', ...origins.map((origin) => origin.replace(/o+/, '')), ...origins]) {
      expect((await call(gateway, origin)).status).toBe(403)
    }
    const lines = gateway.logged.filter(({ msg }) => msg === named)
    expect(lines).toHaveLength(100)
    expect(lines[0]?.origin).toBe('null')
    for (const { origin } of lines) expect(String(origin).length).toBeLessThan(70)
  })

  it('is allowed if it is that of the gateway itself, and so is a caller without an origin', async () => {
    for (const origin of [new URL(closed.url).origin, undefined]) {
      const response = await call(closed, origin)
      expect([response.status, corsOf(response)]).toEqual([200, []])
      expect(await upgrade(closed, origin)).toBe(101)
    }
  })

  it('that is allowed may send requests and read the responses, including errors', async () => {
    expect(await upgrade(open, allowed)).toBe(101)
    for (const [init, status] of [
      [{}, 200],
      [{ headers: { authorization: '' } }, 401],
      [{ body: '{' }, 400],
      [{ body: JSON.stringify({ query: 'x'.repeat(2 ** 20) }) }, 413],
    ] as const) {
      const response = await call(open, allowed, init)
      expect(response.status).toBe(status)
      expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
      expect(response.headers.get('access-control-expose-headers')).toBe('retry-after,www-authenticate,x-request-id')
      expect(response.headers.get('vary')).toMatch(/origin/i)
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    }
    expect((await call(closed, allowed)).status).toBe(403)
  })

  it('that is allowed gets a response to its preflight request', async () => {
    const headers = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,x-own' }
    const response = await fetch(open.url, { method: 'OPTIONS', headers: { origin: allowed, ...headers } })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': allowed,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization,x-own',
      'access-control-max-age': '7200',
    })
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  })
})
