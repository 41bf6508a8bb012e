import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from './support/client.ts'
import { createDatabase, sql } from './support/database.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { explainAll, type Ran, rowsRead, wasteOf } from './support/plans.ts'

/** Events of the caller's license. Half of them reach nobody, and one in 2,000 reaches the quiet application. */
const MANY = 40_000
const SIZE = 10
/** A list merges a range for each action, with and without a match. All are filled here: of each it reads a page, and what tells that it is sorted. */
const most = 15 * 2 * (SIZE + 2) + SIZE
const tables = ['chat_event', 'chat_event_reached', 'webhook_delivery']

const parts = new AsyncDisposableStack()
let gateway: TestGateway
let ran: readonly Ran[]

beforeAll(async () => {
  const { url: databaseUrl, drop } = await createDatabase()
  parts.defer(drop)
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  parts.defer(() => rm(dataDir, { recursive: true }))
  const before = await startGateway({ beside: { databaseUrl, dataDir } })
  await before.stop()
  await sql(
    databaseUrl,
    `insert into chat_event (id, license_id, client_id, action, data, matched, only_client_id, chat_id, seen, created_at)
     select 'evt_' || lpad(to_hex(place), 32, '0'), case when place % 10 = 0 then 2 else 1 end, 'platform',
       (enum_range(null::webhook_action))[1 + place / 7 % 15], '{}', place % 2, case when place % 3 = 0 and place % 2 = 1 then 'busy' end,
       'chat ' || place % 4000, '{}', now() - place * interval '1 second'
     from generate_series(1, ${MANY}) place;
     insert into chat_event_reached (chat_event_id, license_id, client_id, action, matched, created_at)
     select id, license_id, 'busy', action, 1, created_at from chat_event where matched > 0;
     insert into chat_event_reached (chat_event_id, license_id, client_id, action, matched, created_at)
     select id, license_id, 'quiet', action, 1, created_at from chat_event
     where only_client_id is null and extract(epoch from now() - created_at)::int % 2000 = 1;
     insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, additional_data, secret_key)
     select 'dlv_' || right(chat_event_id, 31) || left(client_id, 1), license_id, client_id, md5(client_id), chat_event_id, action,
       'SUCCEEDED', '', '{}', '' from chat_event_reached;
     insert into chat_event (id, license_id, client_id, action, data, matched, chat_id, seen, created_at)
     select 'evt_' || lpad(to_hex(${MANY} + place), 32, '0'), 1, 'platform', 'THREAD_CLOSED', '{}', 2, 'large', '{}',
       now() - interval '1 day' - place * interval '1 second'
     from generate_series(1, ${MANY}) place;`,
  )
  await sql(databaseUrl, 'vacuum analyze')
  const explained = await explainAll(databaseUrl)
  parts.defer(explained.stop)
  ran = explained.ran
  gateway = await startGateway({ beside: { databaseUrl, dataDir } })
  parts.defer(gateway.stop)
}, 300_000)
afterAll(() => parts.disposeAsync())

const document = `query ($filter: ChatEventFilter, $first: Int, $after: String, $last: Int, $before: String) {
  chatEvents(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    nodes { id deliveries(first: 1) { nodes { id } } } pageInfo { startCursor endCursor }
  }
}`

interface Page {
  nodes: { id: string }[]
  pageInfo: { startCursor: string | null; endCursor: string | null }
}

const callers = {
  'the platform': { clientId: 'platform', scopes: ['chats--all:rw'] },
  'a caller that sees what all applications own': { clientId: 'quiet', scopes: ['agents-bot--all:ro'] },
  'an application that many events reach': { clientId: 'busy', scopes: ['agents-bot--my:ro'] },
  'an application that few events reach': { clientId: 'quiet', scopes: ['agents-bot--my:ro'] },
  'an application that no event reaches': { clientId: 'nobody', scopes: ['agents-bot--my:ro'] },
}

const hourAgo = new Date(Date.now() - 3_600_000)
const filters: Record<string, object> = {
  'no filter': {},
  'one action': { actions: ['THREAD_CLOSED'] },
  'those that matched': { matched: true },
  'those that did not': { matched: false },
  'one chat': { chatId: 'chat 7' },
  'a time and an action': { createdSince: hourAgo, createdUntil: new Date(), actions: ['INCOMING_EVENT'] },
}

const reads = Object.keys(callers).flatMap((caller) => Object.keys(filters).map((filter) => [caller, filter] as const))

it.each(reads)('a list of %s with %s reads few rows that it does not show, at both ends', async (caller, name) => {
  const token = await gateway.token(callers[caller as keyof typeof callers])
  const waste: string[] = []
  const read = async (page: object) => {
    const before = ran.length
    const { chatEvents } = await run<{ chatEvents: Page }>(gateway, token, document, { filter: filters[name], ...page })
    // The gateway removes old rows meanwhile.
    const plans = ran.slice(before).filter(({ query }) => !query.includes('delete from'))
    expect(plans.length).toBeGreaterThan(0)
    for (const { plan } of plans) {
      waste.push(...wasteOf(plan, { large: tables, most }))
      for (const table of tables) {
        if (rowsRead(plan, table) > most) waste.push(`reads ${rowsRead(plan, table)} rows of ${table}`)
      }
    }
    return chatEvents.pageInfo
  }
  const { endCursor: after } = await read({ first: SIZE })
  if (after) await read({ first: SIZE, after })
  const { startCursor: before } = await read({ last: SIZE })
  if (before) await read({ last: SIZE, before })
  expect(waste).toEqual([])
})

it.each(Object.entries(callers))('a page of a large chat looks at some of its events, for %s', async (_caller, of) => {
  const token = await gateway.token(of)
  for (const page of [{ first: SIZE }, { last: SIZE }]) {
    const before = ran.length
    await run(gateway, token, document, { filter: { chatId: 'large', actions: ['INCOMING_EVENT'] }, ...page })
    const plans = ran.slice(before).filter(({ query }) => query.includes('hashtext(chat_id)'))
    expect(plans).toHaveLength(3)
    const rowsOf = (table: string) => plans.reduce((rows, { plan }) => rows + rowsRead(plan, table), 0)
    // Besides those it looks at, it reads a few that tell where a millisecond ends.
    expect(rowsOf('chat_event')).toBeGreaterThanOrEqual(13_000)
    expect(rowsOf('chat_event')).toBeLessThan(13_020)
    expect(rowsOf('chat_event_reached')).toBe(0)
  }
})
