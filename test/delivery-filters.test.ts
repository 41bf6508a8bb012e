import { createHash, randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newId } from '../src/contract/identifier.ts'
import { openDatabase } from '../src/database/database.ts'
import { openPool } from '../src/database/pool.ts'
import { type DeliveryFilter, deliveryFilter, passes, type Tested } from '../src/delivery-log/delivery-filter.ts'
import { count } from '../src/delivery-log/delivery-scan.ts'
import { create } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { request, run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { subscribe } from './support/subscription.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const newBotAgent = () => randomBytes(16).toString('hex')
const NOON = Date.parse('2026-11-26T12:00:00Z')

type Delivery = Tested & { id: string; licenseId: number }

/** A delivery like no other, in a license of its own unless it is told. */
const delivery = (given: Partial<Delivery>): Delivery => ({
  id: newId('dlv_'),
  licenseId: 0,
  clientId: 'my-bots',
  botAgentId: newBotAgent(),
  chatEventId: null,
  chatId: null,
  action: 'INCOMING_EVENT',
  state: 'FAILED',
  ping: false,
  confidential: false,
  failures: 0,
  lastError: null,
  lastStatusCode: null,
  replayedAt: null,
  createdAt: new Date(NOON),
  ...given,
})

/** Adds deliveries and their events, in this order. What is pending is due in a year. */
async function deliver(deliveries: readonly Delivery[]): Promise<void> {
  await sql(
    gateway.databaseUrl,
    `with given as materialized (
       select * from jsonb_to_recordset($1::jsonb) as given(id text, "licenseId" int, "clientId" text, "botAgentId" text, "chatEventId" text,
         "chatId" text, action webhook_action, state webhook_delivery_state, ping boolean, confidential boolean,
         "lastError" webhook_attempt_error, "lastStatusCode" int, "replayedAt" timestamptz, "createdAt" timestamptz)
     ), event as (
       insert into chat_event (id, license_id, client_id, action, data, matched, created_at)
       select distinct "chatEventId", "licenseId", 'platform', 'INCOMING_EVENT'::webhook_action, '{}', 1, now() from given
       where "chatEventId" is not null
     )
     insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, chat_id, action, state, url, ping, confidential,
       additional_data, secret_key, last_error, last_status_code, replayed_at, created_at, next_attempt_at)
     select id, "licenseId", "clientId", "botAgentId", "chatEventId", "chatId", action, state, 'https://example.com', ping, confidential,
       '{}', '', "lastError", "lastStatusCode", "replayedAt", "createdAt", case when state = 'PENDING' then now() + interval '1 year' end
     from given`,
    [JSON.stringify(deliveries)],
  )
}

interface Page {
  nodes: { id: string }[]
  totalCount: number
  totalCountIsExact: boolean
  pageInfo: { startCursor: string | null; endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean }
}

const list = `query ($all: Boolean, $botAgentIds: [ID!], $states: [WebhookDeliveryState!], $filter: WebhookDeliveryFilter, $orderBy: WebhookDeliveryOrder,
    $first: Int, $after: String, $last: Int, $before: String) {
  webhookDeliveries(all: $all, botAgentIds: $botAgentIds, states: $states, filter: $filter, orderBy: $orderBy, first: $first, after: $after,
    last: $last, before: $before) {
    nodes { id } totalCount totalCountIsExact pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`

const page = async (token: string, variables: object) =>
  (await run<{ webhookDeliveries: Page }>(gateway, token, list, variables)).webhookDeliveries

/** The ids of all pages, and how many pages there are. */
async function pages(token: string, variables: object): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = []
  for (let after: string | null = null, count = 1; ; count += 1) {
    const { nodes, pageInfo }: Page = await page(token, { ...variables, after })
    ids.push(...nodes.map(({ id }) => id))
    if (!pageInfo.hasNextPage) return { ids, pages: count }
    after = pageInfo.endCursor
  }
}

