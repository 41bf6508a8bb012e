import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { benchmark } from './benchmark.ts'
import { type Caller, openCaller } from './caller.ts'
import { chatEvent, publishing } from './chat-event.ts'
import { now } from './clock.ts'
import { explainAll, explainingTo } from './explained.ts'
import { createBotAgent, type Driven, drive, listeningTo, mutate, settled, watch } from './plans-drive.ts'
import { type Around, addAgedEntries, fillAround, laneId, OTHER_LICENSE } from './plans-fill.ts'
import { type Counted, report } from './plans-report.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { connect } from './sessions.ts'
import { type Site, startSite } from './site.ts'
import type { SpawnedGateway } from './spawned-gateway.ts'
import { countStatements } from './statements.ts'
import { progress } from './table.ts'

/** Bot agents that get the events, each at an origin of its own. */
const ORIGINS = 8
const IDLE_MS = 60_000
const START_MS = 10_000
/** Nobody listens at this port. */
const NOWHERE = 'http://127.0.0.1:9/webhooks'

/** One gateway and whatever lies around. It prints markdown, for docs/decisions/plans.md. */
export const plans = benchmark({
  measures: 'what each statement of a gateway reads beside millions of rows that have nothing to do with it',
  flags: {
    finished: 5_000_000,
    retries: 1_000_000,
    lanes: 10_000,
    paused: 1_000,
    listeners: 10_000,
    entries: 1_000_000,
  },
  onlyByName: true,
  run: explainEverything,
})

async function explainEverything(around: Around): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const receiver = await startReceiver(ORIGINS)
  parts.defer(() => receiver.stop())
  const site = parts.use(await startSite({ quiet: true }))
  await countStatements(site)
  const databaseUrl = await site.createDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-plans-'))
  parts.defer(() => rm(folder, { recursive: true }))
  const file = join(folder, 'notices')
  const authorization = await site.authorization({ licenseId: 1 })

  const { client, alone, ...begun } = await prepare(site, { databaseUrl, receiver, authorization }, around)
  parts.use(client)
  const sizes = await sizesOf(client)
  await explainAll(client)
  const start = { databaseUrl, ...explainingTo(file) }
  const gateway = await site.startGateway(start)
  await swept(client)
  // The walk through all lanes, 1,000 a second, comes round.
  await delay(around.lanes)
  const beside = await idleMinute(client)
  progress('driving')
  const revoked = await site.authorization({ licenseId: 1, clientId: 'revoked' })
  const { rows } = await client.query<{ id: string }>(
    `select ${laneId('lane')} as id from generate_series(1, 500) lane`,
  )
  const many = rows.map(({ id }) => id)
  await drive({ gateway, client, receiver, authorization, revoked, many, ...begun })
  await dieAndComeBack(site, gateway, { start, client, authorization })

  await report(file, { around, sizes, alone, beside })
}

/** Counts what a gateway does in an empty database, and fills that when the gateway has made what will be copied. */
async function prepare(
  site: Site,
  { databaseUrl, receiver, authorization }: { databaseUrl: string; receiver: Receiver; authorization: string },
  around: Around,
) {
  const gateway = await site.startGateway({ databaseUrl })
  const client = await connect(databaseUrl)
  await client.query('create extension pg_stat_statements')
  const alone = await idleMinute(client)
  const otherAuthorization = await site.authorization({ licenseId: OTHER_LICENSE })
  const begun = await begin(gateway, client, receiver, authorization, otherAuthorization)
  await gateway.stop()
  const started = now()
  await fillAround(client, begun.originals, around)
  progress(`filled in ${((now() - started) / 1_000).toFixed(0)} s`)
  return { client, alone, ...begun }
}

const events = (caller: Caller, authorization: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, number) => caller.call(authorization, publishing, { input: chatEvent(number) })),
  )

