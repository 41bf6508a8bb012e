import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { benchmark } from './benchmark.ts'
import { type Caller, openCaller } from './caller.ts'
import { now } from './clock.ts'
import { type Explained, explainAll, explainingTo, readExplained } from './explained.ts'
import { connect } from './sessions.ts'
import { startSite } from './site.ts'
import { progress, table } from './table.ts'

/** Deliveries of 30 days, evenly spread over bot agents, chats and events. Nine of ten are of the caller's application. */
const BOT_AGENTS = 100
const CHATS = 200_000
const DAYS = 30

/** What operators ask most: arguments of `webhookDeliveries`. */
const asked = (count: number): readonly (readonly [what: string, args: string])[] => {
  const place = Math.floor(count / 2)
  const time = (minutes: number) => new Date(Date.now() - (DAYS * 86_400_000) / 2 + minutes * 60_000).toISOString()
  return [
    ['a chat', `filter: { chatId: "chat ${place % CHATS}" }`],
    ['statuses 500 to 599', 'filter: { statusCodes: [{ from: 500, to: 599 }] }'],
    [
      'a bot agent, five minutes',
      `filter: { botAgentIds: ["${idOfBotAgent(place)}"], createdSince: "${time(0)}", createdUntil: "${time(5)}" }`,
    ],
    ['an event', `filter: { chatEventId: "${idOfEvent(place)}" }`],
    [
      'FAILED in the license, a day',
      `all: true, filter: { states: [FAILED], createdSince: "${time(-1_440)}", createdUntil: "${time(0)}" }`,
    ],
    ['an action of a quarter, oldest first', 'filter: { actions: [THREAD_CLOSED] }, orderBy: OLDEST_FIRST'],
    ['replayed: nothing passes', 'filter: { replayed: true }'],
  ]
}

const idOfBotAgent = (place: number) => (place % BOT_AGENTS).toString(16).padStart(32, '0')
const idOfEvent = (place: number) => `evt_${place.toString(16).padStart(32, '0')}`

/** What the delivery log costs where it is long. It prints how long pages and counts take, and from which indexes they are read. */
export const deliveryLog = benchmark({
  measures: 'what filtered pages of the delivery log cost beside millions of deliveries',
  flags: { deliveries: 10_000_000, rounds: 15 },
  onlyByName: true,
  run: measure,
})

async function measure({ deliveries, rounds }: { deliveries: number; rounds: number }): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const site = parts.use(await startSite({ quiet: true }))
  const databaseUrl = await site.createDatabase()
  await (await site.startGateway({ databaseUrl })).stop()
  const client = parts.use(await connect(databaseUrl))
  await fill(client, deliveries)
  const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-log-'))
  parts.defer(() => rm(folder, { recursive: true }))
  const authorization = await site.authorization({ licenseId: 1, clientId: 'my-bots' })

  const usual = openCaller(await site.startGateway({ databaseUrl }), 1)
  parts.defer(() => usual.close())
  await explainAll(client)
  const file = join(folder, 'notices')
  const explaining = openCaller(await site.startGateway({ databaseUrl, ...explainingTo(file) }), 1)
  parts.defer(() => explaining.close())
  const rows: string[][] = []
  for (const [what, args] of asked(deliveries)) {
    const page = `{ webhookDeliveries(first: 50, ${args}) { nodes { id state } pageInfo { hasNextPage } } }`
    const count = `{ webhookDeliveries(first: 1, ${args}) { totalCount totalCountIsExact } }`
    const times = await timesOf(usual, authorization, page, rounds)
    const counting = await timesOf(usual, authorization, count, 3)
    const { webhookDeliveries } = await usual.call<Page>(authorization, page, {})
    rows.push([
      what,
      `${webhookDeliveries.nodes.length}`,
      ...times,
      ...counting,
      ...(await explainedBy(file, explaining, authorization, page)),
    ])
  }
  table(
    `${deliveries} deliveries in ${DAYS} days; one caller, ${rounds} rounds; pages of 50`,
    ['filter', 'shown', 'ms, median', 'worst', 'count: ms', 'worst', 'rows read', 'buffers', 'indexes'],
    rows,
  )
}

