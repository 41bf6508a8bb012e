import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, createBotAgent, updateBotAgent } from '../../test/support/bot-agents.ts'
import { request, run as runAt } from '../../test/support/client.ts'
import { sql } from '../../test/support/database.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from '../../test/support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { BOT_AGENTS_PER_APPLICATION: '150' } })
})
afterAll(() => gateway.stop())

const tokenOfNewLicense = () => gateway.token({ licenseId: newLicense() })

const run = (token: string, document: string, variables?: object) =>
  runAt<Record<string, Record<string, unknown>>>(gateway, token, document, variables)

describe('an update', () => {
  const read =
    'query ($id: ID!) { botAgent(id: $id) { name avatar groups { id priority } webhooks { url secretKey } updatedAt } }'
  const webhooks = { url: 'http://myservice.com', secretKey: 'first', actions: [{ name: 'INCOMING_EVENT' }] }

  it('replaces the whole list of groups and the webhooks, and keeps the fields it omits', async () => {
    const token = await tokenOfNewLicense()
    const id = await create(gateway, token, { avatar: 'a.jpg', groups: [{ id: 1, priority: 'LAST' }], webhooks })
    const { botAgent: before } = await run(token, read, { id })

    await run(token, updateBotAgent, {
      input: {
        id,
        groups: [
          { id: 3, priority: 'FIRST' },
          { id: 2, priority: 'NORMAL' },
        ],
      },
    })
    const { botAgent: after } = await run(token, read, { id })
    expect(after).toEqual({
      ...before,
      groups: [
        { id: 3, priority: 'FIRST' },
        { id: 2, priority: 'NORMAL' },
      ],
      updatedAt: expect.any(String),
    })
    expect(Date.parse(String(after?.updatedAt))).toBeGreaterThan(Date.parse(String(before?.updatedAt)))

    await run(token, updateBotAgent, { input: { id, webhooks: null, avatar: null } })
    expect(await run(token, read, { id })).toMatchObject({ botAgent: { webhooks: null, avatar: null } })
  })

  it('changes nothing if it breaks a rule', async () => {
    const token = await tokenOfNewLicense()
    const id = await create(gateway, token, { name: 'before' })
    const { updateBotAgent: payload } = await run(token, updateBotAgent, {
      input: { id, name: 'after', maxChatsCount: 0 },
    })
    expect(payload).toEqual({ botAgent: null, userErrors: [expect.objectContaining({ field: ['maxChatsCount'] })] })
    expect(await run(token, read, { id })).toMatchObject({ botAgent: { name: 'before' } })
  })

  it('is refused with NOT_FOUND if the bot agent does not exist, whatever its id looks like', async () => {
    const token = await tokenOfNewLicense()
    for (const id of ['00000000000000000000000000000000', 'x', '\0', '%', '5c9871d5372c824cbf22d860a707a578 or 1=1']) {
      const { updateBotAgent: payload } = await run(token, updateBotAgent, { input: { id } })
      expect(payload).toMatchObject({ userErrors: [{ code: 'NOT_FOUND', field: ['id'] }] })
      expect(await run(token, 'query ($id: ID!) { botAgent(id: $id) { id } node(id: $id) { id } }', { id })).toEqual({
        botAgent: null,
        node: null,
      })
    }
  })
})