/** Has the gateway make one of everything of which there will be many. */
async function begin(
  gateway: SpawnedGateway,
  client: pg.Client,
  receiver: Receiver,
  authorization: string,
  otherAuthorization: string,
): Promise<Pick<Driven, 'originals' | 'cursor' | 'other'>> {
  const caller = openCaller(gateway)
  const create = (...input: Parameters<typeof listeningTo>) =>
    createBotAgent(caller, authorization, listeningTo(...input))
  const elsewhere = await create(NOWHERE, 'THREAD_CLOSED')
  const deaf = [
    await create(NOWHERE, 'INCOMING_EVENT', { chatMemberIds: { agentsAny: ['somebody'] } }),
    await create(NOWHERE, 'INCOMING_EVENT', {
      chatProperties: [{ namespace: 'test', name: 'string_property', values: ['nothing'] }],
    }),
    await create(NOWHERE, 'INCOMING_EVENT', { onlyMyChats: true }),
  ]
  const failing = await create(NOWHERE)
  const busy = await create(receiver.urls[0] ?? '')
  for (const url of receiver.urls.slice(1)) await create(url)
  await events(caller, authorization, 1)
  await receiver.reaches(ORIGINS)
  await settled(client, 'select from webhook_claim')
  await addAgedEntries(client)
  const cursor = await cursorNow(gateway, caller, authorization, elsewhere)
  const foreign = await createBotAgent(caller, otherAuthorization, listeningTo(NOWHERE, 'THREAD_CLOSED'))
  const other = {
    authorization: otherAuthorization,
    cursor: await cursorNow(gateway, caller, otherAuthorization, foreign),
  }
  await caller.close()
  return { originals: { busy, failing, deaf, elsewhere }, cursor, other }
}

/** Changes the status of a bot agent. @returns the cursor of that */
async function cursorNow(gateway: SpawnedGateway, caller: Caller, authorization: string, id: string): Promise<string> {
  await using status = watch(gateway, authorization, 'botAgentStatusChanged')
  const cursor = status.take(1)
  // The stream begins when it has been asked for.
  await delay(1_000)
  await mutate(caller, authorization, 'updateBotAgent', { id, status: 'NOT_ACCEPTING_CHATS' })
  // Awaited here: the stream ends with this function.
  return await cursor
}

/** Resolves when what is old was removed. */
async function swept(client: pg.Client): Promise<void> {
  const old: [table: string, time: string][] = [
    ['webhook_delivery', `finished_at < now() - interval '35 days'`],
    ['chat_event', `created_at < now() - interval '35 days'`],
    ['chat_event_key', `created_at < now() - interval '25 hours'`],
    ['audit_entry', `created_at < now() - interval '365 days'`],
    ['feed_entry', `created_at < now() - interval '20 days'`],
    ['token_revocation', `kept_until < now()`],
    ['former_secret_key', `replaced_at < now() - interval '25 hours'`],
  ]
  for (const [table, condition] of old) await settled(client, `select from ${table} where ${condition} limit 1`)
}

/** @returns the statements of a minute in which nobody asks for anything */
async function idleMinute(client: pg.Client): Promise<Counted[]> {
  progress('counting the statements of an idle minute')
  // What is done once at the start has ended by then.
  await delay(START_MS)
  await client.query('select pg_stat_statements_reset()')
  await delay(IDLE_MS)
  const { rows } = await client.query<Counted>(`
    select query, sum(calls)::int as calls from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database()) and query not like '%pg_stat_statements%'
    group by query order by calls desc, query`)
  return rows
}

/** Kills the gateway while it sends: the next one takes over what it had under way. */
async function dieAndComeBack(
  site: Site,
  gateway: SpawnedGateway,
  {
    start,
    client,
    authorization,
  }: { start: Parameters<Site['startGateway']>[0]; client: pg.Client; authorization: string },
): Promise<void> {
  const caller = openCaller(gateway)
  const publishing = events(caller, authorization, 200).catch(() => {})
  await settled(client, `select where not exists (select from webhook_claim)`)
  await gateway.kill()
  await publishing
  await caller.close()
  const next = await site.startGateway(start)
  await settled(client, 'select from webhook_claim')
  await next.stop()
}

async function sizesOf(client: pg.Client): Promise<string[][]> {
  const { rows } = await client.query<{ table: string; rows: string; size: string }>(`
    select relname as table, to_char(reltuples, 'FM999,999,999') as rows, pg_size_pretty(pg_total_relation_size(oid)) as size
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples > 1000 order by reltuples desc`)
  return rows.map(({ table, rows, size }) => [`\`${table}\``, rows, size])
}