interface Page {
  readonly webhookDeliveries: { readonly nodes: readonly object[] }
}

async function timesOf(caller: Caller, authorization: string, query: string, rounds: number): Promise<string[]> {
  const times: number[] = []
  // The first one reads pages that nobody has read before.
  await caller.call(authorization, query, {})
  for (let round = 0; round < rounds; round++) {
    const begun = now()
    await caller.call(authorization, query, {})
    times.push(now() - begun)
  }
  const sorted = times.toSorted((one, other) => one - other)
  return [sorted[Math.floor(rounds / 2)] ?? 0, sorted.at(-1) ?? 0].map((ms) => ms.toFixed(1))
}

/** @returns what the statements of one page read of deliveries, in how many buffers, and through which indexes */
async function explainedBy(file: string, caller: Caller, authorization: string, query: string): Promise<string[]> {
  const all = async () => {
    const found: Explained[] = []
    for await (const explained of readExplained(file)) if (isOfTheLog(explained.text)) found.push(explained)
    return found
  }
  await caller.call(authorization, query, {})
  const before = (await all()).length
  await caller.call(authorization, query, {})
  const statements = (await all()).slice(before)
  const steps = statements.flatMap((statement) => statement.steps)
  const scans = steps.flatMap(({ what, rows, dropped }) => {
    const [, index] = /using (\S+) on webhook_delivery/.exec(what) ?? []
    return index ? [{ index, read: rows + dropped }] : []
  })
  const wrong = steps.filter(({ what }) => what.startsWith('Seq Scan on webhook_delivery'))
  if (wrong.length > 0) throw new Error('A page was read by a scan of the whole table')
  const indexes = new Set(scans.filter(({ read }) => read > 0).map(({ index }) => index))
  const buffers = statements.reduce((sum, statement: Explained) => sum + statement.buffers, 0)
  return [`${scans.reduce((sum, { read }) => sum + read, 0)}`, `${buffers}`, [...indexes].join(', ')]
}

function isOfTheLog(text: string): boolean {
  return text.includes('webhook_delivery') && text.includes('limit') && !text.includes('next_attempt_at <=')
}

/** Writes deliveries as gateways would have left them. Indexes are made afterwards, which takes less time. */
async function fill(client: pg.Client, count: number): Promise<void> {
  const begun = now()
  await client.query(
    `set session_replication_role = 'replica'; set synchronous_commit = off; set maintenance_work_mem = '1GB'`,
  )
  await client.query(`alter system set max_wal_size = '8GB'`)
  await client.query('select pg_reload_conf()')
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = 'webhook_delivery'::regclass and not indisprimary and not indisunique`,
  )
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  progress(`adding ${count} deliveries`)
  await client.query(
    `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, chat_id, action, state, url, ping, confidential,
       additional_data, secret_key, attempt_count, last_error, last_status_code, created_at, finished_at)
     select 'dlv_' || lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || lpad(to_hex(place), 20, '0'), 1,
       case when place % 10 = 7 then 'other-bots' else 'my-bots' end, lpad(to_hex(place % ${BOT_AGENTS}), 32, '0'),
       'evt_' || lpad(to_hex(place), 32, '0'), 'chat ' || place % ${CHATS},
       (case when place % 4 = 0 then 'THREAD_CLOSED' else 'INCOMING_EVENT' end)::webhook_action,
       (case when place % 101 = 0 then 'FAILED' else 'SUCCEEDED' end)::webhook_delivery_state, 'https://example.com/webhooks', false, false,
       '{}', '', 1, (case when place % 101 = 0 then 'HTTP_STATUS' end)::webhook_attempt_error, case when place % 101 = 0 then 503 else 200 end, at, at
     from generate_series(1, $1::bigint) place
     cross join lateral (select now() - ($1::bigint - place) * interval '${DAYS} days' / $1::bigint as at) created`,
    [count],
  )
  progress('making its indexes')
  for (const { definition } of indexes) await client.query(definition)
  await client.query('vacuum analyze webhook_delivery')
  await client.query('checkpoint')
  progress(`filled in ${((now() - begun) / 1_000).toFixed(0)} s`)
}