describe('the number of bot agents of an application in a license', () => {
  it('is limited, even if many are created at the same time', async () => {
    const small = await gatewayForTest({ env: { BOT_AGENTS_PER_APPLICATION: '5' } })
    const token = await small.token()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        runAt<{ createBotAgent: { userErrors: object[] } }>(small, token, createBotAgent, {
          input: { name: 'x', status: 'OFFLINE' },
        }),
      ),
    )
    const payloads = answers.map(({ createBotAgent: payload }) => payload)
    expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(5)
    expect(payloads.find(({ userErrors }) => userErrors.length)?.userErrors).toEqual([
      {
        code: 'LIMIT_REACHED',
        field: null,
        message: 'An application may own at most 5 bot agents in a license. Remove one first.',
      },
    ])
    const others = await small.token({ clientId: 'another' })
    expect(await create(small, others)).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('the list of bot agents', () => {
  const list = `query ($first: Int, $after: String, $statuses: [BotAgentStatus!]) {
    botAgents(first: $first, after: $after, statuses: $statuses) {
      edges { cursor node { id } } nodes { name } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`
  interface Listed {
    edges: { cursor: string; node: { id: string } }[]
    nodes: { name: string }[]
    totalCount: number
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  }
  const page = async (token: string, variables: object) =>
    (await runAt<{ botAgents: Listed }>(gateway, token, list, variables)).botAgents

  it('pages through all bot agents in the order of their creation, even if the one at a cursor was removed', async () => {
    const token = await tokenOfNewLicense()
    const ids: string[] = []
    for (let index = 0; index < 7; index++) ids.push(await create(gateway, token, { name: `${index}` }))
    const first = await page(token, { first: 3 })
    expect(first).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true, hasPreviousPage: false } })
    expect(first.edges.map(({ node }) => node.id)).toEqual(ids.slice(0, 3))
    expect(first.pageInfo.endCursor).toBe(first.edges[2]?.cursor)

    await run(token, 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }', {
      id: ids[2],
    })
    const second = await page(token, { first: 3, after: first.pageInfo.endCursor })
    expect(second.nodes.map(({ name }) => name)).toEqual(['3', '4', '5'])
    const third = await page(token, { first: 3, after: second.pageInfo.endCursor })
    expect(third).toMatchObject({ nodes: [{ name: '6' }], pageInfo: { hasNextPage: false, hasPreviousPage: true } })
  })

  it('contains only bot agents with the given statuses', async () => {
    const token = await tokenOfNewLicense()
    await create(gateway, token, { name: 'off' })
    await create(gateway, token, { name: 'on', status: 'ACCEPTING_CHATS' })
    expect(await page(token, { statuses: ['ACCEPTING_CHATS'] })).toMatchObject({
      totalCount: 1,
      nodes: [{ name: 'on' }],
    })
    expect(await page(token, { statuses: [] })).toMatchObject({ totalCount: 0, nodes: [] })
  })

  it('has 50 bot agents on a page by default, and at most 100', async () => {
    const token = await tokenOfNewLicense()
    for (let index = 0; index < 120; index += 20) {
      await Promise.all(Array.from({ length: 20 }, () => create(gateway, token)))
    }
    expect((await page(token, {})).edges).toHaveLength(50)
    expect((await page(token, { first: 100 })).edges).toHaveLength(100)
    expect(await page(token, { first: 0 })).toMatchObject({ edges: [], totalCount: 120, pageInfo: { endCursor: null } })
    for (const [variables, message] of [
      [{ first: 101 }, '`first` must be from 0 to 100; it is 101.'],
      [{ first: -1 }, '`first` must be from 0 to 100; it is -1.'],
    ] as const) {
      const { errors, status } = await request(gateway.url, token, list, variables)
      expect({ status, message: errors?.[0]?.message }).toEqual({ status: 400, message })
    }
  })

  it('accepts only its own cursors', async () => {
    const token = await tokenOfNewLicense()
    const forged = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')
    const cursors = [
      '',
      'x',
      forged(null),
      forged(['2026-01-01T00:00:00.000Z']),
      forged(['-271821-04-20T00:00:00.000Z', '0'.repeat(32)]),
      forged(['0000-01-01T00:00:00.000Z', '0'.repeat(32)]),
      forged(['2026-01-01T00:00:00.000Z', '\0']),
    ]
    for (const after of cursors) {
      const { errors, status } = await request(gateway.url, token, list, { after })
      expect({ after, status, code: errors?.[0]?.extensions?.code }).toEqual({
        after,
        status: 400,
        code: 'BAD_USER_INPUT',
      })
    }
  })
})

describe('loading by id', () => {
  it('takes one query for all bot agents that an operation needs', async () => {
    const loud = await gatewayForTest({ beside: gateway, env: { LOG_LEVEL: 'trace' } })
    const token = await tokenOfNewLicense()
    const ids = await Promise.all(Array.from({ length: 10 }, () => create(gateway, token)))
    const fields = ids.map((id, index) => `a${index}: ${index % 2 ? 'node' : 'botAgent'}(id: "${id}") { id }`)
    const { errors } = await request(loud.url, token, `{ ${fields.join(' ')} }`)
    expect(errors).toBeUndefined()
    const loads = loud.logged.map(({ query }) => String(query)).filter((query) => query.includes(' = wanted.'))
    expect(loads).toEqual([expect.stringContaining(' bot_agent.id = wanted.id ')])
  })
})

describe('a secret key', () => {
  it('is returned as it was given, and stored encrypted for its bot agent only', async () => {
    const token = await tokenOfNewLicense()
    const webhooks = { url: 'http://a.b', secretKey: 'JSauw0Aks8l-asAa', actions: [{ name: 'INCOMING_EVENT' }] }
    const [one, two] = [await create(gateway, token, { webhooks }), await create(gateway, token, { webhooks })]
    const [{ dump } = { dump: '' }] = await sql<{ dump: string }>(
      gateway.databaseUrl,
      `select string_agg(bot_agent::text || encode(webhooks_secret_key, 'escape'), '') as dump from bot_agent`,
    )
    expect(dump).not.toContain('JSauw0Aks8l-asAa')
    expect(JSON.stringify(gateway.logged)).not.toContain('JSauw0Aks8l-asAa')

    await sql(
      gateway.databaseUrl,
      'update bot_agent set webhooks_secret_key = (select webhooks_secret_key from bot_agent where id = $2) where id = $1',
      [one, two],
    )
    const { errors } = await request(gateway.url, token, `{ botAgent(id: "${one}") { webhooks { secretKey } } }`)
    expect(errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR')
  })
})