async function pagesBackwards(token: string, variables: object): Promise<string[]> {
  const ids: string[] = []
  for (let before: string | null = null; ; ) {
    const { nodes, pageInfo }: Page = await page(token, { ...variables, before })
    ids.unshift(...nodes.map(({ id }) => id))
    if (!pageInfo.hasPreviousPage) return ids
    before = pageInfo.startCursor
  }
}

/** The same numbers each time. */
function numbers(seed: string) {
  let turn = 0
  return (below: number) => createHash('sha256').update(`${seed} ${turn++}`).digest().readUInt32BE(0) % below
}

const states = ['PENDING', 'SUCCEEDED', 'FAILED', 'HELD', 'CANCELLED'] as const
const errors = ['HTTP_STATUS', 'TIMEOUT', 'TLS'] as const
const actions = ['INCOMING_EVENT', 'THREAD_CLOSED'] as const

describe('a filtered list', () => {
  it('has what passes the filter, in both orders, from both ends, and counts it: any filter, any deliveries', async () => {
    const draw = numbers('filters')
    const one = <Item>(items: readonly Item[]) => items[draw(items.length)] as Item
    const licenseId = newLicense()
    const botAgentIds = Array.from({ length: 4 }, newBotAgent)
    const events = Array.from({ length: 6 }, () => newId('evt_'))
    const deliveries = Array.from({ length: 400 }, (_, place): Delivery => {
      const which = draw(4)
      const state = one(states)
      const failed = state !== 'SUCCEEDED' && draw(3) > 0
      const lastError = failed ? one(errors) : null
      // A gateway would look at once for a ping that is pending, and cancel it.
      const isPing = state !== 'PENDING' && draw(6) === 0
      return delivery({
        licenseId,
        clientId: which < 2 ? 'my-bots' : 'other-bots',
        botAgentId: botAgentIds[which] as string,
        ...(isPing ? { ping: true } : { chatEventId: one(events), chatId: one(['a', 'b', null]) }),
        action: one(actions),
        state,
        confidential: draw(3) === 0,
        lastError,
        lastStatusCode: state === 'SUCCEEDED' ? 200 : lastError === 'HTTP_STATUS' ? one([404, 500, 503]) : null,
        replayedAt: draw(4) === 0 ? new Date() : null,
        createdAt: new Date(NOON + place * 1_000),
      })
    })
    await deliver(deliveries)
    const token = await gateway.token({ licenseId })
    for (let round = 0; round < 30; round += 1) {
      const maybe = (value: object) => (draw(4) === 0 ? value : {})
      const filter = {
        ...maybe({ states: states.filter(() => draw(2) === 0) }),
        ...maybe({ botAgentIds: botAgentIds.filter(() => draw(2) === 0) }),
        ...maybe({ actions: [one(actions)] }),
        ...maybe({ errors: errors.filter(() => draw(2) === 0) }),
        ...maybe({
          statusCodes: [
            one([
              { from: 500, to: 599 },
              { from: 404, to: 404 },
              { from: 200, to: 499 },
            ]),
          ],
        }),
        ...maybe({ chatId: one(['a', 'b', 'c']) }),
        ...maybe({ chatEventId: one(events) }),
        ...maybe({ replayed: draw(2) === 0 }),
        ...maybe({ ping: draw(2) === 0 }),
        ...maybe({ createdSince: new Date(NOON + draw(200) * 1_000) }),
        ...maybe({ createdUntil: new Date(NOON + (200 + draw(200)) * 1_000) }),
      }
      const all = draw(2) === 0
      const tested = deliveryFilter(filter)
      const expected = deliveries
        .filter((one) => (all || one.clientId === 'my-bots') && passes(tested, 'my-bots', one))
        .map(({ id }) => id)
      const variables = { all, filter }
      const oldest = await pages(token, { ...variables, orderBy: 'OLDEST_FIRST', first: 37 })
      expect({ filter, ids: oldest.ids }).toEqual({ filter, ids: expected })
      expect((await pages(token, { ...variables, first: 100 })).ids).toEqual(expected.toReversed())
      expect(await pagesBackwards(token, { ...variables, last: 60 })).toEqual(expected.toReversed())
      expect(await page(token, { ...variables, first: 0 })).toMatchObject({
        totalCount: expected.length,
        totalCountIsExact: true,
      })
    }
  }, 120_000)

  it('has what passes both the filter and the older arguments', async () => {
    const licenseId = newLicense()
    const [mine, yours] = [newBotAgent(), newBotAgent()]
    const ids = [mine, yours].flatMap((botAgentId) => states.map((state) => delivery({ licenseId, botAgentId, state })))
    await deliver(ids)
    const token = await gateway.token({ licenseId })
    const variables = { botAgentIds: [mine], states: ['FAILED', 'HELD'], filter: { states: ['FAILED', 'PENDING'] } }
    expect((await page(token, variables)).nodes).toEqual([{ id: ids[2]?.id }])
    expect((await page(token, { botAgentIds: [mine], filter: { botAgentIds: [yours] } })).nodes).toEqual([])
  })

  it('finds what is rare in pages that may be empty, and goes on from each', async () => {
    const licenseId = newLicense()
    const botAgentId = newBotAgent()
    const rare = delivery({ licenseId, botAgentId, lastError: 'TLS' })
    await deliver([rare])
    await sql(
      gateway.databaseUrl,
      `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, action, state, url, additional_data, secret_key, last_error)
       select $1 || lpad(to_hex(place), 8, '0'), $2, 'my-bots', $3, 'THREAD_CLOSED', 'FAILED', 'https://example.com', '{}', '', 'TIMEOUT'
       from generate_series(1, 30000) place`,
      [newId('dlv_').slice(0, -8), licenseId, botAgentId],
    )
    const token = await gateway.token({ licenseId })
    const filter = { errors: ['TLS'] }
    const first = await page(token, { filter })
    expect(first).toMatchObject({ nodes: [], totalCount: 1, totalCountIsExact: true, pageInfo: { hasNextPage: true } })
    const { ids, pages: count } = await pages(token, { filter })
    expect(ids).toEqual([rare.id])
    expect(count).toBeLessThan(5)
    expect(await pagesBackwards(token, { filter: { errors: ['TLS'] }, last: 5 })).toEqual([rare.id])
    expect(await page(token, {})).toMatchObject({ totalCount: 10_000, totalCountIsExact: false })
    expect(await page(token, { filter: { errors: ['TIMEOUT'] } })).toMatchObject({
      totalCount: 10_000,
      totalCountIsExact: false,
    })
  }, 60_000)

  it('refuses cursors of the other order, and values that are not valid', async () => {
    const licenseId = newLicense()
    await deliver([delivery({ licenseId }), delivery({ licenseId })])
    const token = await gateway.token({ licenseId })
    const { pageInfo } = await page(token, { first: 1 })
    const messageOf = async (variables: object) =>
      (await request(gateway.url, token, list, variables)).errors?.[0]?.message
    expect(await messageOf({ first: 1, after: pageInfo.endCursor, orderBy: 'OLDEST_FIRST' })).toContain(
      'it comes from a list in the order NEWEST_FIRST, and this one is in the order OLDEST_FIRST',
    )
    expect(await messageOf({ filter: { statusCodes: [{ from: 599, to: 500 }] } })).toBe(
      '`filter.statusCodes.0` begins at 599, after its end, 500.',
    )
    expect(await messageOf({ filter: { statusCodes: [{ from: 0, to: 500 }] } })).toContain('must be from 100 to 999')
    const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z']
    const reversed = `\`filter.createdSince\` is ${late}, after \`createdUntil\`, ${early}.`
    expect(await messageOf({ filter: { createdSince: late, createdUntil: early } })).toBe(reversed)
    const times = `filter: { createdSince: "${late}", createdUntil: "${early}" }`
    for (const document of [
      `{ chatEvents(${times}) { nodes { id } } }`,
      `{ botAgent(id: "${await create(gateway, token, { status: 'OFFLINE' })}") { webhookDeliveries(${times}) { nodes { id } } } }`,
      `subscription { webhookDeliveryUpdated(${times}) { cursor } }`,
      `{ webhookStatistics(interval: HOUR, from: "${late}", to: "${early}") { nodes { from } } }`,
    ]) {
      const [error] = (await request(gateway.url, token, document)).errors ?? []
      expect([document, error?.extensions?.code]).toEqual([document, 'BAD_USER_INPUT'])
    }
    for (const createdSince of ['2026-11-27', '2026-11-27T10:42:00', 'yesterday']) {
      expect(await messageOf({ filter: { createdSince } })).toContain(
        'DateTime must be a time with its zone, such as 2026-11-27T10:42:00Z.',
      )
    }
    expect(await messageOf({ filter: { botAgentIds: Array.from({ length: 501 }, newBotAgent) } })).toContain(
      '`filter.botAgentIds` must have at most 500 items',
    )
  })

  it('does not tell other applications of which chat and event a confidential delivery is', async () => {
    const licenseId = newLicense()
    const chatEventId = newId('evt_')
    const secret = delivery({ licenseId, clientId: 'shop', chatId: 'secret', chatEventId, confidential: true })
    const open = delivery({ licenseId, clientId: 'shop', chatId: 'open' })
    await deliver([secret, open])
    const owner = await gateway.token({ licenseId, clientId: 'shop' })
    const spy = await gateway.token({ licenseId, clientId: 'spy' })
    const stranger = await gateway.token({ licenseId: newLicense(), clientId: 'shop' })
    const found = async (token: string, filter: object) => {
      const { nodes, totalCount } = await page(token, { all: true, filter })
      expect(totalCount).toBe(nodes.length)
      return nodes.map(({ id }) => id)
    }
    for (const filter of [{ chatId: 'secret' }, { chatEventId }]) {
      expect(await found(owner, filter)).toEqual([secret.id])
      expect(await found(spy, filter)).toEqual([])
      expect(await found(stranger, filter)).toEqual([])
    }
    expect(await found(spy, { chatId: 'open' })).toEqual([open.id])
    expect(await found(stranger, { chatId: 'open' })).toEqual([])
    const chatOf = async (token: string) =>
      run(
        gateway,
        token,
        `{ secret: webhookDelivery(id: "${secret.id}") { chatId } open: webhookDelivery(id: "${open.id}") { chatId } }`,
      )
    expect(await chatOf(owner)).toEqual({ secret: { chatId: 'secret' }, open: { chatId: 'open' } })
    expect(await chatOf(spy)).toEqual({ secret: { chatId: null }, open: { chatId: 'open' } })
  })
})

