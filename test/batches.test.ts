import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { create, watchStatus } from './support/bot-agents.ts'
import { request, run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
let second: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
  second = await startGateway({ beside: gateway })
})
afterAll(async () => {
  await second.stop()
  await gateway.stop()
})

const claims = () => ({ licenseId: newLicense(), clientId: 'my-bots' })

interface Result {
  botAgent?: { id: string; name: string; updatedAt: string } | null
  botAgentId?: string | null
  userErrors: { code: string; reason: string | null; field: string[] | null; message: string }[]
}

interface Payload {
  results: (Result | null)[]
  userErrors: object[]
  cursor: string | null
  query: { botAgents: { totalCount: number } }
}

const documentOf = (
  name: string,
  result: string,
) => `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) {
  payload: ${name}(input: $input) {
    results { ${result} userErrors { code reason field message } }
    userErrors { code reason field message max } cursor query { botAgents { totalCount } }
  }
}`
const documents = {
  create: documentOf('createBotAgents', 'botAgent { id name updatedAt }'),
  update: documentOf('updateBotAgents', 'botAgent { id name updatedAt }'),
  remove: documentOf('removeBotAgents', 'botAgentId'),
}

async function batch(
  kind: keyof typeof documents,
  token: string,
  items: readonly unknown[],
  { atomic, through = gateway }: { atomic?: boolean; through?: TestGateway } = {},
): Promise<Payload> {
  const input = { [kind === 'remove' ? 'botAgentIds' : 'botAgents']: items, ...(atomic !== undefined && { atomic }) }
  return (await run<{ payload: Payload }>(through, token, documents[kind], { input })).payload
}

const named = (...names: string[]) => names.map((name) => ({ name, status: 'OFFLINE' }))
const idsOf = ({ results }: Payload) => results.map((result) => result?.botAgent?.id ?? '')
const reasonsOf = ({ results }: Payload) => results.map((result) => result?.userErrors.map(({ reason }) => reason))

async function namesOf(token: string): Promise<string[]> {
  const { botAgents } = await run<{ botAgents: { nodes: { name: string }[] } }>(
    gateway,
    token,
    '{ botAgents(first: 100) { nodes { name } } }',
  )
  return botAgents.nodes.map(({ name }) => name).sort()
}

async function trail(token: string): Promise<string[]> {
  const { auditTrail } = await run<{ auditTrail: { nodes: { action: string; botAgentId: string }[] } }>(
    gateway,
    token,
    '{ auditTrail(first: 100) { nodes { action botAgentId } } }',
  )
  return auditTrail.nodes.map(({ action, botAgentId }) => `${action} ${botAgentId}`).sort()
}

