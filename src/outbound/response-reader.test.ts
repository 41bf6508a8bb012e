import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Failure } from './attempt-error.ts'
import { type ResponseHead, ResponseReader } from './response-reader.ts'

/** Reads a response that arrives in these pieces, and whose connection is closed after the last one, if it says so. */
function readAll(pieces: readonly (Buffer | string)[], { closed = false } = {}) {
  let head: ResponseHead | undefined
  const body: Buffer[] = []
  const reader = new ResponseReader({
    onHead: (given) => {
      head = given
    },
    onBody: (bytes) => void body.push(Buffer.from(bytes)),
  })
  const heard = () => ({ statusCode: head?.statusCode, headers: head?.headers, body: Buffer.concat(body).toString() })
  try {
    let isComplete = false
    for (const piece of pieces) isComplete = isComplete || reader.read(Buffer.from(piece))
    isComplete ||= closed && reader.end()
    return { ...heard(), isComplete, isKept: reader.idleMs > 0 }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return {
      ...heard(),
      isComplete: false,
      refused: (error.cause as Error).message.replace('The response is not HTTP/1.1: ', ''),
    }
  }
}

const read = (text: string, options = {}) => readAll([Buffer.from(text, 'latin1')], options)
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

describe('a response', () => {
  it('has a status, headers and a body', () => {
    expect(read('HTTP/1.1 201 Created\r\nX-A:  b  \r\ncontent-length: 2\r\nEmpty:\r\n\r\nok')).toEqual({
      statusCode: 201,
      headers: [
        ['x-a', 'b'],
        ['content-length', '2'],
        ['empty', ''],
      ],
      body: 'ok',
      isComplete: true,
      isKept: true,
    })
  })

  const complete: Record<string, [text: string, body: string, isKept?: boolean]> = {
    'without a reason': ['HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', ''],
    'with an empty reason': ['HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n', ''],
    'with a reason in another language': ['HTTP/1.1 200 d\xe9j\xe0 vu\r\ncontent-length: 0\r\n\r\n', ''],
    'with status 204, which has no body': ['HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n', ''],
    'with status 304, which has no body': ['HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n', ''],
    'with something behind it': ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab', 'a', false],
    'of HTTP/1.0': ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', '', false],
    'of HTTP/1.0 that is kept': ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', ''],
    'behind a 100 Continue': ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na', 'a'],
    'in chunks': [`${chunked}3\r\nabc\r\nA;x="y"\r\n0123456789\r\n0\r\n\r\n`, 'abc0123456789'],
    'in chunks, with trailers': [`${chunked}1\r\na\r\n000;x\r\nx-a: b\r\n\r\n`, 'a'],
    'in chunks of something else': [`${chunked.replace('chunked', 'gzip, Chunked')}1\r\na\r\n0\r\n\r\n`, 'a'],
  }
  for (const [what, [text, body, isKept = true]] of Object.entries(complete)) {
    it(`is complete: ${what}`, () => {
      expect(read(text)).toMatchObject({ body, isComplete: true, isKept })
    })

    it(`is the same however it is cut: ${what}`, () => {
      const bytes = Buffer.from(text, 'latin1')
      const whole = read(text)
      for (let at = 1; at < bytes.length; at++) {
        // What is behind a response may come later.
        expect(readAll([bytes.subarray(0, at), bytes.subarray(at)])).toMatchObject({
          body: whole.body,
          isComplete: true,
        })
      }
      expect(readAll([...bytes].map((byte) => Buffer.of(byte)))).toMatchObject({
        statusCode: whole.statusCode,
        headers: whole.headers,
        body: whole.body,
        isComplete: true,
      })
    })
  }

  it('without a length ends with its connection', () => {
    for (const head of ['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n']) {
      expect(read(`${head}abc`)).toMatchObject({ body: 'abc', isComplete: false })
      expect(read(`${head}abc`, { closed: true })).toMatchObject({ body: 'abc', isComplete: true })
    }
  })

  const incomplete = [
    '',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na',
    `${chunked}2\r\nab\r\n`,
  ]
  for (const text of [...incomplete, `${chunked}0\r\n`, 'HTTP/1.1 103 Early Hints\r\n\r\n']) {
    it(`is incomplete if its connection is closed after ${JSON.stringify(text.slice(-20))}`, () => {
      expect(read(text, { closed: true })).toMatchObject({ isComplete: false })
    })
  }

  const refused: Record<string, string[]> = {
    'the status line': [
      ...['220 smtp.example ESMTP\r\n', 'SSH-2.0-x', '\x15\x03\x01', '\r\nHTTP/1.1 200 OK', 'HTTP/2 200\r\n\r\n'],
      ...['HTTP/1.2 200 OK\r\n\r\n', 'HTTP/1.1 20 OK\r\n\r\n', 'HTTP/1.1 2000\r\n\r\n', 'HTTP/1.1  200 OK\r\n\r\n'],
      ...['HTTP/1.1 099 OK\r\n\r\n', 'HTTP/1.1 200OK\r\n\r\n'],
    ],
    'a header': [
      'no colon',
      'x: y\r\n folded',
      ': x',
      'x y: z',
      'x : y',
      'x: a\0b',
      'x: a\rb',
      'x: a\nb',
      'x: \x7f',
      'é: x',
    ].map((line) => `HTTP/1.1 200 OK\r\n${line}\r\n\r\n`),
    'the length': ['-1', '+1', '0x1', '1.0', '1, 1', '9'.repeat(16), ''].map(
      (length) => `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`,
    ),
    'two ways to tell the length': [
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\na',
    ],
    'the size of a chunk': ['', 'x', '-1', '0x1', '123456789', ' 1', '1 ', '1 2', '1;', '1; a', '1;a;'].map(
      (size) => `${chunked}${size}\r\n`,
    ),
    'the end of a chunk': [`${chunked}1\r\nab\r\n`],
    'the framing of a chunk': [`${chunked}1;${'x'.repeat(5_000)}`, `${chunked}1;${'x'.repeat(5_000)}\r\n`],
    'the size of the trailers': [`${chunked}0\r\n${'a: b\r\n'.repeat(2_000)}`],
    'the size of the headers': [
      `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(3_000)}`,
      `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(3_000)}\r\n`,
    ],
    'the number of interim responses': ['HTTP/1.1 102 Processing\r\n\r\n'.repeat(9)],
    'an upgrade': ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
  }
  for (const [what, texts] of Object.entries(refused)) {
    for (const text of texts) {
      it(`is refused for ${what}: ${JSON.stringify(text.slice(-40))}`, () => {
        expect(read(text)).toMatchObject({ refused: what })
      })
    }
  }

  it('whose headers are full of spaces takes no longer than any other', () => {
    const begun = performance.now()
    read(`HTTP/1.1 200 OK\r\nx: a${' '.repeat(16_000)}b\r\nkeep-alive: ${' ,'.repeat(100)}\r\n\r\n`)
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it('says for how long its connection is kept', () => {
    const keeping = (header: string) => {
      const reader = new ResponseReader({ onHead: () => {}, onBody: () => {} })
      reader.read(Buffer.from(`HTTP/1.1 200 OK\r\n${header}content-length: 0\r\n\r\n`))
      return reader.idleMs
    }
    expect(keeping('')).toBe(4_000)
    expect(keeping('keep-alive: timeout=5\r\n')).toBe(3_000)
    expect(keeping('Keep-Alive: max=5, Timeout=30\r\n')).toBe(28_000)
    expect(keeping('keep-alive: timeout=3600\r\n')).toBe(60_000)
    expect(keeping('keep-alive: timeout=soon\r\n')).toBe(4_000)
    expect(keeping('connection: close\r\n')).toBe(0)
  })
})

describe('any response', () => {
  const token = fc
    .stringMatching(/^[a-z][a-z-]{0,10}$/)
    .filter((name) => !/^(content-length|transfer-|connection|keep-alive|trailer|upgrade|set-cookie)/.test(name))
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
  const headers = fc.uniqueArray(fc.tuple(token, value), { maxLength: 6, selector: ([name]) => name })
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((body) => ({
      body: Buffer.from(body),
      header: `content-length: ${body.length}\r\n`,
      sent: Buffer.from(body),
    })),
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }).map((chunks) => ({
      body: Buffer.concat(chunks),
      header: 'transfer-encoding: chunked\r\n',
      sent: Buffer.concat([
        ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
        Buffer.from('0\r\n\r\n'),
      ]),
    })),
  )
  const response = fc.record({
    interim: fc.array(fc.constantFrom(100, 102, 103), { maxLength: 3 }),
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    headers,
    content: bodies,
    cuts: fc.array(fc.nat(600), { maxLength: 10 }),
  })
  type Response = typeof response extends fc.Arbitrary<infer Value> ? Value : never

  const bytesOf = ({ interim, status, headers, content }: Response) =>
    Buffer.concat([
      Buffer.from(interim.map((code) => `HTTP/1.1 ${code} Wait\r\n\r\n`).join('')),
      Buffer.from(`HTTP/1.1 ${status} Reason\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`),
      Buffer.from(`${content.header}\r\n`),
      content.sent,
    ])
  const piecesOf = ({ cuts }: Response, bytes: Buffer) => {
    const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((one, other) => one - other), bytes.length]
    return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
  }

  it('is read as it was written, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(response, (given) => {
        const heard = readAll(piecesOf(given, bytesOf(given)))
        expect(heard).toMatchObject({ statusCode: given.status, isComplete: true, isKept: true })
        expect(heard.headers?.slice(0, -1)).toEqual(given.headers)
        expect(heard.body).toBe(given.content.body.toString())
      }),
      { numRuns: 500 },
    )
  })

  it('is read as Node.js reads it', async () => {
    let next = Buffer.alloc(0)
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(next))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const asked = () =>
      new Promise<{ statusCode: number | undefined; body: string } | undefined>((resolve) => {
        const fail = () => resolve(undefined)
        const sent = request({ port, host: '127.0.0.1', method: 'POST', agent: false }, (answer) => {
          buffer(answer).then((body) => resolve({ statusCode: answer.statusCode, body: body.toString() }), fail)
        })
        sent.on('error', fail).on('upgrade', fail).end('{}')
      })
    await fc.assert(
      fc.asyncProperty(
        response,
        fc.option(fc.tuple(fc.nat(), fc.constantFrom(...'\r\n\0:, ;09aZ'))),
        async (given, flaw) => {
          next = bytesOf(given)
          const at = flaw && flaw[0] % next.length
          if (flaw && at !== null) next = Buffer.concat([next.subarray(0, at), Buffer.from(flaw[1]), next.subarray(at)])
          const ours = readAll([next], { closed: true })
          const theirs = await asked()
          // We may refuse what Node.js takes, but what we take is the same. Only what follows a response is none of our business.
          if (ours.isComplete && !readAll([next.subarray(0, -1)]).isComplete) {
            expect({ statusCode: ours.statusCode, body: ours.body }).toEqual(theirs)
          } else expect(flaw).not.toBeNull()
        },
      ),
      { numRuns: 300 },
    )
  })
})