it('nothing of others is counted, nor told by whether a count is exact', async () => {
  const licenseId = newLicense()
  const theirs = newBotAgent()
  const others = { licenseId, clientId: 'their-bots', botAgentId: theirs, chatId: 'shared' }
  await deliver([
    ...Array.from({ length: 30 }, () => delivery(others)),
    ...Array.from({ length: 3 }, () => delivery({ licenseId, chatId: 'shared' })),
  ])
  const log = pino({ level: 'silent' })
  const database = openDatabase(openPool(gateway.databaseUrl, { log }), { log })
  onTestFinished(() => database.$disconnect())
  const counted = (reach: { licenseId: number; clientId?: string }, filter: DeliveryFilter) =>
    count(database, { reach, filter, viewer: 'my-bots' }, { most: 10, look: 20 })
  const mine = { licenseId, clientId: 'my-bots' }
  expect(await counted(mine, { botAgentIds: [theirs], ping: false })).toEqual({ count: 0, isExact: true })
  expect(await counted(mine, { chatId: 'shared', actions: ['THREAD_CLOSED'] })).toEqual({ count: 0, isExact: true })
  expect(await counted(mine, { chatId: 'shared' })).toEqual({ count: 3, isExact: true })
  expect(await counted({ licenseId: newLicense() }, { botAgentIds: [theirs] })).toEqual({ count: 0, isExact: true })
  expect(await counted({ licenseId }, { chatId: 'shared', ping: true })).toEqual({ count: 0, isExact: false })
})

