import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { selfSigned } from '../../test/support/self-signed.ts'
import { parseNetworks } from './addresses.ts'
import { type Attempted, createHttpSender, type HttpSender, type HttpSenderOptions } from './http-sender.ts'

const loopbackOnly = networks('127.0.0.0/8')
const TIMEOUT = 300

function networks(text: string) {
  const parsed = parseNetworks(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function sender(options: Partial<HttpSenderOptions> = {}): HttpSender {
  const made = createHttpSender({ timeout: 10_000, allowed: loopbackOnly, ...options })
  ends.push(() => made.close())
  return made
}

async function listen(server: Server, host = '127.0.0.1') {
  const open = new Set<Socket>()
  const seen = { connections: 0, mostOpen: 0, to: [] as (string | undefined)[] }
  server.on('connection', (socket: Socket) => {
    seen.connections += 1
    seen.to.push(socket.localAddress)
    open.add(socket)
    seen.mostOpen = Math.max(seen.mostOpen, open.size)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    for (const socket of open) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  ends.push(close)
  return { port, url: `http://127.0.0.1:${port}/webhooks?bot=1`, seen, open, close }
}

async function allClosed(open: ReadonlySet<Socket>): Promise<void> {
  await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve))))
}

const http = (answer: RequestListener, host?: string) => listen(createServer(answer), host)
const https = (options: TlsOptions = {}) =>
  listen(createTlsServer({ ...selfSigned, ...options }, (_, response) => response.end('safe')))

/** A server that sends the given response to every request. */
const tcp = (answer: (socket: Socket) => void) =>
  listen(createTcpServer((socket) => socket.once('data', () => answer(socket))))

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'

/** A server that is told of each request how many came on its connection. Requests have no more than one packet. */
async function tcpServing(most: number, serve: (socket: Socket, count: number) => unknown) {
  const requests: string[] = []
  const server = createTcpServer((socket) => {
    let count = 0
    socket.on('data', (bytes) => {
      requests.push(bytes.toString())
      count += 1
      if (count <= most) serve(socket, count)
    })
  })
  return { ...(await listen(server)), requests }
}

const post = (to: HttpSender, url: string, body = '{"webhook_id":"1"}'): Promise<Attempted> =>
  to.send({ url, headers: { 'content-type': 'application/json', 'webhook-id': 'dlv_1' }, body })

const nothing = { statusCode: null, responseBody: null, responseBodyCut: false, retryAfterMs: null }

describe('a webhook', () => {
  it('is sent unchanged in a POST', async () => {
    const { url, port } = await http(async (request, response) => {
      const { method, url, headers } = request
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(await request.toArray()).toString() }))
    })
    const { responseBody } = await post(sender(), `${url}#top`, '{"text":"žluťoučký"}')
    expect(JSON.parse(responseBody ?? '')).toEqual({
      method: 'POST',
      url: '/webhooks?bot=1',
      headers: {
        host: `127.0.0.1:${port}`,
        connection: 'keep-alive',
        'content-type': 'application/json',
        'webhook-id': 'dlv_1',
        'accept-encoding': 'identity',
        'content-length': '24',
      },
      body: '{"text":"žluťoučký"}',
    })
  })

  it('has a time and a duration', async () => {
    const { url } = await http((_, response) => void setTimeout(() => response.end(), 60))
    const before = Date.now()
    const { startedAt, durationMs } = await post(sender(), url)
    expect(startedAt.getTime()).toBeGreaterThanOrEqual(before)
    expect(durationMs).toBeGreaterThanOrEqual(59)
    expect(startedAt.getTime() + durationMs).toBeLessThanOrEqual(Date.now() + 1)
  })

  for (const status of [200, 201, 202, 204, 299]) {
    it(`has arrived if the status is ${status}`, async () => {
      const { url } = await http((_, response) => response.writeHead(status).end(status === 204 ? '' : 'thanks'))
      const responseBody = status === 204 ? '' : 'thanks'
      expect(await post(sender(), url)).toMatchObject({ error: null, statusCode: status, responseBody })
    })
  }

  for (const status of [300, 304, 400, 404, 410, 429, 500, 503, 599]) {
    it(`has failed if the status is ${status}`, async () => {
      const { url } = await http((_, response) => response.writeHead(status).end())
      expect(await post(sender(), url)).toMatchObject({ error: 'HTTP_STATUS', statusCode: status, responseBody: '' })
    })
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`does not follow a redirect with ${status}`, async () => {
      const target = await http((_, response) => response.end())
      const { url } = await http((_, response) => response.writeHead(status, { location: target.url }).end('there'))
      const attempted = await post(sender(), url)
      expect(attempted).toMatchObject({ error: 'HTTP_STATUS', statusCode: status, responseBody: 'there' })
      expect(target.seen.connections).toBe(0)
    })
  }
})

