import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { request } from './support/client.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { startOpenIdProvider } from './support/openid-provider.ts'
import { sendRaw } from './support/raw-http.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway({ env: { ALLOWED_HOSTS: 'gateway.example,.below.example' } })
  token = await gateway.token()
})
afterAll(() => gateway.stop())

const viewer = JSON.stringify({ query: '{ viewer { clientId } }' })
const answered = '{"data":{"viewer":{"clientId":"my-bots"}}}'

/** Posts the viewer query with the given target, host and headers. */
const head = (target: string, host: string, more: readonly string[] = []) =>
  [
    `POST ${target} HTTP/1.1`,
    ...(host ? [`Host: ${host}`] : []),
    'Connection: close',
    'Content-Type: application/json',
    `Authorization: Bearer ${token}`,
    `Content-Length: ${viewer.length}`,
    ...more,
    '',
    viewer,
  ].join('\r\n')

describe('the target of a request', () => {
  for (const target of [
    '/graphql',
    '/graphql/',
    '/graphql?x=1',
    '/%67raphql',
    'http://localhost/graphql',
    'HTTP://localhost:4000/graphql/?x',
    'https://gateway.example/graphql',
  ]) {
    it(`may be ${target}`, async () => {
      expect(await sendRaw(gateway.url, head(target, 'localhost'))).toMatchObject({ status: 200, body: answered })
    })
  }

  for (const [target, status] of [
    ['//graphql', 404],
    ['/graphql/x', 404],
    ['/graphql%2f', 404],
    ['http:///graphql', 400],
    ['http://a b/graphql', 400],
    ['ftp://localhost/graphql', 400],
    ['graphql', 400],
    ['http:/graphql', 400],
  ] as const) {
    it(`must not be ${target}, and the response says why`, async () => {
      const answer = await sendRaw(gateway.url, head(target, 'localhost'))
      expect(answer.status).toBe(status)
      expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/\.$/) })
    })
  }

  it('may not name a host that is not allowed, whatever `Host` says', async () => {
    expect((await sendRaw(gateway.url, head('http://evil.example/graphql', 'localhost'))).status).toBe(421)
  })

  it('of OPTIONS may be the gateway as a whole', async () => {
    const answer = await sendRaw(gateway.url, 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS'])
  })

  it('of CONNECT is refused, because the gateway is not a proxy', async () => {
    const answer = await sendRaw(gateway.url, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n')
    expect([answer.status, answer.body]).toEqual([405, '{"error":"This is not a proxy. Use GET or POST."}'])
  })
})

describe('the host of a request', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:4000',
    '127.0.0.1:99',
    '[::1]:4000',
    'gateway',
    'gateway.example',
    'GATEWAY.example.:443',
    'a.below.example',
  ]) {
    it(`may be ${host}`, async () => {
      expect((await sendRaw(gateway.url, head('/graphql', host))).status).toBe(200)
    })
  }

  for (const [host, status] of [
    ['evil.example', 421],
    ['gateway.example.evil.example', 421],
    ['below.example', 421],
    ['127.0.0.1.nip.example', 421],
    ['foo|bar', 400],
    ['a b', 400],
    ['[::1', 400],
    ['x:80:80', 400],
    ['localhost:99999', 400],
    ['user@localhost', 400],
    ['localhost/x', 400],
    ['', 400],
  ] as const) {
    it(`must not be ${JSON.stringify(host)}, and the response says why in the format of the API`, async () => {
      const answer = await sendRaw(gateway.url, head('/graphql', host))
      expect(answer.status).toBe(status)
      expect(answer.body).not.toMatch(/node_modules|\.ts|at /)
      const { errors } = JSON.parse(answer.body)
      expect(errors).toEqual([{ message: expect.stringMatching(/\.$/), extensions: { code: 'BAD_USER_INPUT' } }])
      const method = await sendRaw(gateway.url, head('/agents/get_bot_agents', host))
      expect([method.status, JSON.parse(method.body)]).toEqual([
        status,
        { error: { type: 'validation', message: errors[0].message } },
      ])
    })
  }

  it('may be named only once', async () => {
    const answer = await sendRaw(gateway.url, head('/health', 'localhost', ['Host: localhost']))
    expect(answer.status).toBe(400)
  })

  it('is checked for WebSockets too', async () => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), 'graphql-transport-ws', {
      headers: { host: 'evil.example', origin: 'http://evil.example' },
    })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toContain('421')
  })

  it('is not trusted as an origin just because its name resolves to the gateway', async () => {
    const answer = await sendRaw(gateway.url, head('/graphql', 'evil.example', ['Origin: http://evil.example']))
    expect(answer.status).toBe(421)
  })
})