it('a stream that is resumed tells the same as one that went on: deliveries as they were after each update', async () => {
  const failing = await gatewayForTest({ env: { WEBHOOK_RETRY_SCHEDULE: '10ms' } })
  const token = await failing.token()
  const receiver = await receiverForTest()
  const { answer } = receiver
  receiver.answer = (response) => response.writeHead(500).end()
  const botAgentId = await create(failing, token, listening(receiver.url))
  const streams = [
    [`states: [FAILED], replayed: false`, ['FAILED 2']],
    [`states: [FAILED], replayed: true`, []],
    [`errors: [HTTP_STATUS]`, ['PENDING 1', 'FAILED 2', 'PENDING null']],
    [`replayed: true`, ['PENDING null', 'SUCCEEDED 3']],
    [`statusCodes: [{ from: 200, to: 299 }]`, ['SUCCEEDED 3']],
  ] as const
  interface Update {
    cursor: string
    state: string
    attempt: { number: number } | null
  }
  const follow = (filter: string, after = '') =>
    subscribe<Update>(
      failing,
      token,
      `subscription { webhookDeliveryUpdated(${after} filter: { ${filter} }) { cursor state attempt { number } } }`,
    )
  const everything = await follow(`botAgentIds: ["${botAgentId}"]`)
  const live = await Promise.all(streams.map(([filter]) => follow(filter)))
  await publish(failing, token)
  const [created] = await everything.take(1)
  await untilSql(failing.databaseUrl, `select from webhook_delivery where state = 'FAILED'`)
  receiver.answer = answer
  const [delivered] = await sql<{ id: string }>(failing.databaseUrl, 'select id from webhook_delivery')
  const replay =
    'mutation ($input: ReplayWebhookDeliveryInput!) { replayWebhookDelivery(input: $input) { userErrors { message } } }'
  await run(failing, token, replay, { input: { id: delivered?.id } })
  await everything.take(4)

  for (const [index, [filter, expected]] of streams.entries()) {
    const told = (updates: readonly Update[]) =>
      updates.map(({ state, attempt }) => `${state} ${attempt?.number ?? null}`)
    expect(told((await live[index]?.take(expected.length)) ?? []), filter).toEqual(expected)
    const resumed = await follow(filter, `after: "${created?.cursor}"`)
    expect(told(await resumed.take(expected.length)), `${filter}, resumed`).toEqual(expected)
  }
})

