import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { type Result, request, webSocketClient } from './support/client.ts'
import { sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
})
afterAll(() => gateway.stop())

const create =
  'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } userErrors { field } } }'

describe('a request that can not be understood', () => {
  const accepts = ['*/*', 'application/graphql-response+json']
  const wrong: [name: string, query: string, variables: object, message: RegExp][] = [
    ['a document that is none', '{ viewer {', {}, /Syntax Error/],
    ['an unknown field', '{ viewer { shoeSize } }', {}, /Cannot query field "shoeSize"/],
    [
      'an unknown enum value in the document',
      'mutation { createBotAgent(input: {name: "x", status: ASLEEP}) { botAgent { id } } }',
      {},
      /ASLEEP/,
    ],
    ['an unknown enum value in a variable', create, { input: { name: 'x', status: 'ASLEEP' } }, /ASLEEP/],
    ['a wrong type in a variable', create, { input: { name: 1, status: 'OFFLINE' } }, /String cannot represent/],
    ['a missing field in a variable', create, { input: { status: 'OFFLINE' } }, /"name" of required type/],
    ['a missing variable', create, {}, /\$input.*required/],
  ]
  for (const [name, query, variables, message] of wrong) {
    it(`is refused with status 400 for ${name}`, async () => {
      for (const accept of accepts) {
        const { status, data, errors } = await request(gateway.url, token, query, variables, { accept })
        expect({ accept, status, data }).toEqual({ accept, status: 400, data: undefined })
        expect(errors?.[0]?.message).toMatch(message)
        expect(errors?.[0]?.extensions?.code).toMatch(/BAD_USER_INPUT|GRAPHQL_(PARSE|VALIDATION)_FAILED/)
      }
    })
  }

  it('is answered with 200 where the client asks for application/json by name, whatever others were answered before', async () => {
    const legacy = { accept: 'application/json' }
    for (const headers of [legacy, { accept: '*/*' }, legacy]) {
      const { status, errors } = await request(
        gateway.url,
        token,
        '{ botAgents(first: 101) { totalCount } }',
        {},
        headers,
      )
      expect({ status, code: errors?.[0]?.extensions?.code }).toEqual({
        status: headers === legacy ? 200 : 400,
        code: 'BAD_USER_INPUT',
      })
    }
  })

  it('is answered with 401 where no token holds, also where the client asks for application/json by name', async () => {
    for (const accept of ['application/json', '*/*']) {
      const { status } = await request(gateway.url, 'x', '{ viewer { clientId } }', {}, { accept })
      expect([accept, status]).toEqual([accept, 401])
    }
  })

  it('is refused with status 413 above 1 MiB, whether it says its length or not', async () => {
    const body = JSON.stringify({ query: '{ __typename }', variables: { filler: 'x'.repeat(1024 * 1024) } })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(body))
        controller.close()
      },
    })
    for (const sent of [body, chunked]) {
      const response = await fetch(gateway.url, { method: 'POST', headers, body: sent, duplex: 'half' } as RequestInit)
      expect(response.status).toBe(413)
    }
  })

  it('is refused with status 400 for JSON that is none', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query": ',
    })
    expect(response.status).toBe(400)
  })
})

describe('a caller who can not be told', () => {
  const told = async (authorization: string | undefined) => {
    const { status, errors, headers } = await request(gateway.url, undefined, '{ viewer { clientId } }', undefined, {
      ...(authorization && { authorization }),
    })
    return { status, ...errors?.[0], challenge: headers.get('www-authenticate') }
  }
  const tampered = (jwt: string) =>
    jwt.replace(/\.[^.]+\./, `.${Buffer.from('{"license_id":1}').toString('base64url')}.`)

  const cases: [name: string, authorization: () => Promise<string | undefined>, message: string][] = [
    ['no token', async () => undefined, 'An access token is needed: send it as `Authorization: Bearer <token>`.'],
    ['another scheme', async () => 'Basic dXNlcjpwYXNz', 'The authorization is not of the form `Bearer <token>`.'],
    ['no JWT', async () => 'Bearer x', 'The access token is malformed: it is not a signed JWT.'],
    [
      'a token that has ended',
      async () => `Bearer ${await gateway.token({ expiresIn: -1 })}`,
      'The access token has expired.',
    ],
    [
      'a token with other claims than were signed',
      async () => `Bearer ${tampered(await gateway.token())}`,
      'The access token was not signed by an issuer that this gateway trusts.',
    ],
  ]
  for (const [name, authorization, message] of cases) {
    it(`is told so for ${name}`, async () => {
      expect(await told(await authorization())).toMatchObject({
        status: 401,
        message,
        challenge: 'Bearer',
        extensions: { code: 'UNAUTHENTICATED' },
      })
    })
  }
})

