import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../src/contract/identifier.ts'
import { create } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { createDatabase, sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { addBotAgents } from './support/many-bot-agents.ts'
import { explainAll, type Ran, rowsRead, wasteOf } from './support/plans.ts'

/** Bot agents of the caller, and of each of its neighbours: another application, and another license. */
const MANY = 20_000
const SIZE = 20
/** Rows that a step may read and drop, and that a list may read in all: enough for what is spread evenly, and far from all. */
const most = 500
const mostRead = 1_000

const orders = ['CREATED_FIRST', 'CREATED_LAST', 'NAME', 'UPDATED_LAST'] as const

const parts = new AsyncDisposableStack()
let gateway: TestGateway
let token: string
let botAgent: string
let ran: readonly Ran[]

beforeAll(async () => {
  const { url: databaseUrl, drop } = await createDatabase()
  parts.defer(drop)
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  parts.defer(() => rm(dataDir, { recursive: true }))
  const before = await startGateway({ beside: { databaseUrl, dataDir } })
  token = await before.token()
  botAgent = await create(before, token)
  await before.stop()
  for (const [licenseId, clientId] of [
    [1, 'my-bots'],
    [1, 'other-bots'],
    [2, 'my-bots'],
  ] as const) {
    await addBotAgents(databaseUrl, { licenseId, clientId, count: MANY })
  }
  // Few are in what most filters below ask for, and all differ in what lists are sorted by.
  await sql(
    databaseUrl,
    `with numbered as (select id, row_number() over (order by client_id, id) as place from bot_agent)
     update bot_agent set name = 'Bot ' || lpad(place::text, 6, '0'), created_at = now() - place * interval '1 s',
       updated_at = now() - (place * 7919 % ${3 * MANY}) * interval '1 s',
       status = (case when place % 2000 = 1 then 'ACCEPTING_CHATS' when place % 2 = 1 then 'NOT_ACCEPTING_CHATS' else 'OFFLINE' end)::bot_agent_status,
       webhooks_state = (case when place % 2000 = 2 then 'DISABLED' when place % 3 = 0 then 'ACTIVE' end)::webhooks_state,
       groups = (case when place % 2000 = 3 then '[{"id": 2, "priority": "FIRST"}]' when place % 2 = 0 then '[{"id": 1, "priority": "FIRST"}]' else '[]' end)::jsonb
     from numbered where numbered.id = bot_agent.id`,
  )
  await sql(databaseUrl, 'vacuum full analyze bot_agent')
  await sql(databaseUrl, 'vacuum analyze')
  const explained = await explainAll(databaseUrl)
  parts.defer(explained.stop)
  ran = explained.ran
  gateway = await startGateway({ beside: { databaseUrl, dataDir } })
  parts.defer(gateway.stop)
}, 300_000)
afterAll(() => parts.disposeAsync())

const document = `query ($all: Boolean, $first: Int, $after: String, $last: Int, $before: String, $filter: BotAgentFilter, $orderBy: BotAgentOrder) {
  botAgents(all: $all, first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    nodes { id } pageInfo { startCursor endCursor }
  }
}`

interface Page {
  nodes: { id: string }[]
  pageInfo: { startCursor: string | null; endCursor: string | null }
}

/** @returns what was wrong with the plans of the statements that an operation ran */
async function wasteIn(operation: () => Promise<unknown>, large: readonly string[]): Promise<string[]> {
  const before = ran.length
  await operation()
  const plans = ran.slice(before)
  expect(plans.length).toBeGreaterThan(0)
  return plans.flatMap(({ plan }) => [
    ...wasteOf(plan, { large, most }),
    ...large.flatMap((table) =>
      rowsRead(plan, table) > mostRead ? [`reads ${rowsRead(plan, table)} rows of ${table}`] : [],
    ),
  ])
}

const filters: Record<string, object> = {
  'no filter': {},
  'a status that few have': { statuses: ['ACCEPTING_CHATS'] },
  'statuses that many have': { statuses: ['OFFLINE', 'NOT_ACCEPTING_CHATS'] },
  'a group that few are in': { groupIds: [2] },
  'a group that many are in': { groupIds: [1] },
  'a group that nobody is in': { groupIds: [3] },
  'an application': { clientIds: ['my-bots'] },
  'an application that has none': { clientIds: ['nobody'] },
  'a status and an application': { statuses: ['OFFLINE'], clientIds: ['other-bots'] },
  'a state of webhooks that few have': { webhooksStates: ['DISABLED'] },
  'a state of webhooks that many have': { webhooksStates: ['ACTIVE'] },
  'the beginning of all names': { nameStartsWith: 'bot' },
  'the beginning of few names': { nameStartsWith: 'BOT 01234' },
  'the beginning of no name': { nameStartsWith: 'zz' },
  'few that were updated': { updatedSince: new Date(Date.now() - 60_000) },
  ids: { ids: ['0'.repeat(32)] },
}

it.each(Object.entries(filters))(
  'a list with %s reads few rows that it does not show, in each order, at both ends and in the middle',
  { timeout: 60_000 },
  async (_name, filter) => {
    const wasteful: Record<string, string[]> = {}
    for (const all of [false, true]) {
      for (const orderBy of orders) {
        const pages: Record<string, object> = { first: { first: SIZE }, last: { last: SIZE } }
        for (const [end, range] of Object.entries(pages)) {
          const read = async (more: object) =>
            (await run<{ botAgents: Page }>(gateway, token, document, { all, filter, orderBy, ...range, ...more }))
              .botAgents
          let cursor: string | null = null
          const waste = await wasteIn(async () => {
            const { pageInfo } = await read({})
            cursor = end === 'first' ? pageInfo.endCursor : pageInfo.startCursor
          }, ['bot_agent'])
          if (cursor)
            waste.push(
              ...(await wasteIn(() => read({ [end === 'first' ? 'after' : 'before']: cursor }), ['bot_agent'])),
            )
          if (waste.length > 0) wasteful[`${all ? 'all' : 'own'} ${orderBy} ${end}`] = waste
        }
      }
    }
    expect(wasteful).toEqual({})
  },
)

it('an unfiltered page reads no more rows than it has, in each order, wherever it is', async () => {
  for (const all of [false, true]) {
    for (const orderBy of orders) {
      let after: string | null = null
      for (let turn = 0; turn < 3; turn += 1) {
        const before = ran.length
        const { botAgents }: { botAgents: Page } = await run(gateway, token, document, {
          all,
          orderBy,
          first: SIZE,
          after,
        })
        after = botAgents.pageInfo.endCursor
        const read = ran.slice(before).find(({ query }) => query.includes('tagged'))
        expect(read && rowsRead(read.plan, 'bot_agent')).toBe(SIZE + 1)
      }
    }
  }
})

it('counts are one statement that reads an index alone', async () => {
  const counts = 'query ($all: Boolean) { botAgentCounts(all: $all) { total acceptingChats offline webhooksPaused } }'
  for (const all of [false, true]) {
    const before = ran.length
    const both = `${counts.slice(0, -1)} again: botAgentCounts(all: $all) { notAcceptingChats webhooksDisabled } }`
    await run(gateway, token, both, { all })
    const plans = ran.slice(before).filter(({ query }) => query.includes('"webhooksPaused"'))
    expect(plans).toHaveLength(1)
    expect(JSON.stringify(plans[0]?.plan)).toContain('"Index Name":"bot_agent_by_status"')
    expect(JSON.stringify(plans[0]?.plan)).toContain('Index Only Scan')
  }
})

it('the last pages of deliveries and of the audit trail read few rows that they do not show', async () => {
  await sql(
    gateway.databaseUrl,
    `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, action, state, url, additional_data, secret_key)
     select 'dlv_' || md5(place::text), 1, case when place % 6 <> 1 then 'my-bots' else 'other-bots' end,
       case when place % 3 = 0 then '${botAgent}' else md5('removed') end, 'THREAD_CLOSED', 'SUCCEEDED', 'https://example.com', '{}', ''
     from generate_series(1, ${MANY}) place;
     insert into audit_entry (id, license_id, owner_client_id, bot_agent_id, action, created_at)
     select 'aud_' || md5(place::text), 1, 'my-bots', case when place % 3 = 0 then '${botAgent}' else md5('removed') end, 'UPDATED',
       now() - place * interval '1 s'
     from generate_series(1, ${MANY}) place;
     analyze`,
  )
  const lists = [
    'webhookDeliveries(RANGE)',
    'webhookDeliveries(all: true, states: [SUCCEEDED, FAILED], RANGE)',
    `webhookDeliveries(botAgentIds: ["${botAgent}", "${'0'.repeat(32)}"], RANGE)`,
    'auditTrail(RANGE)',
    `auditTrail(botAgentIds: ["${botAgent}", "${'0'.repeat(32)}"], RANGE)`,
  ]
  const large = ['webhook_delivery', 'audit_entry']
  for (const list of lists) {
    const read = async (range: string) => {
      const query = `{ list: ${list.replace('RANGE', range)} { nodes { id } pageInfo { startCursor endCursor } } }`
      return (await run<{ list: Page }>(gateway, token, query)).list
    }
    let before: string | null = null
    for (let turn = 0; turn < 3; turn += 1) {
      const range: string = `last: ${SIZE}${before ? `, before: "${before}"` : ''}`
      let page: Page | undefined
      const waste = await wasteIn(async () => {
        page = await read(range)
      }, large)
      expect({ list, turn, waste, shown: page?.nodes.length }).toEqual({ list, turn, waste: [], shown: SIZE })
      before = page?.pageInfo.startCursor ?? null
    }
  }
})

describe('a filtered list of deliveries', () => {
  const many = 30_000
  const chatEventId = newId('evt_')

  beforeAll(async () => {
    // One a second up to noon, with ids of their time. One in a hundred has failed, one in thirty thousand with TLS.
    await sql(
      gateway.databaseUrl,
      `truncate webhook_delivery, webhook_attempt;
       insert into chat_event (id, license_id, client_id, action, data, matched)
       select case when place = 5000 then '${chatEventId}' else 'evt_' || md5(place::text) end, 1, 'platform', 'INCOMING_EVENT', '{}', 3
       from generate_series(0, ${many} / 3) place;
       insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, chat_id, action, state, url, additional_data,
         secret_key, last_error, last_status_code, created_at)
       select 'dlv_' || lpad(to_hex((extract(epoch from time) * 1000)::bigint), 12, '0') || substr(md5(place::text), 1, 20), 1,
         case when place % 10 < 9 then 'my-bots' else 'other-bots' end,
         case when place % 3 = 0 then '${botAgent}' else md5('removed') end,
         case when place / 3 = 5000 then '${chatEventId}' else 'evt_' || md5((place / 3)::text) end, 'chat' || place / 50, 'INCOMING_EVENT',
         (case when place % 100 = 2 then 'FAILED' else 'SUCCEEDED' end)::webhook_delivery_state, 'https://example.com', '{}', '',
         (case when place = 102 then 'TLS' when place % 100 = 2 then 'HTTP_STATUS' end)::webhook_attempt_error,
         case when place % 100 = 2 then 503 else 200 end, time
       from generate_series(1, ${many}) place
       cross join lateral (select '2026-11-26T12:00:00Z'::timestamptz - (${many} - place) * interval '1 s' as time) created;
       analyze`,
    )
  }, 120_000)

  /** @returns what was wrong with the plans of a page and its count, how many deliveries they looked at, and how many there are */
  async function look(filter: object, all = false) {
    const query = `query ($filter: WebhookDeliveryFilter, $all: Boolean) {
      webhookDeliveries(filter: $filter, all: $all, first: ${SIZE}) { nodes { id } COUNT pageInfo { endCursor } } }`
    const looked: Record<string, number | string[]> = {}
    for (const [what, count] of [
      ['page', ''],
      ['both', 'totalCount'],
    ] as const) {
      const before = ran.length
      const { webhookDeliveries } = await run<{ webhookDeliveries: { nodes: object[] } }>(
        gateway,
        token,
        query.replace('COUNT', count),
        { filter, all },
      )
      const plans = ran.slice(before).filter(({ query }) => query.includes('webhook_delivery'))
      looked.shown = webhookDeliveries.nodes.length
      looked[what] = plans.reduce((rows, { plan }) => rows + rowsRead(plan, 'webhook_delivery'), 0)
      looked.waste = plans.flatMap(({ plan }) =>
        wasteOf(plan, { large: ['webhook_delivery'], most: Number.POSITIVE_INFINITY }),
      )
    }
    return looked
  }

  const common: Record<string, { filter: object; all?: boolean; shown: number }> = {
    'of a chat': { filter: { chatId: 'chat77' }, shown: 20 },
    'of a chat, failed, with an error': {
      filter: { chatId: 'chat78', states: ['FAILED'], errors: ['HTTP_STATUS'] },
      shown: 1,
    },
    'of an event, in the license': { filter: { chatEventId }, all: true, shown: 3 },
    'with statuses of servers that fail': { filter: { statusCodes: [{ from: 500, to: 599 }] }, shown: 20 },
    'of a bot agent, created between two times': {
      filter: {
        botAgentIds: ['BOT'],
        createdSince: '2026-11-26T08:00:00Z',
        createdUntil: '2026-11-26T08:01:00Z',
      },
      shown: 19,
    },
    'failed long ago, in the license': {
      filter: { states: ['FAILED'], createdUntil: '2026-11-26T06:00:00Z' },
      all: true,
      shown: 20,
    },
  }
  it.each(Object.entries(common))('%s: reads few that it does not show', async (_name, { filter, all, shown }) => {
    const named = JSON.parse(JSON.stringify(filter).replace('BOT', botAgent)) as object
    const { page, ...looked } = await look(named, all)
    expect(looked).toMatchObject({ shown, waste: [] })
    expect(page).toBeLessThan(mostRead)
  })

  it('that hardly any pass stops at a limit, wherever these are', async () => {
    const { page, both, ...looked } = await look({ replayed: true })
    expect(looked).toEqual({ shown: 0, waste: [] })
    expect(page).toBeGreaterThan(10_000)
    expect(page).toBeLessThan(15_000)
    // The count looks at all 27,000 of the application, in two rounds.
    expect(Number(both) - Number(page)).toBeLessThan(2.5 * many)
    // An error rules out what has arrived.
    expect((await look({ errors: ['TLS'] })).page).toBeLessThan(mostRead)
  })
})