describe('the body of a request', () => {
  const send = (path: string, body: string | Buffer, headers: Record<string, string>) =>
    fetch(new URL(path, gateway.url), {
      method: 'POST',
      body: body as BodyInit,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    })
  const both = [
    ['/graphql', viewer],
    ['/agents/get_bot_agents', '{}'],
  ] as const

  for (const [path, body] of both) {
    it(`for ${path} may have its content type in any case, any name for the UTF-8 charset, and a byte order mark`, async () => {
      for (const type of [
        'Application/JSON',
        'application/json;charset=UTF-8',
        'application/json; Charset="utf-8"',
        'application/json;charset=us-ascii',
      ]) {
        expect([type, (await send(path, `\ufeff${body}`, { 'content-type': type })).status]).toEqual([type, 200])
      }
      expect((await send(path, body, { 'content-encoding': 'identity' })).status).toBe(200)
    })

    it(`for ${path} is refused if it is encoded or not UTF-8, with the reason`, async () => {
      const gzip = await send(path, gzipSync(body), { 'content-encoding': 'GZIP' })
      expect([gzip.status, gzip.headers.get('accept-encoding')]).toEqual([415, 'identity'])
      expect(await gzip.text()).toContain('\\"gzip\\"')
      const latin = await send(path, Buffer.from(body, 'latin1'), {
        'content-type': 'application/json; charset=iso-8859-1',
      })
      expect([latin.status, await latin.text()]).toEqual([415, expect.stringContaining('iso-8859-1')])
      const bytes = Buffer.concat([Buffer.from('{"query":"'), Buffer.of(0xe9), Buffer.from('"}')])
      const broken = await send(path, bytes, {})
      expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('UTF-8')])
    })

    it(`for ${path} is refused if it is nested too deep or larger than 1 MiB, and the connection stays open`, async () => {
      const deep = await send(path, '['.repeat(100_000), {})
      expect([deep.status, await deep.text()]).toEqual([400, expect.stringContaining('nested more than 200 levels')])
      const large = await send(path, ' '.repeat(1_100_000), {})
      expect([large.status, await large.text()]).toEqual([413, expect.stringContaining('1048576 bytes')])
    })
  }

  it('is refused before it is read if the caller is not authenticated and introspection is off', async () => {
    const hidden = await gatewayForTest({ env: { INTROSPECTION: 'off' } })
    for (const path of ['/graphql', '/agents/get_bot_agents']) {
      // The body is never sent.
      const answer = await sendRaw(
        hidden.url,
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`,
      )
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(answer.body).toContain('An access token is required')
    }
  })

  it('may have up to 64 KiB without a token if introspection is on', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }', variables: { filler: 'x'.repeat(70_000) } }),
    })
    expect(response.status).toBe(413)
  })
})

describe('an operation over HTTP', () => {
  const ask = async (method: string, query: string, init: RequestInit = {}) => {
    const response = await fetch(`${gateway.url}${query}`, {
      method,
      ...init,
      headers: { authorization: `Bearer ${token}`, accept: 'application/graphql-response+json', ...init.headers },
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      message: text && JSON.parse(text).errors?.[0]?.message,
    }
  }

  it('is refused with 400 and a message if a parameter is not JSON', async () => {
    for (const query of [
      '?query=%7B__typename%7D&variables=undefined',
      '?query=%7B__typename%7D&variables=%7B',
      '?query=%7B__typename%7D&extensions=undefined',
      '?query=%7B__typename%7D&variables=%5B%5D',
      '?query=%7B__typename%7D&variables=5',
    ]) {
      const { status, message } = await ask('GET', query)
      expect([query, status, message]).toEqual([query, 400, expect.stringMatching(/`(variables|extensions)`/)])
    }
    const form = await ask('POST', '', { body: new URLSearchParams({ query: '{__typename}', variables: '{' }) })
    expect([form.status, form.message]).toEqual([400, 'The `variables` of the form is not JSON in UTF-8.'])
  })

  it('is refused with a message, whatever is wrong', async () => {
    const json = { 'content-type': 'application/json' }
    const posted: Record<string, RequestInit> = {
      'no type': { body: new Blob([viewer]) },
      'text/plain': { body: viewer, headers: { 'content-type': 'text/plain' } },
      'multipart/form-data': { body: new FormData() },
      'a batch': { body: `[${viewer}]`, headers: json },
      'a string': { body: '"x"', headers: json },
      'a query that is a number': { body: '{"query":1}', headers: json },
      'an empty query': { body: '{"query":""}', headers: json },
      'an operation name that is a list': { body: '{"query":"{a}","operationName":[]}', headers: json },
      'an unknown field': { body: '{"query":"{a}","shoes":1}', headers: json },
      'image/png to be answered': { body: viewer, headers: { ...json, accept: 'image/png' } },
      'multipart/mixed to be answered': { body: viewer, headers: { ...json, accept: 'multipart/mixed' } },
    }
    const answers: Record<string, string> = {}
    for (const [name, init] of Object.entries(posted)) {
      const { status, message } = await ask('POST', '', init)
      answers[name] = `${status} ${message}`
    }
    const { status, message } = await ask('GET', '')
    answers['GET without a query'] = `${status} ${message}`
    for (const [method, init] of Object.entries({ PUT: { body: viewer, headers: json }, DELETE: {} })) {
      const { status, message, headers } = await ask(method, '', init)
      answers[method] = `${status} ${message}`
      expect(headers.get('allow')).toBe('GET, POST')
    }
    expect(answers).toMatchInlineSnapshot(`
      {
        "DELETE": "405 Use GET or POST here, not DELETE.",
        "GET without a query": "400 Must provide query string: put the document into \`query\`.",
        "PUT": "405 Use GET or POST here, not PUT.",
        "a batch": "400 Batching is not supported. Send one operation per request.",
        "a query that is a number": "400 \`query\` must be a string: the document.",
        "a string": "400 The body must be a JSON object with \`query\`.",
        "an empty query": "400 Must provide query string: put the document into \`query\`.",
        "an operation name that is a list": "400 \`operationName\` must be a string.",
        "an unknown field": "400 The body has the unknown field "shoes".",
        "image/png to be answered": "406 Accept \`application/graphql-response+json\` or \`application/json\`, or for a subscription \`text/event-stream\`, or use a WebSocket with the subprotocol graphql-transport-ws. Multipart responses are not supported.",
        "multipart/form-data": "415 The \`Content-Type\` must be application/json; it is "multipart/form-data".",
        "multipart/mixed to be answered": "406 Accept \`application/graphql-response+json\` or \`application/json\`, or for a subscription \`text/event-stream\`, or use a WebSocket with the subprotocol graphql-transport-ws. Multipart responses are not supported.",
        "no type": "415 The \`Content-Type\` is missing. Send application/json.",
        "text/plain": "415 The \`Content-Type\` must be application/json; it is "text/plain".",
      }
    `)
  })

  it('is not run if its client could not read the response', async () => {
    const query = 'mutation { createBotAgent(input: { name: "unread", status: OFFLINE }) { userErrors { code } } }'
    const body = JSON.stringify({ query })
    // The second time, the document is known.
    for (const accept of ['image/png', 'multipart/mixed', 'multipart/mixed; deferSpec=20220824', 'image/png']) {
      const { status } = await ask('POST', '', { body, headers: { 'content-type': 'application/json', accept } })
      expect([accept, status]).toEqual([accept, 406])
    }
    const list = JSON.stringify({ query: '{ botAgents(filter: { nameStartsWith: "unread" }) { nodes { id } } }' })
    for (const accept of ['application/json', 'multipart/mixed, application/json', '*/*']) {
      const { status, text } = await ask('POST', '', {
        body: list,
        headers: { 'content-type': 'application/json', accept },
      })
      expect([accept, status, text]).toEqual([accept, 200, expect.stringContaining('"nodes":[]')])
    }
  })

  it('that is sent only as the hash of a persisted query gets the error that makes clients send its text', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } }
    const body = JSON.stringify({ extensions })
    const headers = { 'content-type': 'application/json' }
    const legacy = await ask('POST', '', { body, headers: { ...headers, accept: 'application/json' } })
    const modern = await ask('POST', '', { body, headers })
    const get = await ask('GET', `?extensions=${encodeURIComponent(JSON.stringify(extensions))}`)
    expect([legacy.status, modern.status, get.status]).toEqual([200, 400, 400])
    for (const { text } of [legacy, modern, get]) {
      expect(JSON.parse(text).errors).toEqual([
        { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
      ])
    }
    const whole = await ask('POST', '', { body: JSON.stringify({ ...JSON.parse(viewer), extensions }), headers })
    expect(whole.text).toBe(answered)
  })

  it('that subscribes is refused if its client cannot read a stream, with advice on what to use instead', async () => {
    for (const accept of ['multipart/mixed;subscriptionSpec=1.0, application/json', 'application/json']) {
      const body = JSON.stringify({ query: 'subscription { botAgentStatusChanged { cursor } }' })
      const { status, message } = await ask('POST', '', {
        body,
        headers: { accept, 'content-type': 'application/json' },
      })
      expect([accept, status, message]).toEqual([
        accept,
        406,
        expect.stringMatching(/text\/event-stream.*graphql-transport-ws/),
      ])
    }
  })

  it('that subscribes tells proxies not to buffer its events', async () => {
    const abort = new AbortController()
    const { headers, status } = await fetch(gateway.url, {
      method: 'POST',
      signal: abort.signal,
      body: JSON.stringify({ query: 'subscription { botAgentStatusChanged { cursor } }' }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    })
    expect([status, headers.get('x-accel-buffering'), headers.get('cache-control')]).toEqual([200, 'no', 'no-cache'])
    abort.abort()
  })
})

describe('a request that the gateway does not accept as HTTP', () => {
  const cases: [name: string, status: number, request: string][] = [
    ['nonsense', 400, 'nonsense\r\n\r\n'],
    ['two lengths', 400, 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['a head of more than 16 KiB', 431, `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['an unknown expectation', 417, 'GET /health HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n'],
  ]
  for (const [name, status, text] of cases) {
    it(`such as ${name} is refused with ${status} and a body that says why`, async () => {
      const answer = await sendRaw(gateway.url, text)
      expect(answer.status).toBe(status)
      expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/\.$/) })
    })
  }

  it('such as an upgrade to another protocol is answered without the upgrade', async () => {
    const upgrade = [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
    ]
    const answer = await sendRaw(gateway.url, head('/graphql', 'localhost', upgrade))
    expect([answer.status, answer.body]).toEqual([200, answered])
  })
})