describe('an operation that asks for too much', () => {
  const message = async (query: string, variables?: object) => {
    const { status, errors } = await request(gateway.url, token, query, variables)
    expect(status).toBe(400)
    return errors?.[0]?.message
  }

  it('is refused for more than 4,000 tokens', async () => {
    expect(await message(`{ viewer { ${'clientId '.repeat(4_000)} } }`)).toMatch(/more than? 4000 tokens|4000 tokens/)
  })

  it('is refused for more than 30 aliases', async () => {
    const aliases = Array.from({ length: 31 }, (_, index) => `a${index}: viewer { clientId }`)
    expect(await message(`{ ${aliases.join(' ')} }`)).toBe(
      'The operation has more aliases than the 30 that one may: ask for less, or in several operations.',
    )
  })

  it('is refused for more than 500 fields, however fragments hide them', async () => {
    const fragment = (name: string, of: string) => `fragment ${name} on Viewer { ${of} }`
    const fields = Array.from({ length: 25 }, (_, index) => `a${index}: clientId`).join(' ')
    const document = `query { viewer { ${'...B '.repeat(5)} } } ${fragment('A', fields)} ${fragment('B', '...A '.repeat(5))}`
    expect(await message(document)).toMatch(/selects 6\d\d fields, more than the 500/)
  })

  it('is refused when its lists may answer too many values, counted with the variables', async () => {
    const inner =
      'groups { id priority } webhooks { actions { name filters { chatProperties { name namespace values } } } }'
    const query = `query ($first: Int) { a: botAgents(first: $first) { nodes { ${inner} } } b: botAgents(first: $first) { nodes { ${inner} } } c: botAgents(first: $first) { nodes { ${inner} } } }`
    expect(await message(query, { first: 100 })).toMatch(/may answer \d+ values, more than the/)
    const { errors } = await request(gateway.url, token, query, { first: 1 })
    expect(errors).toBeUndefined()
  })

  it('is refused as well where its variables do not fit', async () => {
    const query =
      'query ($s: BotAgentStatus = OFFLINE, $first: Int) { botAgents(statuses: [$s], first: $first) { totalCount } }'
    expect(await message(query, { s: null })).toMatch(/invalid value/)
  })
})

describe('a client that goes away', () => {
  it('in the middle of an upgrade costs nobody else anything', async () => {
    const { hostname, port } = new URL(gateway.url)
    for (const path of ['/elsewhere', '/graphql']) {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      const upgrade = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
      socket.write(`${upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`)
      await once(socket, 'data')
      socket.resetAndDestroy()
    }
    expect((await request(gateway.url, token, '{ viewer { clientId } }')).status).toBe(200)
  })
})

describe('health', () => {
  const at = (path: string) => fetch(new URL(path, gateway.url))

  it('tells that the process is alive, and whether it can serve', async () => {
    expect(await (await at('/health')).json()).toEqual({ status: 'alive' })
    expect(await (await at('/ready')).json()).toEqual({ status: 'ready' })
    expect((await at('/elsewhere')).status).toBe(404)
  })

  it('says what keeps it from serving, while its database is away', async () => {
    const lost = await startGateway()
    onTestFinished(() => lost.stop())
    const { pathname } = new URL(lost.databaseUrl)
    const server = inject('postgresUrl')
    await sql(server, `alter database ${pathname.slice(1)} with allow_connections false`)
    await sql(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${pathname.slice(1)}'`)
    const response = await fetch(new URL('/ready', lost.url))
    expect({ status: response.status, ...((await response.json()) as object) }).toEqual({
      status: 'not ready',
      troubles: ['The database does not answer.'],
    })
    expect(response.status).toBe(503)
    await sql(server, `alter database ${pathname.slice(1)} with allow_connections true`)
  })
})

describe('an internal failure', () => {
  it('is masked on every transport, and its id leads to the whole in the log, with the id of the request', async () => {
    const broken = await startGateway()
    onTestFinished(() => broken.stop())
    const asking = await broken.token()
    await sql(broken.databaseUrl, 'alter table bot_agent rename column name to alias')
    const query = '{ botAgents { nodes { id } } }'
    const overHttp = await request(broken.url, asking, query)
    const client = webSocketClient(broken.url, asking)
    onTestFinished(() => client.dispose())
    const { value: overWebSocket } = await client.iterate({ query }).next()

    for (const { errors } of [overHttp, overWebSocket as Result]) {
      const { id, code } = errors?.[0]?.extensions ?? {}
      expect(code).toBe('INTERNAL_SERVER_ERROR')
      expect(JSON.stringify(errors)).not.toMatch(/bot_agent|alias|prisma|src\//i)
      const line = broken.logged.find((logged) => logged.id === id)
      expect(JSON.stringify(line)).toMatch(/column .*name/)
      expect(line?.requestId).toEqual(expect.any(String))
    }
    const { id } = overHttp.errors?.[0]?.extensions ?? {}
    expect(overHttp.status).toBe(500)
    expect(broken.logged.find((logged) => logged.id === id)?.requestId).toBe(overHttp.headers.get('x-request-id'))
  })
})