describe.each([false, true])('a batch with atomic: %s', (atomic) => {
  it('creates, updates and removes, with the events, the audit trail and the answers of single mutations', async () => {
    const token = await gateway.token(claims())
    const watched = await watchStatus(gateway, token)
    const created = await batch('create', token, named('a', 'b', 'c'), { atomic })
    expect(created).toEqual({
      results: ['a', 'b', 'c'].map((name) => ({
        botAgent: { id: expect.stringMatching(/^[0-9a-f]{32}$/), name, updatedAt: expect.any(String) },
        userErrors: [],
      })),
      userErrors: [],
      cursor: expect.any(String),
      query: { botAgents: { totalCount: 3 } },
    })
    const ids = idsOf(created)
    const updated = await batch(
      'update',
      token,
      ids.map((id, index) => ({ id, name: `${index}`, status: 'ACCEPTING_CHATS' })),
      { atomic },
    )
    expect(updated.results.map((result) => result?.botAgent)).toMatchObject(
      ids.map((id, index) => ({ id, name: `${index}` })),
    )
    const removed = await batch('remove', token, ids, { atomic })
    expect(removed.results).toEqual(ids.map((botAgentId) => ({ botAgentId, userErrors: [] })))
    expect(removed.query.botAgents.totalCount).toBe(0)

    const changes = await watched.take(9)
    const told = changes.map(({ botAgentId, reason, status }) => `${botAgentId} ${reason} ${status}`)
    const expected = ids.flatMap((id) => [
      `${id} CREATED OFFLINE`,
      `${id} UPDATED ACCEPTING_CHATS`,
      `${id} REMOVED OFFLINE`,
    ])
    expect(told.sort()).toEqual(expected.sort())
    expect(await trail(token)).toEqual(
      ids.flatMap((id) => [`CREATED ${id}`, `REMOVED ${id}`, `UPDATED ${id}`].map((entry) => entry)).sort(),
    )
  })

  it('does two items about the same bot agent one after the other', async () => {
    const token = await gateway.token(claims())
    const [id = '', other = ''] = idsOf(await batch('create', token, named('a', 'b')))
    const twice = await batch(
      'update',
      token,
      [
        { id: other, name: 'first' },
        { id, name: 'x' },
        { id: other, maxChatsCount: 7 },
        { id: other, name: 'last' },
      ],
      { atomic },
    )
    expect(twice.results.map((result) => result?.botAgent?.name)).toEqual(['first', 'x', 'first', 'last'])
    expect(await namesOf(token)).toEqual(['last', 'x'])

    const read = twice.results[1]?.botAgent?.updatedAt
    const edits = [
      { id, name: 'y', expectedUpdatedAt: read },
      { id, name: 'z', expectedUpdatedAt: read },
    ]
    const conflict = await batch('update', token, edits, { atomic })
    expect(reasonsOf(conflict)).toEqual([atomic ? ['OTHER_ITEM_FAILED'] : [], ['OUTDATED']])
    expect(conflict.results[1]?.botAgent?.name).toBe(atomic ? 'x' : 'y')

    const removed = await batch('remove', token, [id, other, id], { atomic })
    expect(removed.results.map((result) => result?.userErrors.map(({ code }) => code))).toEqual(
      atomic ? [['CONFLICT'], ['CONFLICT'], ['NOT_FOUND']] : [[], [], ['NOT_FOUND']],
    )
    expect(await namesOf(token)).toHaveLength(atomic ? 2 : 0)
  })

  it('sends webhooks to those who listen since an earlier item of the batch', async () => {
    const token = await gateway.token(claims())
    const receiver = await receiverForTest()
    // In the order of their ids, in which an atomic batch works.
    const [listener = '', about = ''] = idsOf(await batch('create', token, named('a', 'b'))).sort()
    const webhooks = { url: receiver.url, secretKey: 's', actions: [{ name: 'AGENT_STATUS_CHANGED' }] }
    // So that the gateway remembers that nobody listens.
    await batch('update', token, [{ id: about, status: 'NOT_ACCEPTING_CHATS' }])
    const items = [
      { id: listener, status: 'ACCEPTING_CHATS', webhooks },
      { id: about, status: 'ACCEPTING_CHATS' },
    ]
    expect(reasonsOf(await batch('update', token, items, { atomic }))).toEqual([[], []])
    const [webhook] = await receiver.reaches(1)
    expect(webhook?.body).toMatchObject({ action: 'agent_status_changed', data: { agent_id: about } })
  })

  it('answers a retry by the idempotency keys of its items', async () => {
    const token = await gateway.token(claims())
    const items = named('a', 'b').map((item) => ({ ...item, idempotencyKey: `key ${item.name}` }))
    const first = await batch('create', token, items, { atomic })
    const again = await batch('create', token, [...items, ...items.slice(0, 1)], { atomic, through: second })
    expect(idsOf(again)).toEqual([...idsOf(first), idsOf(first)[0]])
    expect(await namesOf(token)).toEqual(['a', 'b'])
  })

  it('tells and changes nothing of bot agents that the caller may not write', async () => {
    const { licenseId, clientId } = claims()
    const token = await gateway.token({ licenseId, clientId })
    const id = await create(gateway, token, { name: 'mine' })
    const neighbour = await gateway.token({ licenseId, clientId: 'another', scopes: ['agents-bot--my:rw'] })
    const foreign = await gateway.token({ licenseId: newLicense(), clientId })
    for (const caller of [neighbour, foreign]) {
      for (const answer of [
        await batch('update', caller, [{ id, name: 'theirs' }], { atomic }),
        await batch('remove', caller, [id], { atomic }),
      ]) {
        expect(answer.results).toMatchObject([{ userErrors: [{ code: 'NOT_FOUND' }] }])
      }
    }
    expect(await namesOf(token)).toEqual(['mine'])
  })

  it('may be empty, and has at most 100 items', async () => {
    const token = await gateway.token(claims())
    expect(await batch('create', token, [], { atomic })).toMatchObject({ results: [], userErrors: [] })
    const many = named(...Array.from({ length: 101 }, (_, index) => `${index}`))
    expect(await batch('create', token, many, { atomic })).toMatchObject({
      results: [],
      userErrors: [{ code: 'VALIDATION', reason: 'TOO_MANY', field: ['botAgents'], max: 100 }],
      query: { botAgents: { totalCount: 0 } },
    })
    const created = await batch('create', token, many.slice(1), { atomic })
    expect(created.query.botAgents.totalCount).toBe(100)
    expect(created.results.map((result) => result?.botAgent?.name)).toEqual(many.slice(1).map(({ name }) => name))
  })
})