describe('Retry-After', () => {
  const inAMinute = () => new Date(Date.now() + 60_000)
  const asctime = (date: Date) => {
    const [day, number, month, year, time] = date.toUTCString().replace(',', '').split(' ')
    return `${day} ${month} ${number?.replace(/^0/, ' ')} ${time} ${year}`
  }
  const dates = { 'IMF-fixdate': (date: Date) => date.toUTCString(), asctime }
  for (const [form, text] of Object.entries(dates)) {
    for (const status of [429, 503]) {
      it(`with status ${status} may be a date: ${form}`, async () => {
        const { url } = await http((_, response) =>
          response.writeHead(status, { 'retry-after': text(inAMinute()) }).end(),
        )
        const { retryAfterMs } = await post(sender(), url)
        expect(retryAfterMs).toBeGreaterThan(58_000)
        expect(retryAfterMs).toBeLessThanOrEqual(60_000)
      })
    }
  }

  const others: Record<string, number | null> = {
    '0': 0,
    '120': 120_000,
    'Sun, 06 Nov 1994 08:49:37 GMT': 0,
    'Sunday, 06-Nov-94 08:49:37 GMT': 0,
    [`9${'0'.repeat(400)}`]: Number.MAX_SAFE_INTEGER,
    soon: null,
    '-5': null,
    '1.5': null,
    '5, 6': null,
    '2027': 2_027_000,
    'Sun, 99 Nov 2094 08:49:37 GMT': null,
  }
  for (const [text, milliseconds] of Object.entries(others)) {
    it(`${text.slice(0, 40)} is ${milliseconds}`, async () => {
      const { url } = await http((_, response) => response.writeHead(503, { 'retry-after': text }).end())
      expect(await post(sender(), url)).toMatchObject({ statusCode: 503, retryAfterMs: milliseconds })
    })
  }
})

