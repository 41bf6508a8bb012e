import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type MethodName, methods } from '../src/methods/methods.ts'
import { rootField } from '../src/methods/openapi.ts'
import { buildSchema } from '../src/schema.ts'
import { example } from './specification/payloads.ts'
import { create } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { callMethod, type MethodAnswer } from './support/method.ts'
import { type Description, description } from './support/openapi.ts'

const schema = buildSchema()
let gateway: TestGateway
let token: string
let described: Description
beforeAll(async () => {
  gateway = await startGateway()
  token = await gateway.token({ clientId: 'asXdesldiAJSq9padj' })
  described = await description(gateway.url)
})
afterAll(() => gateway.stop())

const names = Object.keys(methods) as MethodName[]

/** Calls a method, and checks its response against the description. */
const call = async (name: string, body: unknown, as: string | undefined = token): Promise<MethodAnswer> => {
  const answer = await callMethod(gateway, as, name, body)
  expect(described.wrongAnswer(name, answer)).toBeUndefined()
  return answer
}

/** JSON with the fields of each object sorted by name. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )

describe('the examples of the specification, byte for byte except for the order of fields:', () => {
  const sampleId = '5c9871d5372c824cbf22d860a707a578'
  let john: string
  const about = async (name: string) => JSON.parse(sorted(await example(name)).replaceAll(sampleId, john))
  const answered = async (name: MethodName, body: object) => {
    const { status, body: answer } = await call(name, body)
    expect(status).toBe(200)
    return sorted(answer)
  }

  it('create_bot_agent', async () => {
    const answer = await answered('create_bot_agent', await example('create_bot_agent'))
    john = JSON.parse(answer).bot_agent_id
    expect(john).toMatch(/^[0-9a-f]{32}$/)
    expect(answer).toBe(sorted(await about('create_bot_agent.answer')))
  })

  it('update_bot_agent', async () => {
    const update = await about('update_bot_agent')
    expect(await answered('update_bot_agent', update)).toBe(sorted(await example('update_bot_agent.answer')))
    const { bot_agent: details } = JSON.parse(await answered('get_bot_agent_details', { bot_agent_id: john }))
    expect(details).toMatchObject(update)
    expect(sorted(details.webhooks)).toBe(sorted(update.webhooks))
  })

  it('get_bot_agents', async () => {
    const list = await answered('get_bot_agents', await example('get_bot_agents'))
    expect(list).toBe(sorted(await about('get_bot_agents.answer')))
  })

  it('get_bot_agent_details', async () => {
    const shown = await about('get_bot_agent_details.answer')
    await answered('update_bot_agent', { id: john, webhooks: shown.bot_agent.webhooks })
    const details = await answered('get_bot_agent_details', await about('get_bot_agent_details'))
    expect(details).toBe(sorted(shown))
  })

  it('remove_bot_agent', async () => {
    expect(await answered('remove_bot_agent', await about('remove_bot_agent'))).toBe('{}')
    expect(await call('get_bot_agent_details', { bot_agent_id: john })).toMatchObject({ status: 404 })
  })

  it('an error', async () => {
    const { status, body } = await call('update_bot_agent', {})
    expect({ status, text: JSON.stringify(body) }).toMatchInlineSnapshot(`
      {
        "status": 400,
        "text": "{"error":{"type":"validation","message":"\`id\` is required"}}",
      }
    `)
  })
})

describe('the details of a bot agent', () => {
  const detailsOf = async (input: object) => {
    const id = await create(gateway, token, input)
    const { body } = await call('get_bot_agent_details', { bot_agent_id: id })
    expect(body).toMatchObject({ bot_agent: { id } })
    return JSON.parse(JSON.stringify(body).replace(id, 'ID'))
  }

  it('omit the fields that it does not have', async () => {
    expect(await detailsOf({})).toMatchInlineSnapshot(`
      {
        "bot_agent": {
          "application": {
            "client_id": "asXdesldiAJSq9padj",
          },
          "groups": [],
          "id": "ID",
          "max_chats_count": 6,
          "name": "x",
          "status": "offline",
        },
      }
    `)
  })

  it('name the default priority if it is not normal', async () => {
    expect(await detailsOf({ defaultGroupPriority: 'SUPERVISOR' })).toMatchInlineSnapshot(`
      {
        "bot_agent": {
          "application": {
            "client_id": "asXdesldiAJSq9padj",
          },
          "default_group_priority": "supervisor",
          "groups": [],
          "id": "ID",
          "max_chats_count": 6,
          "name": "x",
          "status": "offline",
        },
      }
    `)
  })

  it('contain every filter as a method accepts it, and not the state of the webhooks', async () => {
    const webhooks = {
      url: 'http://myservice.com',
      secret_key: 's',
      actions: [
        {
          name: 'incoming_event',
          filters: {
            chat_properties: {
              source: { type: { values: ['facebook', 1, true] }, id: { exists: true } },
              'a.b': { c: { exclude_values: ['x'] } },
            },
            chat_member_ids: { agents_any: ['a', 'b'] },
            author_type: 'customer',
            only_my_chats: false,
          },
          additional_data: ['chat_properties', 'access'],
        },
        { name: 'chat_user_added', filters: { chat_member_ids: { agents_exclude: ['a'] } } },
      ],
    }
    const { body } = await call('create_bot_agent', { name: 'x', status: 'not accepting chats', webhooks })
    const { body: details } = await call('get_bot_agent_details', body)
    expect(details).toHaveProperty('bot_agent.webhooks', webhooks)
  })
})

describe('the list of bot agents', () => {
  it('contains all bot agents in the order of their creation, however many there are', async () => {
    const [mine, theirs] = await Promise.all(
      ['my-bots', 'others'].map((clientId) => gateway.token({ clientId, licenseId: 7 })),
    )
    const ids: string[] = []
    for (let index = 0; index < 205; index += 5) {
      const created = Array.from({ length: 5 }, () => call('create_bot_agent', { name: 'x', status: 'offline' }, mine))
      ids.push(...(await Promise.all(created)).map(({ body }) => String(body.bot_agent_id)))
    }
    const other = await call('create_bot_agent', { name: 'y', status: 'offline' }, theirs)
    const listed = async (body: object) => {
      const answer = (await call('get_bot_agents', body, mine)).body as { bot_agents: { id: string }[] }
      return answer.bot_agents.map(({ id }) => id)
    }
    const inOrder = await sql<{ id: string }>(
      gateway.databaseUrl,
      'select id from bot_agent where license_id = 7 and client_id = $1 order by created_at, id',
      ['my-bots'],
    )
    expect(await listed({})).toEqual(inOrder.map(({ id }) => id))
    expect([...(await listed({ all: false }))].sort()).toEqual(ids.sort())
    expect(await listed({ all: true })).toEqual([...inOrder.map(({ id }) => id), other.body.bot_agent_id])
  })
})

describe('a method', () => {
  it('ignores unknown fields at every level', async () => {
    const shoes = { shoe_size: 42, id2: null }
    const action = { name: 'incoming_event', filters: { only_my_chats: true, ...shoes }, ...shoes }
    const webhooks = { url: 'http://myservice.com', secret_key: 's', actions: [action], ...shoes }
    const groups = [{ id: 1, priority: 'last', ...shoes }]
    const created = await call('create_bot_agent', { name: 'x', status: 'offline', groups, webhooks, ...shoes })
    expect(created.status).toBe(200)
    const { body } = await call('get_bot_agent_details', { ...created.body, ...shoes })
    expect(body.bot_agent).toMatchObject({ groups: [{ id: 1, priority: 'last' }] })
    expect(JSON.stringify(body)).not.toContain('shoe')
    expect(await call('remove_bot_agent', { ...created.body, ...shoes })).toMatchObject({ status: 200 })
    expect(await call('get_bot_agents', shoes)).toMatchObject({ status: 200 })
  })

  it('accepts only the names of the wire, not those of the schema', async () => {
    const { status, body } = await call('create_bot_agent', { name: 'x', status: 'ACCEPTING_CHATS' })
    expect({ status, body }).toMatchInlineSnapshot(`
      {
        "body": {
          "error": {
            "message": "\`status\` must be one of accepting chats, not accepting chats, offline; it is "ACCEPTING_CHATS"",
            "type": "validation",
          },
        },
        "status": 400,
      }
    `)
    expect((await call('create_bot_agent', { name: 'x', status: 'offline', maxChatsCount: 'x' })).status).toBe(200)
  })

  it('does not accept a number as an id, although GraphQL does', async () => {
    const { status, body } = await call('remove_bot_agent', { bot_agent_id: 5 })
    expect({ status, body }).toMatchInlineSnapshot(`
      {
        "body": {
          "error": {
            "message": "\`bot_agent_id\` must be a string",
            "type": "validation",
          },
        },
        "status": 400,
      }
    `)
  })

  it('lists all errors if there are several', async () => {
    const groups = [{ id: 1, priority: 'supervisor' }, 5]
    const { status, body } = await call('create_bot_agent', { name: 7, groups })
    expect({ status, body }).toMatchInlineSnapshot(`
      {
        "body": {
          "error": {
            "data": [
              {
                "field": "name",
                "message": "\`name\` must be a string",
              },
              {
                "field": "status",
                "message": "\`status\` is required",
              },
              {
                "field": "groups[0].priority",
                "message": "\`groups[0].priority\` must be one of first, normal, last; it is "supervisor"",
              },
              {
                "field": "groups[1]",
                "message": "\`groups[1]\` must be an object",
              },
            ],
            "message": "\`name\` must be a string",
            "type": "validation",
          },
        },
        "status": 400,
      }
    `)
  })

  it('that exceeds the limit of an application is refused with status 422', async () => {
    const small = await gatewayForTest({ env: { BOT_AGENTS_PER_APPLICATION: '1' } })
    const caller = await small.token()
    await create(small, caller)
    const answer = await callMethod(small, caller, 'create_bot_agent', { name: 'x', status: 'offline' })
    expect({ status: answer.status, body: answer.body }).toMatchInlineSnapshot(`
      {
        "body": {
          "error": {
            "message": "An application may own at most 1 bot agents in a license. Remove one first.",
            "type": "limit_reached",
          },
        },
        "status": 422,
      }
    `)
    expect(described.wrongAnswer('create_bot_agent', answer)).toBeUndefined()
  })

  it('has the same rate limits as GraphQL, and says with status 429 when to try again', async () => {
    const slow = await gatewayForTest({ env: { RATE_LIMIT_MUTATIONS: '1', RATE_LIMIT_LOGIN_FAILURES: '1' } })
    const caller = await slow.token()
    await create(slow, caller)
    const wrongToken = () => callMethod(slow, 'x', 'get_bot_agents', {})
    expect((await wrongToken()).status).toBe(401)
    for (const answer of [
      await callMethod(slow, caller, 'create_bot_agent', { name: 'x', status: 'offline' }),
      await wrongToken(),
    ]) {
      expect(answer).toMatchObject({ status: 429, body: { error: { type: 'too_many_requests' } } })
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(described.wrongAnswer('create_bot_agent', answer)).toBeUndefined()
    }
  })

  it('that fails is masked, and logged in full with the ids of the error and of the request', async () => {
    const broken = await gatewayForTest()
    await sql(broken.databaseUrl, 'alter table bot_agent rename column name to alias')
    const answer = await callMethod(broken, await broken.token(), 'get_bot_agents', {})
    expect(answer).toMatchObject({ status: 500, body: { error: { type: 'internal' } } })
    expect(JSON.stringify(answer.body)).not.toMatch(/bot_agent|alias|prisma|src\//i)
    expect(described.wrongAnswer('get_bot_agents', answer)).toBeUndefined()
    const line = broken.logged.find(({ id }) => id && answer.body.error?.message.includes(String(id)))
    expect(JSON.stringify(line)).toMatch(/column .*name/)
    expect(line?.requestId).toBe(answer.headers.get('x-request-id'))
  })
})

describe('a method over HTTP', () => {
  const send = async (path: string, init: RequestInit & { as?: string | null } = {}) => {
    const { as = token, ...rest } = init
    const headers = { ...(as && { authorization: `Bearer ${as}` }), ...(init.headers as object) }
    const response = await fetch(new URL(`/agents/${path}`, gateway.url), { method: 'POST', ...rest, headers })
    const text = await response.text()
    const { error } = (text ? JSON.parse(text) : {}) as MethodAnswer['body']
    return { status: response.status, headers: response.headers, error, text }
  }
  const [noLargerThan, filler] = [1024 * 1024, (size: number) => `{"x":"${'x'.repeat(size - 8)}"}`]

  it('returns JSON that must not be cached, with a request id', async () => {
    for (const { headers } of [
      await send('get_bot_agents', { body: '{}' }),
      await send('get_bot_agents', { body: '[]' }),
      await send('get_shoes'),
    ]) {
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
    }
  })

  it('that does not exist is not found, whatever the verb and the caller', async () => {
    for (const path of ['get_shoes', '', 'toString', '__proto__', 'get_bot_agents/', 'Get_bot_agents']) {
      for (const init of [{}, { as: null }, { method: 'GET' }]) {
        expect([path, await send(path, init)]).toMatchObject([path, { status: 404, error: { type: 'not_found' } }])
      }
    }
  })

  it('accepts only POST', async () => {
    for (const name of names) {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
        const { status, headers, error } = await send(name, { method })
        expect([name, method, status, headers.get('allow')]).toEqual([name, method, 405, 'POST'])
        if (method !== 'HEAD') expect(error).toEqual({ type: 'validation', message: `Use POST here, not ${method}.` })
      }
    }
  })

  it('treats an empty body as an empty object, and accepts JSON with any content type', async () => {
    for (const init of [{}, { body: '' }, { body: ' \n' }, { body: '\ufeff{}' }]) {
      expect(await send('get_bot_agents', init)).toMatchObject({ status: 200 })
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8']) {
      const init = { body: '{"all":false}', headers: { 'content-type': type } }
      expect(await send('get_bot_agents', init)).toMatchObject({ status: 200 })
    }
  })

  it('refuses a body that is not a JSON object', async () => {
    const bodies: Record<string, BodyInit> = {
      'an unfinished object': '{"all": ',
      'a form': 'all=true',
      'bytes that are not UTF-8': Uint8Array.of(0x22, 0xff, 0x22),
      '201 levels': '['.repeat(201),
      'a list': '[]',
      'a string': '"x"',
      'a number': '5',
      null: 'null',
      'the name `__proto__`': '{"all":true,"x":{"__proto__":{}}}',
    }
    const answers: Record<string, string> = {}
    for (const [name, body] of Object.entries(bodies)) {
      const { status, error } = await send('get_bot_agents', { body })
      answers[name] = `${status} ${error?.type}: ${error?.message}`
    }
    expect(answers).toMatchInlineSnapshot(`
      {
        "201 levels": "400 validation: The body is nested more than 200 levels deep.",
        "a form": "400 validation: The body is not JSON in UTF-8.",
        "a list": "400 validation: The body must be a JSON object.",
        "a number": "400 validation: The body must be a JSON object.",
        "a string": "400 validation: The body must be a JSON object.",
        "an unfinished object": "400 validation: The body is not JSON in UTF-8.",
        "bytes that are not UTF-8": "400 validation: The body is not valid UTF-8.",
        "null": "400 validation: The body must be a JSON object.",
        "the name \`__proto__\`": "400 validation: The body must not contain the name \`__proto__\`.",
      }
    `)
  })

  it('accepts a body of up to 1 MiB, with or without a content length', async () => {
    expect((await send('get_bot_agents', { body: filler(noLargerThan) })).status).toBe(200)
    const large = filler(noLargerThan + 1)
    for (const body of [large, new Blob([large]).stream()]) {
      const { status, error } = await send('get_bot_agents', { body, duplex: 'half' } as RequestInit)
      expect({ status, error }).toMatchInlineSnapshot(`
        {
          "error": {
            "message": "The body is too large: the limit is 1048576 bytes.",
            "type": "entity_too_large",
          },
          "status": 413,
        }
      `)
    }
  })

  it('refuses pages from other origins, with an error in the format of the wire', async () => {
    const { status, error } = await send('get_bot_agents', { headers: { origin: 'https://elsewhere.example' } })
    expect({ status, type: error?.type }).toEqual({ status: 403, type: 'authorization' })
    expect(error?.message).toContain('https://elsewhere.example')
  })

  it('is counted under its own path; unknown paths have no series', async () => {
    await send('get_bot_agents')
    await send('get_shoes')
    const metrics = await (await fetch(new URL('/metrics', gateway.url))).text()
    expect(metrics).toMatch(/path="\/agents\/get_bot_agents"/)
    expect(metrics).not.toContain('get_shoes')
  })

  it('keeps the connection open after a body that was too large', async () => {
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    onTestFinished(() => {
      socket.destroy()
    })
    const post = (body: string) =>
      `POST /agents/get_bot_agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    socket.write(post(filler(8 * noLargerThan)))
    socket.write(post('{}'))
    const statuses: string[] = []
    for await (const chunk of socket) {
      statuses.push(...[...String(chunk).matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status = '']) => status))
      if (statuses.length === 2) break
    }
    expect(statuses).toEqual(['413', '200'])
  })

  it('refuses a caller that is not authenticated before it reads the body', async () => {
    const callers = { none: null, malformed: 'x', expired: await gateway.token({ expiresIn: -1 }) }
    for (const name of names) {
      const answers: Record<string, unknown> = {}
      for (const [which, as] of Object.entries(callers)) {
        const { status, headers, error } = await send(name, { as, body: 'no JSON' })
        expect(headers.get('www-authenticate')).toBe('Bearer')
        answers[which] = `${status} ${error?.type}: ${error?.message}`
      }
      expect(answers).toMatchInlineSnapshot(`
        {
          "expired": "401 authentication: The access token has expired.",
          "malformed": "401 authentication: The access token is malformed: it is not a signed JWT.",
          "none": "401 authentication: An access token is required: send it as \`Authorization: Bearer <token>\`.",
        }
      `)
    }
  })

  it('does not log an error if the client disconnects in the middle of the body', async () => {
    const quiet = await gatewayForTest()
    const { hostname, port } = new URL(quiet.url)
    const socket = connect(Number(port), hostname)
    const head = `POST /agents/get_bot_agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await quiet.token()}\r\n`
    socket.write(`${head}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n`)
    await once(socket, 'data')
    socket.write('{')
    socket.resetAndDestroy()
    expect(await quiet.logs('request')).toMatchObject({ path: '/agents/get_bot_agents', whole: false })
    expect((await callMethod(quiet, await quiet.token(), 'get_bot_agents', {})).status).toBe(200)
    expect(quiet.logged.filter(({ level }) => Number(level) > 30)).toEqual([])
  })
})

describe('the OpenAPI description', () => {
  it('is valid, and available to all callers', async () => {
    expect(await described.errors()).toBeUndefined()
    const head = await fetch(new URL('/agents/openapi.json', gateway.url), { method: 'HEAD' })
    expect(head.status).toBe(200)
    const posted = await fetch(new URL('/agents/openapi.json', gateway.url), { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('describes every method, with the scope that the schema requires', () => {
    const scopes = Object.entries(described.paths).map(([path, { post }]) => [path, post.security[0]?.accessToken])
    expect(Object.fromEntries(scopes)).toEqual({
      '/agents/create_bot_agent': ['agents-bot--my:rw'],
      '/agents/remove_bot_agent': ['agents-bot--my:rw'],
      '/agents/update_bot_agent': ['agents-bot--my:rw'],
      '/agents/get_bot_agents': ['agents-bot--my:ro'],
      '/agents/get_bot_agent_details': ['agents-bot--my:ro'],
    })
    expect(described.paths['/agents/list_webhook_names']?.post.security).toEqual([])
  })
})

describe('the page docs/methods.md', () => {
  it('lists each method with its operation and its permission', async () => {
    const page = await readFile(new URL('../docs/methods.md', import.meta.url), 'utf8')
    const rows = page.split('\n').filter((line) => /^\| `\w+_bot_agents?(_details)?` \|/.test(line))
    const cell = (text?: string) => (text ? `\`${text}\`` : '')
    const expected = names.map((name) => {
      const { name: field, permission } = rootField(methods[name].document, schema)
      return `| ${[name, field, permission.scope, permission.others].map(cell).join(' | ')} |`.replace('|  |', '| |')
    })
    expect(rows).toEqual(expected)
  })
})

describe('changes made by GraphQL and by methods', () => {
  it('are visible to each other', async () => {
    const { body } = await call('create_bot_agent', await example('create_bot_agent'))
    const { data } = await request(gateway.url, token, 'query ($id: ID!) { botAgent(id: $id) { name status } }', {
      id: body.bot_agent_id,
    })
    expect(data).toEqual({ botAgent: { name: 'John Doe', status: 'ACCEPTING_CHATS' } })
  })
})