describe('a batch', () => {
  it('that is not atomic does what it can, with the errors of each item', async () => {
    const token = await gateway.token(claims())
    const { results, query } = await batch('create', token, [
      ...named('a', '', 'c'),
      { name: 'd', status: 'OFFLINE', groups: [{ id: -1, priority: 'FIRST' }] },
    ])
    expect(results).toMatchObject([
      { botAgent: { name: 'a' }, userErrors: [] },
      { botAgent: null, userErrors: [{ code: 'VALIDATION', field: ['name'], reason: 'TOO_SHORT' }] },
      { botAgent: { name: 'c' }, userErrors: [] },
      { botAgent: null, userErrors: [{ code: 'VALIDATION', field: ['groups', '0', 'id'], reason: 'OUT_OF_RANGE' }] },
    ])
    expect(query.botAgents.totalCount).toBe(2)
  })

  it('that is atomic changes nothing if an item fails, and reports all mistakes', async () => {
    const token = await gateway.token(claims())
    const watched = await watchStatus(gateway, token)
    const { results, query } = await batch('create', token, named('a', '', 'c', ''), { atomic: true })
    expect(results).toMatchObject([
      {
        botAgent: null,
        userErrors: [
          {
            code: 'CONFLICT',
            reason: 'OTHER_ITEM_FAILED',
            field: null,
            message: 'Nothing was changed, because another item of the batch has errors.',
          },
        ],
      },
      { userErrors: [{ code: 'VALIDATION', field: ['name'] }] },
      { userErrors: [{ code: 'CONFLICT', reason: 'OTHER_ITEM_FAILED' }] },
      { userErrors: [{ code: 'VALIDATION', field: ['name'] }] },
    ])
    expect(query.botAgents.totalCount).toBe(0)

    const [id = ''] = idsOf(await batch('create', token, named('a')))
    const items = [{ id, name: 'b', status: 'ACCEPTING_CHATS' }, { id: 'f'.repeat(32) }]
    const updated = await batch('update', token, items, { atomic: true })
    expect(reasonsOf(updated)).toEqual([['OTHER_ITEM_FAILED'], [null]])
    const removed = await batch('remove', token, [id, 'f'.repeat(32)], { atomic: true })
    expect(reasonsOf(removed)).toEqual([['OTHER_ITEM_FAILED'], [null]])
    expect(await namesOf(token)).toEqual(['a'])
    expect(await trail(token)).toEqual([`CREATED ${id}`])
    await batch('remove', token, [id])
    expect((await watched.take(2)).map(({ reason }) => reason)).toEqual(['CREATED', 'REMOVED'])
  })

  it('has the limit of bot agents', async () => {
    const small = await gatewayForTest({ beside: gateway, env: { BOT_AGENTS_PER_APPLICATION: '2' } })
    const token = await gateway.token(claims())
    const all = await batch('create', token, named('a', 'b', 'c'), { atomic: true, through: small })
    expect(all.results.map((result) => result?.userErrors[0]?.code)).toEqual(['CONFLICT', 'CONFLICT', 'LIMIT_REACHED'])
    const some = await batch('create', token, named('a', 'b', 'c'), { through: small })
    expect(some.results.map((result) => result?.userErrors[0]?.code)).toEqual([undefined, undefined, 'LIMIT_REACHED'])
  })

  it('never deadlocks with others about the same bot agents in any order', async () => {
    const token = await gateway.token(claims())
    const ids = idsOf(await batch('create', token, named(...'abcdefgh')))
    const webhooks = { url: 'http://127.0.0.1:9', secretKey: 's', actions: [{ name: 'AGENT_STATUS_CHANGED' }] }
    const work = Array.from({ length: 12 }, async (_, index) => {
      const ordered = index % 2 ? ids : ids.toReversed()
      const items = ordered.map((id) =>
        index % 3 === 0
          ? { id, webhooks: index % 2 ? webhooks : null }
          : { id, status: index % 2 ? 'ACCEPTING_CHATS' : 'OFFLINE' },
      )
      const through = index % 4 < 2 ? gateway : second
      return batch('update', token, items, { atomic: index % 6 !== 5, through })
    })
    const answers = await Promise.all(work)
    expect(answers.flatMap(reasonsOf).flat()).toEqual([])
    const removals = await Promise.all([
      batch('remove', token, ids, { atomic: true }),
      batch('remove', token, ids.toReversed(), { atomic: true, through: second }),
    ])
    expect(removals.map((answer) => reasonsOf(answer).flat().length).sort()).toEqual([0, 8])
  })

  it('waits for bot agents that others change before it appends to the feed, so streams go on', async () => {
    const token = await gateway.token(claims())
    const [one = '', two = ''] = idsOf(await batch('create', token, named('a', 'b'))).sort()
    const other = await gateway.token(claims())
    const watched = await watchStatus(gateway, other)
    const blocker = new pg.Client({ connectionString: gateway.databaseUrl })
    await blocker.connect()
    onTestFinished(() => blocker.end())
    await blocker.query('begin')
    await blocker.query('select from bot_agent where id = $1 for update', [two])

    const items = [one, two].map((id) => ({ id, status: 'ACCEPTING_CHATS' }))
    const waiting = batch('update', token, items, { atomic: true })
    await untilSql(
      gateway.databaseUrl,
      `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%bot_agent%'`,
    )
    await create(gateway, other)
    expect(await watched.take(1)).toMatchObject([{ reason: 'CREATED' }])
    await blocker.query('commit')
    expect(reasonsOf(await waiting)).toEqual([[], []])
  })

  it('waits for whatever else before it appends to the feed', async () => {
    const token = await gateway.token(claims())
    const webhooks = { url: 'http://127.0.0.1:9/', secretKey: 'a', actions: [{ name: 'INCOMING_EVENT' }] }
    const [one = '', two = ''] = idsOf(await batch('create', token, [{ ...named('a')[0], webhooks }, ...named('b')]))
    const other = await gateway.token(claims())
    const watched = await watchStatus(gateway, other)
    const blocker = new pg.Client({ connectionString: gateway.databaseUrl })
    await blocker.connect()
    onTestFinished(() => blocker.end())
    await blocker.query('begin')
    await blocker.query('lock table listening in exclusive mode')

    const items = [
      { id: one, name: 'new' },
      { id: two, webhooks },
    ]
    const waiting = batch('update', token, items, { atomic: true })
    await untilSql(
      gateway.databaseUrl,
      `select from pg_stat_activity where wait_event_type = 'Lock' and state = 'active'`,
    )
    await create(gateway, other)
    expect(await watched.take(1)).toMatchObject([{ reason: 'CREATED' }])
    await blocker.query('commit')
    expect(reasonsOf(await waiting)).toEqual([[], []])
  })

  it.each([
    [
      'a variable that is one item',
      'mutation ($input: CreateBotAgentsInput!) { createBotAgents(input: $input) { results { botAgent { id } } } }',
      { input: { botAgents: { name: 'x', status: 'OFFLINE' } } },
    ],
    [
      'the default of a variable',
      'mutation ($input: CreateBotAgentsInput! = { botAgents: [{ name: "x", status: OFFLINE }] }) { createBotAgents(input: $input) { results { botAgent { id } } } }',
      {},
    ],
  ])('counts the items of %s', async (_, query, variables) => {
    const { createBotAgents } = await run<{ createBotAgents: { results: unknown[] } }>(
      gateway,
      await gateway.token(claims()),
      query,
      variables,
    )
    expect(createBotAgents.results).toHaveLength(1)
  })

  it('keeps what has taken effect when the gateway fails in the middle, and does not go on', async () => {
    const token = await gateway.token(claims())
    const [one = '', two = '', three = ''] = idsOf(await batch('create', token, named('a', 'b', 'c')))
    await sql(
      gateway.databaseUrl,
      `create function refuse_b() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
      create trigger refuse_b before update on bot_agent for each row when (old.id = '${two}') execute function refuse_b();`,
    )
    onTestFinished(async () => {
      await sql(gateway.databaseUrl, 'drop trigger refuse_b on bot_agent')
    })
    const items = [one, two, three].map((id) => ({ id, name: 'new' }))
    const ask = (atomic: boolean) =>
      request<{ payload: Payload }>(gateway.url, token, documents.update, { input: { botAgents: items, atomic } })
    const together = await ask(true)
    expect(together.data ?? null).toBeNull()
    expect(together.errors).toMatchObject([{ path: ['payload'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(await namesOf(token)).toEqual(['a', 'b', 'c'])

    const { data, errors } = await ask(false)
    expect(errors).toMatchObject([{ path: ['payload', 'results', 1], extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(data?.payload.results).toMatchObject([
      { botAgent: { name: 'new' }, userErrors: [] },
      null,
      { botAgent: null, userErrors: [{ code: 'CONFLICT', reason: 'NOT_TRIED' }] },
    ])
    expect(await namesOf(token)).toEqual(['b', 'c', 'new'])
  })

  it('counts each of its items as a mutation', async () => {
    const limited = await gatewayForTest({ env: { RATE_LIMIT_MUTATIONS: '10' } })
    const token = await limited.token()
    expect(
      reasonsOf(await batch('create', token, named('a', 'b', 'c', 'd', 'e', 'f'), { through: limited })),
    ).toHaveLength(6)
    await expect(batch('create', token, named('a', 'b', 'c', 'd', 'e'), { through: limited })).rejects.toThrow(
      'RATE_LIMITED One access token is limited to 10 mutations per minute.',
    )
  })

  it('has all that it selects as many times as it has items', async () => {
    const token = await gateway.token(claims())
    const document = `mutation ($input: UpdateBotAgentsInput!) { updateBotAgents(input: $input) {
      results { botAgent { groups { id } webhooks { actions { name filters { chatProperties { name values } } } } } } } }`
    const ask = (count: number) =>
      run(gateway, token, document, {
        input: { botAgents: Array.from({ length: count }, () => ({ id: 'f'.repeat(32) })) },
      })
    expect(await ask(10)).toMatchObject({ updateBotAgents: {} })
    await expect(ask(100)).rejects.toThrow(/BAD_USER_INPUT The operation may return \d+ values; the limit is 25000/)
  })

  it('adds up with the other mutations of a document', async () => {
    const token = await gateway.token(claims())
    const calls = ['a', 'b', 'c'].map(
      (name) => `${name}: removeBotAgents(input: { botAgentIds: $ids }) { userErrors { code } }`,
    )
    const ids = Array.from({ length: 67 }, (_, index) => index.toString(16).padStart(32, '0'))
    const ask = (count: number) =>
      run(gateway, token, `mutation ($ids: [ID!]!) { ${calls.join(' ')} }`, { ids: ids.slice(0, count) })
    await expect(ask(67)).rejects.toThrow('BAD_USER_INPUT The operation makes 201 changes; the limit is 200.')
    expect(await ask(66)).toMatchObject({ a: { userErrors: [] } })
  })

  it('reports a bounded number of mistakes', async () => {
    const token = await gateway.token(claims())
    const groups = Array.from({ length: 100 }, () => ({ id: -1, priority: 'FIRST' }))
    const items = named(...Array.from({ length: 40 }, (_, index) => `${index}`)).map((item) => ({ ...item, groups }))
    const { results } = await batch('create', token, items)
    const counts = results.map((result) => result?.userErrors.length ?? 0)
    expect(counts.slice(0, 10)).toEqual(Array(10).fill(100))
    expect(counts.slice(10)).toEqual(Array(30).fill(1))
  })
})