it('errors and status codes are those of the last attempt, in lists and in the stream, which goes on behind any of its cursors', async () => {
  const receiver = await receiverForTest()
  const token = await gateway.token({ licenseId: newLicense() })
  const botAgentId = await create(gateway, token, listening(receiver.url))
  const document = (after = '') => `subscription {
    webhookDeliveryUpdated(${after && `after: "${after}", `}filter: { statusCodes: [{ from: 500, to: 599 }], chatId: "loud" }) {
      cursor previousCursor state attempt { statusCode } delivery { id } } }`
  interface Update {
    cursor: string
    previousCursor: string | null
    state: string
    attempt: { statusCode: number }
    delivery: { id: string }
  }
  const [stream, twin] = [
    await subscribe<Update>(gateway, token, document()),
    await subscribe<Update>(gateway, token, document()),
  ]
  receiver.answer = (response) => response.writeHead(503).end()
  for (const id of ['loud', 'quiet', 'quiet', 'loud']) await publish(gateway, token, { chat: { id } })
  const [first, second] = await stream.take(2)
  expect(first).toMatchObject({ previousCursor: null, state: 'PENDING', attempt: { statusCode: 503 } })
  expect(second).toMatchObject({ previousCursor: first?.cursor, attempt: { statusCode: 503 } })
  expect(await twin.take(2)).toEqual([first, second])

  const again = await subscribe<Update>(gateway, token, document(first?.cursor))
  expect(await again.take(1)).toEqual([second])

  await untilSql(
    gateway.databaseUrl,
    'select where 4 = (select count(*) from webhook_attempt join webhook_delivery on id = delivery_id where bot_agent_id = $1)',
    [botAgentId],
  )
  const failed = { errors: ['HTTP_STATUS'], statusCodes: [{ from: 503, to: 503 }] }
  expect((await page(token, { filter: failed })).nodes).toHaveLength(4)
  expect((await page(token, { filter: { ...failed, chatId: 'loud' } })).nodes).toHaveLength(2)
  expect((await page(token, { filter: { errors: ['TIMEOUT'] } })).nodes).toEqual([])

  receiver.answer = (response) => response.end()
  await replay(token, { botAgentId, filter: { states: ['PENDING'] } })
  await untilSql(
    gateway.databaseUrl,
    `select where 4 = (select count(*) from webhook_delivery where bot_agent_id = $1 and state = 'SUCCEEDED')`,
    [botAgentId],
  )
  expect((await page(token, { filter: failed })).nodes).toEqual([])
  expect((await page(token, { filter: { statusCodes: [{ from: 200, to: 299 }], replayed: true } })).nodes).toHaveLength(
    4,
  )
  expect(stream.pending().map(({ attempt }) => attempt?.statusCode)).not.toContain(200)
}, 60_000)