describe('the detail of an attempt', () => {
  const none = { lookup: null, connect: null, tls: null, firstByte: null, read: null }
  const phase = expect.any(Number)

  it('has the phases and the address of a new connection, and no opening of one that is kept', async () => {
    const { url, port } = await http((_, response) => void setTimeout(() => response.end(), 30))
    const one = sender({ lookUp: async () => ['127.0.0.1'] })
    const first = await post(one, `http://bots.example:${port}`)
    const address = `127.0.0.1:${port}`
    expect(first.detail).toMatchObject({
      address,
      timings: { lookup: phase, connect: phase, tls: null, firstByte: phase, read: phase },
      cause: null,
    })
    expect(first.detail.timings.firstByte).toBeGreaterThanOrEqual(29)
    const second = await post(one, `http://bots.example:${port}`)
    expect(second.detail).toMatchObject({ address, timings: { ...none, firstByte: phase, read: phase } })
    const { detail } = await post(one, url)
    expect(detail.timings).toMatchObject({ lookup: null, connect: phase, tls: null })
  })

  it('counts a phase that does not end up to the end', async () => {
    const { url, port } = await tcp(() => {})
    const one = sender({ timeout: TIMEOUT })
    const long = (ms: number | null) => (ms ?? 0) > TIMEOUT / 2
    const waiting = await post(one, url)
    expect(waiting.detail.timings).toMatchObject({ tls: null, read: null })
    expect(long(waiting.detail.timings.firstByte)).toBe(true)
    const shaking = await post(one, `https://127.0.0.1:${port}`)
    expect(shaking.detail.timings).toMatchObject({ firstByte: null, read: null })
    expect(long(shaking.detail.timings.tls)).toBe(true)
    const lookingUp = await post(
      sender({ timeout: TIMEOUT, lookUp: () => new Promise(() => {}) }),
      'http://bots.example',
    )
    expect(lookingUp.detail).toMatchObject({ address: null, timings: { ...none, lookup: phase } })
    expect(long(lookingUp.detail.timings.lookup)).toBe(true)
  })

  it('has no phase if the attempt waited for a connection all the time', async () => {
    const { url } = await tcp(() => {})
    const one = sender({ timeout: TIMEOUT, connectionsPerOrigin: 1 })
    const [, waited] = await Promise.all([post(one, url), post(one, url)])
    // Unless the connection of the first one ended a moment before.
    if (waited.detail.address === null) expect(waited.detail.timings).toEqual(none)
    expect(waited.error).toBe('TIMEOUT')
  })

  it('has the address that was tried in vain', async () => {
    const closed = await tcp(() => {})
    await closed.close()
    const { error, detail } = await post(sender(), closed.url)
    expect([error, detail.address, detail.cause]).toEqual([
      'CONNECTION_REFUSED',
      `127.0.0.1:${closed.port}`,
      'ECONNREFUSED',
    ])
    expect(detail.timings).toMatchObject({ lookup: null, connect: phase, firstByte: null })
  })

  it('has the headers of the request as they were sent, without those that are secret', async () => {
    const seen: string[][] = []
    const { url } = await http((request, response) => {
      seen.push(request.rawHeaders)
      response.end()
    })
    const headers = { 'webhook-id': 'dlv_1', authorization: 'Bearer abc' }
    const { detail } = await sender().send({ url, headers, body: '{}', secretHeaders: ['authorization'] })
    expect(seen.flat()).toContain('Bearer abc')
    const sent = detail.requestHeaders.flat()
    expect(sent).toEqual(seen.flat().map((text) => (text === 'Bearer abc' ? '…' : text)))
  })

  const secret = 'JSauw0Aks8l-asAa'
  const answered = async (headers: string, secrets = [secret]) => {
    const { url } = await tcp((socket) =>
      socket.end(Buffer.from(`HTTP/1.1 200 OK\r\n${headers}content-length: 0\r\n\r\n`)),
    )
    return (await sender().send({ url, headers: {}, body: '{}', secrets })).detail.responseHeaders
  }

  it('has the headers of the response, with secrets masked', async () => {
    const base64 = Buffer.from(`key ${secret}!`).toString('base64')
    const hex = Buffer.from(secret).toString('hex').toUpperCase()
    const headers = await answered(
      `X-Plain: <${secret}>\r\nX-Escaped: ${encodeURIComponent(secret).replace('-', '%2D')}\r\nX-Base64: ${base64}\r\nX-Hex: ${hex}\r\nX-A: é \t\r\nX-A: \r\n`,
    )
    expect(headers).toEqual([
      ['x-plain', '<…>'],
      ['x-escaped', '…'],
      ['x-base64', expect.stringMatching(/^a2V5I.*….*$/)],
      ['x-hex', '…'],
      ['x-a', 'é'],
      ['x-a', ''],
      ['content-length', '0'],
    ])
    expect(JSON.stringify(headers)).not.toContain(base64.slice(8, 24))
  })

  it('has at most 50 headers of the response, and 8 KiB', async () => {
    expect(await answered('x-a: b\r\n'.repeat(60))).toEqual(Array(50).fill(['x-a', 'b']))
    const long = await answered(`x-a: ${'é'.repeat(3_000)}\r\nx-b: ${'b'.repeat(9_000)}\r\n`)
    expect(long).toEqual([
      ['x-a', 'é'.repeat(3_000)],
      ['x-b', expect.stringMatching(/^b{2000,2200}$/)],
    ])
    const cutInSecret = await answered(`x-a: ${'a'.repeat(8_192 - 5 - 8)}${secret}\r\n`)
    expect(cutInSecret).toEqual([['x-a', expect.stringMatching(/^a+…$/)]])
  })
})

describe('the stored beginning of a response', () => {
  const answers: Record<string, [sent: Buffer | string, kept: string, isCut?: boolean]> = {
    'has at most 4 KiB': ['x'.repeat(4_097), 'x'.repeat(4_096), true],
    'may have all of 4 KiB': ['x'.repeat(4_096), 'x'.repeat(4_096)],
    'does not split a character': [`x${'é'.repeat(4_000)}`, `x${'é'.repeat(2_047)}`, true],
    'does not split a surrogate pair': [`xxx${'😀'.repeat(2_000)}`, `xxx${'😀'.repeat(1_023)}`, true],
    'marks bytes that are not UTF-8': [Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x62]), 'a��(���b'],
    'marks an incomplete character': [Buffer.from([0x61, 0xe2, 0x82]), 'a�'],
    'marks NUL': ['a\0b', 'a�b'],
    'has at most 4 KiB where each byte becomes three': [Buffer.alloc(4_096, 0xff), '�'.repeat(1_365), true],
    'keeps a byte order mark': ['\uFEFFa', '\uFEFFa'],
  }
  for (const [behaviour, [sent, kept, isCut = false]] of Object.entries(answers)) {
    it(`${behaviour}${isCut ? ', and says that it was cut' : ''}`, async () => {
      const { url } = await http((_, response) => response.end(sent))
      const { responseBody, responseBodyCut } = await post(sender(), url)
      expect(responseBody).toBe(kept)
      expect(responseBodyCut).toBe(isCut)
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(4_096)
    })
  }
})

