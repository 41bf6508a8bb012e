import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { subscribe } from './support/subscription.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token()
})
afterAll(() => gateway.stop())

const create =
  'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } userErrors { field } } }'

/** The errors of a request that is refused with 400 and no data, whichever JSON type the client accepts. */
async function refusal(query: string, variables?: object) {
  const answers = []
  for (const accept of ['*/*', 'application/graphql-response+json']) {
    const { status, data, errors } = await request(gateway.url, token, query, variables, { accept })
    expect({ accept, status, data }).toEqual({ accept, status: 400, data: undefined })
    answers.push(errors)
  }
  expect(answers[0]).toEqual(answers[1])
  return answers[0]
}

describe('a request that the gateway cannot process is refused', () => {
  it('for a document that does not parse', async () => {
    expect(await refusal('{ viewer {')).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "GRAPHQL_PARSE_FAILED",
          },
          "locations": [
            {
              "column": 11,
              "line": 1,
            },
          ],
          "message": "Syntax Error: Expected Name, found <EOF>.",
        },
      ]
    `)
  })

  it('for an unknown field', async () => {
    expect(await refusal('{ viewer { shoeSize } }')).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "GRAPHQL_VALIDATION_FAILED",
          },
          "locations": [
            {
              "column": 12,
              "line": 1,
            },
          ],
          "message": "Cannot query field "shoeSize" on type "Viewer".",
        },
      ]
    `)
  })

  it('for an unknown enum value in the document', async () => {
    const query = 'mutation { createBotAgent(input: {name: "x", status: ASLEEP}) { botAgent { id } } }'
    expect(await refusal(query)).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "GRAPHQL_VALIDATION_FAILED",
          },
          "locations": [
            {
              "column": 54,
              "line": 1,
            },
          ],
          "message": "Value "ASLEEP" does not exist in "BotAgentStatus" enum.",
        },
      ]
    `)
  })

  it('for an unknown enum value in a variable', async () => {
    expect(await refusal(create, { input: { name: 'x', status: 'ASLEEP' } })).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "Variable "$input" got invalid value "ASLEEP" at "input.status"; Value "ASLEEP" does not exist in "BotAgentStatus" enum.",
        },
      ]
    `)
  })

  it('for a wrong type in a variable', async () => {
    expect(await refusal(create, { input: { name: 1, status: 'OFFLINE' } })).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "Variable "$input" got invalid value 1 at "input.name"; String cannot represent a non string value: 1",
        },
      ]
    `)
  })

  it('for a missing field in a variable', async () => {
    expect(await refusal(create, { input: { status: 'OFFLINE' } })).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "Variable "$input" got an invalid value; Field "name" of required type "String!" was not provided.",
        },
      ]
    `)
  })

  it('for a missing variable', async () => {
    expect(await refusal(create, {})).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "Variable "$input" of required type "CreateBotAgentInput!" was not provided.",
        },
      ]
    `)
  })
})

describe('a request that is refused', () => {
  it('has status 200 if the client accepts application/json by name, whatever other clients received before', async () => {
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

  it('has status 401 if the token is not valid, even if the client accepts application/json by name', async () => {
    for (const accept of ['application/json', '*/*']) {
      const { status } = await request(gateway.url, 'x', '{ viewer { clientId } }', {}, { accept })
      expect([accept, status]).toEqual([accept, 401])
    }
  })

  it('has status 413 if it is larger than 1 MiB, with or without a content length', async () => {
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

  it('has status 400 if its body is not JSON', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query": ',
    })
    expect(response.status).toBe(400)
  })
})

describe('a caller is refused as unauthenticated', () => {
  const refused = async (authorization: string | undefined) => {
    const { status, errors, headers } = await request(gateway.url, undefined, '{ viewer { clientId } }', undefined, {
      ...(authorization && { authorization }),
    })
    expect(errors).toHaveLength(1)
    return {
      status,
      message: errors?.[0]?.message,
      ...errors?.[0]?.extensions,
      challenge: headers.get('www-authenticate'),
    }
  }

  it('if it sends no token', async () => {
    expect(await refused(undefined)).toMatchInlineSnapshot(`
      {
        "challenge": "Bearer",
        "code": "UNAUTHENTICATED",
        "message": "An access token is required: send it as \`Authorization: Bearer <token>\`.",
        "status": 401,
      }
    `)
  })

  it('if it uses another scheme', async () => {
    expect(await refused('Basic dXNlcjpwYXNz')).toMatchInlineSnapshot(`
      {
        "challenge": "Bearer",
        "code": "UNAUTHENTICATED",
        "message": "The authorization does not have the form \`Bearer <token>\`.",
        "status": 401,
      }
    `)
  })

  it('if its token is not a JWT', async () => {
    expect(await refused('Bearer x')).toMatchInlineSnapshot(`
      {
        "challenge": "Bearer",
        "code": "UNAUTHENTICATED",
        "message": "The access token is malformed: it is not a signed JWT.",
        "status": 401,
      }
    `)
  })

  it('if its token has expired', async () => {
    expect(await refused(`Bearer ${await gateway.token({ expiresIn: -1 })}`)).toMatchInlineSnapshot(`
      {
        "challenge": "Bearer",
        "code": "UNAUTHENTICATED",
        "message": "The access token has expired.",
        "status": 401,
      }
    `)
  })

  it('if the claims of its token were changed after it was signed', async () => {
    const claims = Buffer.from('{"license_id":1}').toString('base64url')
    const tampered = (await gateway.token()).replace(/\.[^.]+\./, `.${claims}.`)
    expect(await refused(`Bearer ${tampered}`)).toMatchInlineSnapshot(`
      {
        "challenge": "Bearer",
        "code": "UNAUTHENTICATED",
        "message": "The access token was not signed by an issuer that this gateway trusts.",
        "status": 401,
      }
    `)
  })
})

describe('an operation that requests too much is refused', () => {
  it('for more than 4,000 tokens', async () => {
    expect(await refusal(`{ viewer { ${'clientId '.repeat(4_000)} } }`)).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "GRAPHQL_PARSE_FAILED",
          },
          "locations": [
            {
              "column": 35985,
              "line": 1,
            },
          ],
          "message": "Syntax Error: Document contains more that 4000 tokens. Parsing aborted.",
        },
      ]
    `)
  })

  it('for more than 30 aliases', async () => {
    const aliases = Array.from({ length: 31 }, (_, index) => `a${index}: viewer { clientId }`)
    expect(await refusal(`{ ${aliases.join(' ')} }`)).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "The operation has more than 30 aliases. Ask for less, or split it into several operations.",
        },
      ]
    `)
  })

  it('for more than 500 fields, even if they are in fragments', async () => {
    const fragment = (name: string, of: string) => `fragment ${name} on Viewer { ${of} }`
    const fields = Array.from({ length: 25 }, (_, index) => `a${index}: clientId`).join(' ')
    const document = `query { viewer { ${'...B '.repeat(5)} } } ${fragment('A', fields)} ${fragment('B', '...A '.repeat(5))}`
    expect(await refusal(document)).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "The operation selects 626 fields; the limit is 500. Ask for less, or split it into several operations.",
        },
      ]
    `)
  })

  it('for lists that may contain too many values, including those set by variables', async () => {
    const inner =
      'groups { id priority } webhooks { actions { name filters { chatProperties { name namespace values } } } }'
    const query = `query ($first: Int) { a: botAgents(first: $first) { nodes { ${inner} } } b: botAgents(first: $first) { nodes { ${inner} } } c: botAgents(first: $first) { nodes { ${inner} } } }`
    expect(await refusal(query, { first: 100 })).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "The operation may return 30903 values; the limit is 25000. Ask for less, such as a smaller \`first\` (without one a list counts as 50), or split it into several operations.",
        },
      ]
    `)
    const { errors } = await request(gateway.url, token, query, { first: 1 })
    expect(errors).toBeUndefined()
  })

  it('for variables that are not valid, before the cost is calculated', async () => {
    const query =
      'query ($s: BotAgentStatus = OFFLINE, $first: Int) { botAgents(statuses: [$s], first: $first) { totalCount } }'
    expect(await refusal(query, { s: null })).toMatchInlineSnapshot(`
      [
        {
          "extensions": {
            "code": "BAD_USER_INPUT",
          },
          "message": "Argument "statuses" has an invalid value.",
        },
      ]
    `)
  })
})

describe('a client that disconnects', () => {
  it('during an upgrade does not affect others', async () => {
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

describe('the health endpoints', () => {
  const at = (path: string) => fetch(new URL(path, gateway.url))

  it('say that the process is alive, and whether it is ready', async () => {
    expect(await (await at('/health')).json()).toEqual({ status: 'alive' })
    expect(await (await at('/ready')).json()).toEqual({ status: 'ready' })
    expect((await at('/elsewhere')).status).toBe(404)
  })

  it('say why the gateway is not ready while the database is down', async () => {
    const lost = await gatewayForTest()
    const { pathname } = new URL(lost.databaseUrl)
    const server = inject('postgresUrl')
    await sql(server, `alter database ${pathname.slice(1)} with allow_connections false`)
    await sql(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${pathname.slice(1)}'`)
    const response = await fetch(new URL('/ready', lost.url))
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchInlineSnapshot(`
      {
        "status": "not ready",
        "troubles": [
          "The database does not respond.",
        ],
      }
    `)
    await sql(server, `alter database ${pathname.slice(1)} with allow_connections true`)
  })
})

describe('an internal failure', () => {
  it('is masked on every transport, and logged in full with the ids of the error and of the request', async () => {
    const broken = await gatewayForTest()
    const asking = await broken.token()
    await sql(broken.databaseUrl, 'alter table bot_agent rename column name to alias')
    const query = '{ botAgents { nodes { id } } }'
    const overHttp = await request(broken.url, asking, query)
    const { results: overWebSocket, ended } = await subscribe(broken, asking, query)
    await ended

    expect(overWebSocket).toHaveLength(1)
    for (const { errors } of [overHttp, ...overWebSocket]) {
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