interface Replayed {
  matching: number
  matchingIsExact: boolean
  replayed: number
  userErrors: { field: string[]; message: string }[]
}

async function replay(token: string, input: object): Promise<Replayed> {
  const document = `mutation ($input: ReplayWebhookDeliveriesInput!) {
    replayWebhookDeliveries(input: $input) { matching matchingIsExact replayed userErrors { field message } } }`
  const { replayWebhookDeliveries } = await run<{ replayWebhookDeliveries: Replayed }>(gateway, token, document, {
    input,
  })
  return replayWebhookDeliveries
}

describe('a replay with a filter', () => {
  /** A bot agent whose webhooks are paused, so that what is replayed stays PENDING, with deliveries in turns of two chats. */
  const withDeliveries = async (count: number) => {
    const token = await gateway.token({ licenseId: newLicense() })
    const botAgentId = await create(gateway, token, listening('http://127.0.0.1:9/'))
    await sql(
      gateway.databaseUrl,
      `update bot_agent set webhooks_state = 'PAUSED', webhooks_paused_until = now() + interval '1 year' where id = $1`,
      [botAgentId],
    )
    await sql(
      gateway.databaseUrl,
      `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_id, action, state, url, additional_data, secret_key,
         last_error, last_status_code)
       select $3 || lpad(to_hex(place), 8, '0'), license_id, client_id, id, case when place % 2 = 0 then 'even' else 'odd' end,
         'INCOMING_EVENT', 'FAILED', webhooks_url, '{}', webhooks_secret_key,
         (case when place % 3 = 0 then 'TIMEOUT' else 'HTTP_STATUS' end)::webhook_attempt_error, case when place % 3 <> 0 then 500 end
       from bot_agent cross join generate_series(1, $2::int) as place where id = $1`,
      [botAgentId, count, newId('dlv_').slice(0, -8)],
    )
    return { botAgentId, token }
  }
  const replayedOf = async (botAgentId: string) => {
    const select = `select count(*)::int as count, count(*) filter (where chat_id = 'even' and last_error = 'HTTP_STATUS')::int as meant
      from webhook_delivery where bot_agent_id = $1 and state = 'PENDING'`
    const [row] = await sql<{ count: number; meant: number }>(gateway.databaseUrl, select, [botAgentId])
    return row
  }
  const audited = (botAgentId: string) =>
    sql(gateway.databaseUrl, `select replayed from audit_entry where bot_agent_id = $1 and action = 'REPLAYED'`, [
      botAgentId,
    ])
  const filter = { states: ['FAILED'], chatId: 'even', statusCodes: [{ from: 500, to: 599 }] }

  it('replays what passes the filter, and as a dry run only counts it', async () => {
    const { botAgentId, token } = await withDeliveries(60)
    const dry = { matching: 20, matchingIsExact: true, replayed: 0, userErrors: [] }
    expect(await replay(token, { botAgentId, filter, dryRun: true })).toEqual(dry)
    expect(await replay(token, { botAgentId, states: ['FAILED', 'HELD'], filter, dryRun: true })).toEqual(dry)
    expect(await replayedOf(botAgentId)).toEqual({ count: 0, meant: 0 })
    expect(await audited(botAgentId)).toEqual([])
    expect(await replay(token, { botAgentId, filter })).toEqual({ ...dry, replayed: 20 })
    expect(await replayedOf(botAgentId)).toEqual({ count: 20, meant: 20 })
    expect(await audited(botAgentId)).toEqual([{ replayed: 20 }])
  })

  it('that nothing can pass is refused with the reason', async () => {
    const { botAgentId, token } = await withDeliveries(1)
    const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z']
    const wrong: [input: object, field: string, message: string][] = [
      [{ since: late, until: early }, 'since', `is ${late}, after \`until\`, ${early}`],
      [{ filter: { createdSince: late, createdUntil: early } }, 'filter.createdSince', 'after `createdUntil`'],
      [{ since: late, filter: { createdUntil: early } }, 'since', 'is after `filter.createdUntil`'],
      [{ until: early, filter: { createdSince: late } }, 'until', 'is before `filter.createdSince`'],
      [{ filter: { ping: true } }, 'filter.ping', 'pings are not replayed'],
      [{ filter: { botAgentIds: [newBotAgent()] } }, 'filter.botAgentIds', 'a replay is of that one'],
      [{ filter: { states: ['HELD'] } }, 'filter.states', 'both must hold'],
    ]
    for (const dryRun of [true, false]) {
      for (const [input, field, message] of wrong) {
        const { userErrors } = await replay(token, { botAgentId, states: ['FAILED'], ...input, dryRun })
        expect([input, userErrors]).toEqual([
          input,
          [{ field: field.split('.'), message: expect.stringContaining(message) }],
        ])
      }
    }
    const both = { states: ['FAILED'], since: early, until: early }
    expect(await replay(token, { botAgentId, ...both })).toMatchObject({ matching: 0, userErrors: [] })
  })

  it('goes on with the filter after its answer', async () => {
    const { botAgentId, token } = await withDeliveries(4_500)
    expect(await replay(token, { botAgentId, filter })).toMatchObject({ matching: 1_500, replayed: 1_500 })
    await untilSql(gateway.databaseUrl, 'select where not exists (select from webhook_replay)')
    expect(await replayedOf(botAgentId)).toEqual({ count: 1_500, meant: 1_500 })
    expect(await audited(botAgentId)).toEqual([{ replayed: 1_500 }])
  })

  it('demands states, in the input or in the filter, and a filter that is valid', async () => {
    const { botAgentId, token } = await withDeliveries(1)
    const errorOf = async (input: object) => (await replay(token, { botAgentId, ...input })).userErrors
    expect(await errorOf({ filter: { chatId: 'even' } })).toEqual([
      { field: ['states'], message: '`states` is missing: give `states`, or `filter.states`.' },
    ])
    expect(await errorOf({ states: ['FAILED'], filter: { statusCodes: [{ from: 5, to: 599 }] } })).toEqual([
      { field: ['filter', 'statusCodes', '0', 'from'], message: expect.stringContaining('must be from 100 to 999') },
    ])
  })
})