describe('an attempt at a slow endpoint times out if', () => {
  const slow: Record<string, { answer: (socket: Socket) => void; attempted: object }> = {
    'it hangs': { answer: () => {}, attempted: nothing },
    'it hangs during the headers': { answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nx-a: '), attempted: nothing },
    'it hangs during the body': {
      answer: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\nretry-after: 1\r\n\r\nabc'),
      attempted: { statusCode: 200, responseBody: 'abc', retryAfterMs: 1_000 },
    },
    'it sends its body very slowly': {
      answer: (socket) => {
        socket.write('HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\n')
        const drip = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(drip))
      },
      attempted: { statusCode: 500, responseBody: expect.stringMatching(/^x{3,16}$/) },
    },
    'it sends its headers very slowly': {
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-a: ')
        const drip = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(drip))
      },
      attempted: nothing,
    },
  }
  for (const [how, { answer, attempted }] of Object.entries(slow)) {
    it(how, async () => {
      const { url, seen, open } = await tcp(answer)
      const result = await post(sender({ timeout: TIMEOUT }), url)
      expect(result).toMatchObject({ error: 'TIMEOUT', ...attempted })
      expect(result.durationMs).toBeGreaterThanOrEqual(TIMEOUT - 2)
      expect(result.durationMs).toBeLessThan(TIMEOUT * 2)
      await allClosed(open)
      expect(seen.connections).toBe(1)
    })
  }

  it('it hangs during the TLS handshake', async () => {
    const { port } = await tcp(() => {})
    const attempted = await post(sender({ timeout: TIMEOUT }), `https://127.0.0.1:${port}`)
    expect(attempted).toMatchObject({ error: 'TIMEOUT', ...nothing })
  })

  it('the look-up of its name takes too long', async () => {
    const lookUp = () => new Promise<string[]>(() => {})
    const attempted = await post(sender({ timeout: TIMEOUT, lookUp }), 'http://bots.example')
    expect(attempted).toMatchObject({ error: 'TIMEOUT', ...nothing })
  })

  it('its name is found too late, and nothing is sent then', async () => {
    const bodies: string[] = []
    const { port } = await http(async (request, response) => {
      bodies.push(Buffer.concat(await request.toArray()).toString())
      response.end()
    })
    const found = Promise.withResolvers<string[]>()
    const one = sender({ timeout: TIMEOUT, lookUp: () => found.promise, connectionsPerOrigin: 1 })
    expect(await post(one, `http://bots.example:${port}`, 'given up')).toMatchObject({ error: 'TIMEOUT' })
    const next = post(one, `http://bots.example:${port}`, 'next')
    found.resolve(['127.0.0.1'])
    expect(await next).toMatchObject({ error: null })
    expect(bodies).toEqual(['next'])
  })
})

