import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeProtectedHeader } from 'jose'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { SECRET, startOpenIdProvider } from '../../../test/support/openid-provider.ts'
import { OpenIdProvider } from './openid-provider.ts'

const log = pino({ level: 'silent' })
const client = { id: 'gateway', secret: SECRET }
const HOUR = 3_600_000

async function look(issuer: string, now?: () => number) {
  const provider = new OpenIdProvider({ issuer: new URL(issuer), client, log, ...(now && { now }) })
  onTestFinished(() => provider.stop())
  await provider.start()
  return provider
}

describe('a provider that is unavailable', () => {
  it('has its keys trusted for a day, and again once it is available', async () => {
    let time = Date.now()
    const real = await startOpenIdProvider()
    onTestFinished(real.stop)
    const token = await real.token()
    const key = () => provider.key(decodeProtectedHeader(token) as never)
    const provider = await look(real.issuer, () => time)
    await real.goDown()
    time += 23 * HOUR
    await expect(key()).resolves.toBeDefined()
    expect(provider.discovered).toBe(true)
    time += 2 * HOUR
    await expect(key()).rejects.toMatchObject({ reason: 'unavailable' })
    expect(provider.discovered).toBe(false)
    await real.comeBack()
    time += HOUR
    await expect(key()).resolves.toBeDefined()
    expect(provider.discovered).toBe(true)
  })
})

/** The target of redirects, which records the requests that it gets. */
const elsewhere = createServer((request, response) => {
  askedElsewhere.push(request.url ?? '')
  response.end('{}')
})
const askedElsewhere: string[] = []
beforeAll(async () => {
  elsewhere.listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
})
afterAll(() => elsewhere.close())
const locationElsewhere = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`

const begin = (response: ServerResponse, text: string) =>
  response.setHeader('content-type', 'application/json').write(text)

describe('a response of a provider', () => {
  const wrong: [name: string, answer: RequestListener, trouble: RegExp][] = [
    [
      'that leads elsewhere',
      (_request, response) => response.writeHead(307, { location: locationElsewhere() }).end(),
      /HTTP 307|200 OK/,
    ],
    ['that is not JSON', (_request, response) => begin(response, '<html>') && response.end(), /JSON/],
    ['that is JSON of another kind', (_request, response) => begin(response, '[null]') && response.end(), /./],
    [
      'that is too large',
      (_request, response) => {
        begin(response, '{"filler":"')
        const goOn = () => {
          while (response.writable && response.write('x'.repeat(65_536)));
        }
        response.on('drain', goOn)
        goOn()
      },
      /its response has more than \d+ bytes/,
    ],
    ['that never ends', (_request, response) => begin(response, '{"active":'), /timeout|timed out/i],
    ['that never begins', () => {}, /timeout|timed out/i],
    ['that breaks off', (request) => request.socket.destroy(), /closed|ECONNRESET/],
  ]
  for (const path of ['/.well-known/openid-configuration', '/jwks', '/token/introspection']) {
    for (const [name, answer, trouble] of wrong) {
      it.concurrent(`at ${path} ${name} is rejected, and the next one may be accepted`, {
        timeout: 60_000,
      }, async (test) => {
        const real = await startOpenIdProvider()
        test.onTestFinished(real.stop)
        const token = await real.token({ format: 'opaque' })
        real.answerAt(path, answer)
        const provider = new OpenIdProvider({ issuer: new URL(real.issuer), client, log })
        test.onTestFinished(() => provider.stop())
        await provider.start()
        await test.expect(provider.introspect(token, false)).rejects.toMatchObject({ reason: 'unavailable' })
        test.expect(provider.trouble).toMatch(trouble)
        test.expect(askedElsewhere).toEqual([])
        real.answerAt(path, undefined)
        for (;;) {
          const next = await provider.introspect(token, false).catch(() => undefined)
          if (next) return test.expect(next).toMatchObject({ active: true })
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      })
    }
  }
})