describe('a health endpoint', () => {
  it('is read-only', async () => {
    for (const path of ['/health', '/ready', '/metrics']) {
      const response = await fetch(new URL(path, gateway.url), { method: 'POST' })
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD'])
      expect((await fetch(new URL(path, gateway.url), { method: 'HEAD' })).status).toBe(200)
    }
  })
})

describe('a request', () => {
  it('is logged with the caller, its address and the outcome', async () => {
    const { headers } = await request(gateway.url, token, '{ botAgents(first: 101) { totalCount } }')
    const stranger = await request(gateway.url, 'x', '{ viewer { clientId } }')
    const lineOf = async (id: string | null) => {
      for (;;) {
        const line = gateway.logged.find(({ msg, requestId }) => msg === 'request' && requestId === id)
        if (line) return line
        await gateway.logs('request')
        await new Promise(setImmediate)
      }
    }
    expect(await lineOf(headers.get('x-request-id'))).toMatchObject({
      method: 'POST',
      path: '/graphql',
      status: 400,
      address: '127.0.0.1',
      client: 'my-bots',
      license: 1,
      code: 'BAD_USER_INPUT',
    })
    const line = await lineOf(stranger.headers.get('x-request-id'))
    expect(line).toMatchObject({ status: 401, address: '127.0.0.1', code: 'UNAUTHENTICATED' })
    expect(line).not.toHaveProperty('client')
  })

  it('is logged if it is a refused log-in on a socket', async () => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), 'graphql-transport-ws')
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: 'Bearer x' } }))
    await new Promise((resolve) => socket.once('close', resolve))
    expect(await gateway.logs('WebSocket log-in refused')).toMatchObject({
      address: '127.0.0.1',
      code: 4401,
    })
  })
})

describe('a gateway with a provider', () => {
  it('allows only its own names and the listed ones', async () => {
    const provider = await startOpenIdProvider()
    const production = await startGateway({ env: { ...provider.env, ALLOWED_HOSTS: 'gateway.example' } })
    onTestFinished(async () => {
      await production.stop()
      await provider.stop()
    })
    const { port } = new URL(production.url)
    for (const [host, status] of [
      ['gateway.example', 200],
      [`127.0.0.1:${port}`, 200],
      ['evil.example', 421],
    ] as const) {
      const answer = await sendRaw(production.url, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      expect([host, answer.status]).toEqual([host, status])
    }
  })
})