describe('a response that is too long is cut off:', () => {
  it('a body of 200 MB', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    const { url, seen, open } = await http((_, response) => {
      response.writeHead(200, { 'content-length': 200 * 1024 * 1024 })
      const more = () => {
        while (sent < 200 * 1024 * 1024 && !response.destroyed && response.write(piece)) sent += piece.length
      }
      response.on('drain', more)
      more()
    })
    const attempted = await post(sender(), url)
    const kept = { responseBody: 'x'.repeat(4_096), responseBodyCut: true }
    expect(attempted).toMatchObject({ error: null, statusCode: 200, ...kept })
    await allClosed(open)
    expect(sent).toBeLessThan(20 * 1024 * 1024)
    expect(seen.connections).toBe(1)
  })

  it('an endless body with a status other than 2xx', async () => {
    const { url } = await http((_, response) => void response.writeHead(500).write(Buffer.alloc(300_000, 'x')))
    expect(await post(sender(), url)).toMatchObject({ error: 'HTTP_STATUS', statusCode: 500 })
  })

  it('a gzip bomb, which is not decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    const { url } = await http((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    const { error, responseBody } = await post(sender(), url)
    expect(error).toBeNull()
    expect(responseBody?.startsWith('\u001f\uFFFD\b')).toBe(true)
  })

  const floods = {
    'huge headers': `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}\r\n`,
    'one huge header': `HTTP/1.1 200 OK\r\nx-a: ${'b'.repeat(100_000)}\r\n\r\n`,
    'interim responses': 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000),
  }
  for (const [what, text] of Object.entries(floods)) {
    it(what, async () => {
      const { url } = await tcp((socket) => socket.write(text))
      expect(await post(sender(), url)).toMatchObject({ error: 'CONNECTION', ...nothing })
    })
  }

  it('but a few interim responses are skipped, whether they were asked for or not', async () => {
    const { url, seen } = await http((_, response) => {
      response.writeContinue()
      response.writeProcessing()
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('done')
    })
    const one = sender()
    for (let time = 0; time < 3; time++) {
      expect(await post(one, url)).toMatchObject({ error: null, statusCode: 200, responseBody: 'done' })
    }
    expect(seen.connections).toBe(1)
  })

  it('and a 100 Continue without anything behind it times out', async () => {
    const { url } = await tcp((socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'))
    expect(await post(sender({ timeout: TIMEOUT }), url)).toMatchObject({ error: 'TIMEOUT', ...nothing })
  })
})

describe('a connection that fails is reported:', () => {
  const refusing = async () => {
    const { url, close } = await http(() => {})
    await close()
    return url
  }

  it('refused', async () => {
    expect(await post(sender(), await refusing())).toMatchObject({ error: 'CONNECTION_REFUSED', ...nothing })
  })

  it('refused many times at once', async () => {
    const url = await refusing()
    const one = sender({ connectionsPerOrigin: 2 })
    const attempts = await Promise.all(Array.from({ length: 50 }, () => post(one, url)))
    expect(new Set(attempts.map(({ error }) => error))).toEqual(new Set(['CONNECTION_REFUSED']))
  })

  const ended: Record<string, (socket: Socket) => void> = {
    reset: (socket) => socket.resetAndDestroy(),
    'closed without a response': (socket) => socket.end(),
  }
  for (const [how, answer] of Object.entries(ended)) {
    it(`${how}, and the webhook is not sent again`, async () => {
      const { url, seen } = await tcp(answer)
      expect(await post(sender(), url)).toMatchObject({ error: 'CONNECTION_RESET', ...nothing })
      expect(seen.connections).toBe(1)
    })
  }

  const broken: Record<string, (socket: Socket) => void> = {
    garbage: (socket) => socket.end('220 smtp.example ESMTP\r\n'),
    'binary garbage': (socket) => socket.end(Buffer.alloc(1_000, 0x80)),
    'a malformed header': (socket) => socket.end('HTTP/1.1 200 OK\r\nbad header\r\n\r\n'),
    'two lengths': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
    'an upgrade that was not requested': (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  }
  for (const [how, answer] of Object.entries(broken)) {
    it(how, async () => {
      const { url } = await tcp(answer)
      expect(await post(sender(), url)).toMatchObject({ error: 'CONNECTION', ...nothing })
    })
  }

  it('broken off during the body, of which the beginning is kept', async () => {
    const { url } = await tcp((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'))
    const partial = { statusCode: 200, responseBody: 'abc', responseBodyCut: false }
    expect(await post(sender(), url)).toMatchObject({ error: 'RESPONSE_BROKEN_OFF', ...partial })
  })

  it('broken off during the headers', async () => {
    const { url } = await tcp((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'))
    expect(await post(sender(), url)).toMatchObject({ error: 'RESPONSE_BROKEN_OFF', ...nothing })
  })

  it('reset during the body', async () => {
    const { url } = await tcp((socket) =>
      socket.write('HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\nabc', () => socket.resetAndDestroy()),
    )
    expect(await post(sender(), url)).toMatchObject({ error: 'RESPONSE_BROKEN_OFF' })
  })

  it('a name that does not exist', async () => {
    expect(await post(sender(), 'http://nobody.invalid/')).toMatchObject({ error: 'DNS', ...nothing })
  })

  it('a look-up that returns something other than an address', async () => {
    const lookUp = async () => ['not an address']
    expect(await post(sender({ lookUp }), 'http://bots.example')).toMatchObject({ error: 'BLOCKED_ADDRESS' })
  })
})

describe('TLS', () => {
  it('does not accept a certificate without a trusted issuer', async () => {
    const { port, seen } = await https()
    const attempted = await post(sender(), `https://127.0.0.1:${port}`)
    expect(attempted).toMatchObject({ error: 'TLS', ...nothing, detail: { timings: { firstByte: null } } })
    expect(seen.connections).toBe(1)
  })

  it('fails with a server that does not speak it', async () => {
    const { port } = await http((_, response) => response.end())
    expect(await post(sender(), `https://127.0.0.1:${port}`)).toMatchObject({ error: 'TLS', ...nothing })
  })

  it('may be cut during the handshake', async () => {
    const { port } = await tcp((socket) => socket.resetAndDestroy())
    expect(await post(sender(), `https://127.0.0.1:${port}`)).toMatchObject({ error: 'CONNECTION_RESET', ...nothing })
  })

  describe('with a certificate that is trusted', () => {
    const trusted = getCACertificates()
    beforeAll(() => setDefaultCACertificates([...trusted, selfSigned.cert]))
    afterAll(() => setDefaultCACertificates(trusted))
    const lookUp = async () => ['127.0.0.1']

    it('delivers webhooks', async () => {
      const { port, seen } = await https()
      const one = sender({ lookUp })
      expect(await post(one, `https://webhooks.example:${port}`)).toMatchObject({ error: null, responseBody: 'safe' })
      expect(await post(one, `https://127.0.0.1:${port}`)).toMatchObject({ error: null, responseBody: 'safe' })
      expect(seen.connections).toBe(2)
    })

    it('sends the name that is in the certificate', async () => {
      const { port } = await https()
      const attempted = await post(sender({ lookUp }), `https://other.example:${port}`)
      expect(attempted).toMatchObject({ error: 'TLS', ...nothing })
    })

    it('may be refused because the gateway has no client certificate', async () => {
      const { port } = await https({ requestCert: true, maxVersion: 'TLSv1.2' })
      const attempted = await post(sender({ lookUp }), `https://webhooks.example:${port}`)
      expect(attempted).toMatchObject({ error: 'TLS', ...nothing })
    })
  })
})

describe('an address that is not allowed', () => {
  const blocked = { error: 'BLOCKED_ADDRESS', ...nothing }

  for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '127.1', '0177.0.0.1', '[::ffff:127.0.0.1]', '[::1]']) {
    it(`is not called as ${host}`, async () => {
      const { port, seen } = await http((_, response) => response.end('secret'))
      const strict = sender({ allowed: [] })
      const attempted = await post(strict, `http://${host}:${port}`)
      expect(attempted).toMatchObject({ ...blocked, detail: { address: null, responseHeaders: [], cause: null } })
      expect(await post(strict, `https://${host}:${port}`)).toMatchObject(blocked)
      expect(seen.connections).toBe(0)
    })
  }

  const names: Record<string, string[]> = {
    'a name for a private address': ['10.0.0.1'],
    'a name for a loopback address': ['127.0.0.1'],
    'a name with a public and a private address': ['8.8.8.8', '127.0.0.1'],
    'a name with a private and a public address': ['127.0.0.1', '8.8.8.8'],
    'a name with a public IPv4 and a private IPv6 address': ['8.8.8.8', 'fd00::1'],
    'a name for a mapped address': ['::ffff:127.0.0.1'],
    'a name without an address': [],
  }
  for (const [how, addresses] of Object.entries(names)) {
    it(`is not called through ${how}`, async () => {
      const { port, seen } = await http((_, response) => response.end('secret'))
      const attempted = await post(
        sender({ allowed: [], lookUp: async () => addresses }),
        `http://bots.example:${port}`,
      )
      expect(attempted).toMatchObject(blocked)
      expect(seen.connections).toBe(0)
    })
  }

  it('is not called as localhost, whatever the look-up returns', async () => {
    const { port, seen } = await http((_, response) => response.end('secret'))
    const strict = sender({ allowed: [], lookUp: async () => ['8.8.8.8'] })
    for (const name of ['localhost', 'bot.localhost', 'localhost.'])
      expect(await post(strict, `http://${name}:${port}`)).toMatchObject(blocked)
    expect(seen.connections).toBe(0)
  })

  it('is called as localhost if it is allowed, only over IPv4 if IPv6 is not', async () => {
    const { port } = await http((_, response) => response.end('here'))
    expect(await post(sender(), `http://localhost:${port}`)).toMatchObject({ error: null, responseBody: 'here' })
  })
})

describe('a name whose address changes', () => {
  const changing = (...answers: string[][]) => {
    const asked: string[] = []
    const lookUp = async (name: string) => {
      asked.push(name)
      return answers[asked.length - 1] ?? []
    }
    return { asked, lookUp }
  }
  const allowed = networks('127.0.0.1/32')

  it('is looked up once per connection, which goes to the address that was checked', async () => {
    const { port, seen } = await http((_, response) => response.end('here'), '0.0.0.0')
    const { asked, lookUp } = changing(['127.0.0.1'], ['127.0.0.2'])
    expect(await post(sender({ allowed, lookUp }), `http://bots.example:${port}`)).toMatchObject({ error: null })
    expect([asked, seen.to]).toEqual([['bots.example'], ['127.0.0.1']])
  })

  it('is blocked at the next connection', async () => {
    const { port, seen } = await http((_, response) => response.setHeader('connection', 'close').end(), '0.0.0.0')
    const { asked, lookUp } = changing(['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1'])
    const one = sender({ allowed, lookUp })
    const errors = []
    for (let time = 0; time < 3; time++) errors.push((await post(one, `http://bots.example:${port}`)).error)
    expect(errors).toEqual([null, 'BLOCKED_ADDRESS', null])
    expect(asked).toHaveLength(3)
    expect(seen.to).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  it('does not affect an open connection', async () => {
    const { port, seen } = await http((_, response) => response.end(), '0.0.0.0')
    const { asked, lookUp } = changing(['127.0.0.1'], ['127.0.0.2'])
    const one = sender({ allowed, lookUp })
    for (let time = 0; time < 3; time++) {
      expect(await post(one, `http://bots.example:${port}`)).toMatchObject({ error: null })
      await nextTurn()
    }
    expect([asked.length, seen.to]).toEqual([1, ['127.0.0.1']])
  })

  it('is tried at its other addresses if one does not respond', async () => {
    const { port } = await http((_, response) => response.end('here'))
    const lookUp = async () => ['127.0.0.9', '127.0.0.1']
    expect(await post(sender({ lookUp }), `http://bots.example:${port}`)).toMatchObject({ responseBody: 'here' })
  })
})

describe('connections to destinations', () => {
  it('are reused', async () => {
    const { url, seen } = await http((_, response) => response.end('ok'))
    const one = sender()
    for (let time = 0; time < 20; time++) {
      expect(await post(one, url)).toMatchObject({ error: null })
    }
    expect(seen.connections).toBe(1)
  })

  it('are closed if something comes that nobody has asked for', async () => {
    const { url, seen } = await tcpServing(2, (socket, count) => {
      socket.write(`${ok}${count === 1 ? 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n' : ''}`)
    })
    const one = sender()
    for (let time = 0; time < 2; time++) expect(await post(one, url)).toMatchObject({ error: null, statusCode: 200 })
    expect(seen.connections).toBe(2)
  })

  it('are not kept if the endpoint says that it closes them', async () => {
    for (const header of ['connection: close', 'connection: Keep-Alive, Close', 'keep-alive: timeout=2']) {
      const { url, seen } = await tcpServing(1, (socket) =>
        socket.write(ok.replace('\r\n\r\n', `\r\n${header}\r\n\r\n`)),
      )
      const one = sender()
      for (let time = 0; time < 2; time++) expect(await post(one, url)).toMatchObject({ error: null })
      expect(seen.connections).toBe(2)
    }
  })

  it('are replaced when they are old, even if they are always busy', async () => {
    const { url, seen } = await http((_, response) => response.end())
    const one = sender({ connectionLife: 0 })
    for (let time = 0; time < 3; time++) expect(await post(one, url)).toMatchObject({ error: null })
    expect(seen.connections).toBe(3)
  })

  it('are limited per origin', async () => {
    const { url, seen } = await http((_, response) => void setTimeout(() => response.end(), 5))
    const one = sender({ connectionsPerOrigin: 4 })
    const attempts = await Promise.all(Array.from({ length: 40 }, () => post(one, url)))
    expect(attempts.every(({ error }) => error === null)).toBe(true)
    expect(seen).toMatchObject({ connections: 4, mostOpen: 4 })
  })

  it('that hang do not affect those to other origins', async () => {
    const dead = await tcp(() => {})
    const { url } = await http((_, response) => response.end())
    const one = sender({ timeout: TIMEOUT })
    const hanging = Array.from({ length: 20 }, () => post(one, dead.url))
    for (let time = 0; time < 20; time++) expect((await post(one, url)).durationMs).toBeLessThan(TIMEOUT / 2)
    expect(new Set((await Promise.all(hanging)).map(({ error }) => error))).toEqual(new Set(['TIMEOUT']))
    expect(dead.seen.connections).toBe(20)
  })

  it('are closed at the end, after the attempts that have begun', async () => {
    const { url, open } = await http((_, response) => void setTimeout(() => response.end('done'), 50))
    const one = sender()
    const begun = post(one, url)
    await one.close()
    expect(await begun).toMatchObject({ error: null, responseBody: 'done' })
    await allClosed(open)
    await expect(post(one, url)).rejects.toThrow()
  })
})

describe('a kept connection that the endpoint drops just as a webhook is sent', () => {
  /** Responds to the first webhook of each connection, and does something else with the second one. */
  const dropping = (second: (socket: Socket) => void) =>
    tcpServing(2, (socket, count) => void (count === 1 ? socket.write(ok) : second(socket)))

  const drops: Record<string, (socket: Socket) => void> = {
    'by a reset': (socket) => socket.resetAndDestroy(),
    'by closing it': (socket) => socket.end(),
  }
  for (const [how, drop] of Object.entries(drops)) {
    it(`costs nothing: ${how}, the webhook is sent once more, on a new connection`, async () => {
      const { url, seen, requests } = await dropping(drop)
      const one = sender()
      const attempts = [await post(one, url, '"first"'), await post(one, url, '"second"')]
      expect(attempts.map(({ error, statusCode }) => [error, statusCode])).toEqual([
        [null, 200],
        [null, 200],
      ])
      expect(requests.map((text) => text.split('\r\n\r\n')[1])).toEqual(['"first"', '"second"', '"second"'])
      expect(seen.connections).toBe(2)
    })
  }

  it('may have no other connection: all are busy with the same', async () => {
    const { url, seen } = await dropping((socket) => socket.resetAndDestroy())
    const one = sender({ connectionsPerOrigin: 1 })
    for (let time = 0; time < 2; time++) expect(await post(one, url)).toMatchObject({ error: null })
    expect(seen).toMatchObject({ connections: 2, mostOpen: 1 })
  })

  it('costs the attempt if the new connection is dropped, too', async () => {
    let fresh = 0
    const { url, seen } = await tcpServing(2, (socket, count) => {
      if (count > 1) return socket.resetAndDestroy()
      fresh += 1
      return fresh === 1 ? socket.write(ok) : socket.resetAndDestroy()
    })
    const one = sender()
    expect(await post(one, url)).toMatchObject({ error: null })
    expect(await post(one, url)).toMatchObject({ error: 'CONNECTION_RESET', ...nothing })
    expect(seen.connections).toBe(2)
  })

  for (const beginning of ['H', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\n']) {
    it(`costs the attempt after the first bytes of a response: ${JSON.stringify(beginning)}`, async () => {
      const { url, seen } = await dropping((socket) => socket.end(beginning))
      const one = sender()
      expect(await post(one, url)).toMatchObject({ error: null })
      expect(await post(one, url)).toMatchObject({ error: 'RESPONSE_BROKEN_OFF', ...nothing })
      expect(seen.connections).toBe(1)
    })
  }

  it('does not give the webhook more time', async () => {
    let fresh = 0
    const { url } = await tcpServing(2, (socket, count) => {
      if (count > 1) return setTimeout(() => socket.resetAndDestroy(), TIMEOUT / 2)
      fresh += 1
      return fresh === 1 ? socket.write(ok) : undefined
    })
    const one = sender({ timeout: TIMEOUT })
    expect(await post(one, url)).toMatchObject({ error: null })
    const { error, durationMs } = await post(one, url)
    expect(error).toBe('TIMEOUT')
    expect(durationMs).toBeLessThan(TIMEOUT * 1.4)
  })
})

describe('a webhook that cannot be sent', () => {
  it('is reported as an error of the caller', async () => {
    const one = sender()
    const { url } = await http((_, response) => response.end())
    await expect(one.send({ url: 'nowhere', headers: {}, body: '' })).rejects.toThrow()
    await expect(one.send({ url: 'ftp://127.0.0.1', headers: {}, body: '' })).rejects.toThrow()
    await expect(one.send({ url, headers: { 'x-a': 'b\r\nx-c: d' }, body: '' })).rejects.toThrow()
  })
})
