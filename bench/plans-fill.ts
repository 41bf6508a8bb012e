import type pg from 'pg'
import { columnsOf } from './columns.ts'
import { progress } from './table.ts'

/** How much lies around the little that a gateway has to do. */
export interface Around {
  /** Deliveries that have ended. Half of them are of one bot agent. */
  readonly finished: number
  /** Deliveries of one bot agent that are due again in six hours. */
  readonly retries: number
  /** Bot agents with one delivery that is due in six hours. */
  readonly lanes: number
  /** Paused bot agents with one delivery that is due. */
  readonly paused: number
  /** Bot agents that listen to something else, or whose filters do not match. */
  readonly listeners: number
  /** Changes in the feed. */
  readonly entries: number
}

/** Bot agents that were made by a gateway. All others are copies of them. */
export interface Originals {
  /** Has one delivery that has arrived, and gets half of those that have ended. */
  readonly busy: string
  /** Has one delivery that has failed, and gets the retries. */
  readonly failing: string
  /** Each does not match for another reason. */
  readonly deaf: readonly string[]
  /** Listens to another action. */
  readonly elsewhere: string
}

/** A filling takes minutes, and its times and ids are reckoned from its beginning. */
interface Filling extends Around {
  /** In SQL. */
  readonly now: string
}

const BATCH = 250_000
/** Rows of each kind that are old enough to be removed. */
const AGED = 400
/** Deliveries of one event. */
const OF_EVENT = 50
const DAYS = 20

/** The first of the licenses that have little in the feed, and nothing else. */
export const OTHER_LICENSE = 1_001
/** The id of the bot agent of a lane, by its number. */
export const laneId = (lane: string) => `md5('lane' || ${lane})`

/** An id as the gateway makes them: the time, then what looks random. */
const idAt = (prefix: string, time: string, place: string) =>
  `'${prefix}' || lpad(to_hex((extract(epoch from ${time}) * 1000)::bigint), 12, '0') || substr(md5('${prefix}' || ${place}), 1, 20)`

/** Writes entries of the feed that are old enough to be removed. They must be the first ones. */
export async function addAgedEntries(client: pg.Client): Promise<void> {
  await client.query(`
    insert into feed_entry (license_id, topic, client_id, bot_agent_id, data, created_at)
    select 1, 'WEBHOOK_DELIVERY', 'bench', repeat('0', 32), '{}', now() - interval '30 days' from generate_series(1, ${AGED})`)
}

/** Writes all of it, as a gateway would have left it. No gateway may be running. */
export async function fillAround(client: pg.Client, originals: Originals, around: Around): Promise<void> {
  // Triggers and foreign keys would take longer than the rows.
  await client.query(`set session_replication_role = 'replica'; set synchronous_commit = off`)
  await client.query(`alter system set max_wal_size = '8GB'`)
  await client.query('select pg_reload_conf()')
  const { rows } = await client.query<{ now: string }>('select now()::text')
  const filling = { ...around, now: `'${rows[0]?.now}'::timestamptz` }
  progress('adding bot agents')
  await copyBotAgents(client, originals.elsewhere, { count: around.lanes, id: laneId('copy') })
  await copyBotAgents(client, originals.elsewhere, {
    count: around.paused,
    id: `md5('paused' || copy)`,
    written: { webhooks_state: `'PAUSED'`, webhooks_paused_until: `now() + interval '6 hours'` },
  })
  for (const original of [...originals.deaf, originals.elsewhere]) {
    const count = Math.ceil(around.listeners / (originals.deaf.length + 1))
    await copyBotAgents(client, original, { count, id: `md5('${original}' || copy)` })
  }
  progress('adding events and what ended')
  await addEvents(client, originals, filling)
  await addFinished(client, originals, filling)
  progress('adding what waits')
  await addWaiting(client, originals, filling)
  progress('adding the feed, and what is old')
  await addEntries(client, originals, filling)
  await addAged(client, originals)
  progress('vacuum analyze')
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  await client.query('alter system reset max_wal_size')
  await client.query(`select pg_reload_conf()`)
}

async function copyBotAgents(
  client: pg.Client,
  original: string,
  { count, id, written = {} }: { count: number; id: string; written?: Record<string, string> },
): Promise<void> {
  const from = `(select * from bot_agent where id = '${original}') original cross join generate_series(1, ${count}) copy`
  await copyRows(client, 'bot_agent', from, {
    id,
    client_id: `'others'`,
    access_token_hash: `sha256(('token' || copy % 100)::bytea)`,
    ...written,
  })
  await client.query(
    `insert into webhook_listener (license_id, action, bot_agent_id)
    select license_id, action, ${id} from webhook_listener cross join generate_series(1, ${count}) copy where bot_agent_id = $1`,
    [original],
  )
}

/** Inserts rows that are like `original`, but for what is written. */
async function copyRows(
  client: pg.Client,
  table: string,
  from: string,
  written: Record<string, string>,
  after = '',
): Promise<void> {
  const names = (await columnsOf(client, table)).map(({ name }) => name).filter((name) => name !== 'number')
  const values = names.map((name) => written[name] ?? `original.${name}`)
  const insert = `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from ${from}`
  await client.query(after ? `with made as (${insert} returning *) ${after}` : insert)
}

/** The times of rows that were made one after the other until now; the first ones are older. */
const timeOf = (place: string, count: number, { now }: Filling) =>
  `(case when ${place} <= ${AGED} then ${now} - interval '40 days' + ${place} * interval '1 second'
    else ${now} - interval '${DAYS} days' * (1 - ${place}::float8 / ${count}) - interval '1 minute' end)`

/** Old deliveries have an event each, which goes with them. */
const eventOf = (place: string) =>
  `(case when ${place} <= ${AGED} then ${place} else ${AGED} + 1 + ${place} / ${OF_EVENT} end)`
const eventsOf = ({ finished }: Around) => AGED + 1 + Math.ceil(finished / OF_EVENT)
const eventId = (place: string, filling: Filling) => idAt('evt_', timeOf(place, eventsOf(filling), filling), place)
const deliveryId = (place: string, filling: Filling) => idAt('dlv_', timeOf(place, filling.finished, filling), place)

/** Events with deliveries, then as many without, of the last day, with keys. */
async function addEvents(client: pg.Client, { busy }: Originals, filling: Filling): Promise<void> {
  const count = eventsOf(filling)
  const time = timeOf('place', count, filling)
  const original = `(select * from chat_event where matched > 0 order by created_at limit 1) original`
  const ofLastDay = `(case when place <= ${AGED} then now() - interval '2 days' else now() - interval '20 hours' * place / ${count} end)`
  await copyRows(client, 'chat_event', `${original} cross join generate_series(1, ${count}) place`, {
    id: eventId('place', filling),
    matched: `${OF_EVENT}`,
    created_at: time,
  })
  await copyRows(client, 'chat_event', `${original} cross join generate_series(1, ${count}) place`, {
    id: idAt('evt_', ofLastDay, `'unmatched' || place`),
    matched: '0',
    created_at: ofLastDay,
  })
  await client.query(`
    insert into chat_event_key (license_id, client_id, key, chat_event_id, created_at)
    select 1, 'bench', 'key' || place, ${eventId('place', filling)}, ${ofLastDay} from generate_series(1, ${count}) place`)
  await client.query(`
    insert into audit_entry (id, license_id, owner_client_id, bot_agent_id, action, client_id, created_at)
    select ${idAt('aud_', time, 'place')}, 1, 'bench', '${busy}', 'SECRET_READ', 'bench',
      case when place <= ${AGED} then now() - interval '400 days' else ${time} end
    from generate_series(1, ${count}) place`)
}

/** What has ended: half of it of one bot agent and half of the lanes, each with one attempt. */
async function addFinished(client: pg.Client, { busy }: Originals, filling: Filling): Promise<void> {
  const { finished, lanes } = filling
  const time = timeOf('place', finished, filling)
  const written = {
    id: deliveryId('place', filling),
    client_id: `case when place % 2 = 0 then 'bench' else 'others' end`,
    bot_agent_id: `case when place % 2 = 0 then original.bot_agent_id else ${laneId(`(place / 2 % ${lanes} + 1)`)} end`,
    chat_event_id: `case when place > ${AGED} then ${eventId(eventOf('place'), filling)} end`,
    chat_id: `'chat' || place / ${OF_EVENT}`,
    last_error: `case when place % 100 = 2 then 'HTTP_STATUS'::webhook_attempt_error end`,
    last_status_code: `case place % 100 when 2 then 503 when 3 then null else 200 end`,
    state: `(case when place % 100 = 2 then 'FAILED' when place % 100 = 3 then 'CANCELLED' else 'SUCCEEDED' end)::webhook_delivery_state`,
    created_at: time,
    finished_at: `${time} + interval '100 milliseconds'`,
  }
  const original = `(select * from webhook_delivery where bot_agent_id = '${busy}' order by created_at limit 1) original`
  await inBatches(finished, (first, last) => {
    const from = `${original} cross join generate_series(${first}, ${last}) place`
    return copyRows(client, 'webhook_delivery', from, written, attempted(200))
  })
}

const attempted = (status: number) => `
  insert into webhook_attempt (delivery_id, number, started_at, duration_ms, status_code, error, replay)
  select id, 1, created_at, 10, ${status}, ${status === 200 ? 'null' : `'HTTP_STATUS'`}, false from made`

async function addWaiting(client: pg.Client, { failing }: Originals, filling: Filling): Promise<void> {
  const { retries, lanes, paused, now } = filling
  const time = `(${now} - interval '1 day' * (1 - place::float8 / ${retries}) - interval '1 minute')`
  const original = `(select * from webhook_delivery where bot_agent_id = '${failing}' order by created_at limit 1) original`
  const waits = {
    state: `'PENDING'`,
    finished_at: 'null',
    next_attempt_at: `now() + interval '6 hours' + random() * interval '6 hours'`,
  }
  await inBatches(retries, (first, last) =>
    copyRows(
      client,
      'webhook_delivery',
      `${original} cross join generate_series(${first}, ${last}) place`,
      { ...waits, id: idAt('dlv_', time, `'retry' || place`), created_at: time },
      attempted(503),
    ),
  )
  const ofOthers = { ...waits, client_id: `'others'`, created_at: 'now()' }
  await copyRows(client, 'webhook_delivery', `${original} cross join generate_series(1, ${lanes}) place`, {
    ...ofOthers,
    id: idAt('dlv_', 'now()', `'lane' || place`),
    bot_agent_id: laneId('place'),
  })
  await copyRows(client, 'webhook_delivery', `${original} cross join generate_series(1, ${paused}) place`, {
    ...ofOthers,
    id: idAt('dlv_', 'now()', `'paused' || place`),
    bot_agent_id: `md5('paused' || place)`,
    next_attempt_at: 'now()',
  })
}

/** The feed of the last day: half of it is of the license, about its last deliveries that have ended, and half of 1,000 others. */
async function addEntries(client: pg.Client, { busy }: Originals, filling: Filling): Promise<void> {
  const { entries, finished, now } = filling
  const place = `(${finished} - entry % ${finished})`
  await inBatches(entries, (first, last) =>
    client.query(`
      insert into feed_entry (license_id, topic, client_id, bot_agent_id, data, created_at)
      select case when entry % 2 = 0 then 1 else ${OTHER_LICENSE} + entry / 2 % 1000 end, 'WEBHOOK_DELIVERY', 'bench', '${busy}',
        jsonb_build_object('deliveryId', ${deliveryId(place, filling)}, 'state', 'SUCCEEDED', 'attempt', 1),
        ${now} - interval '1 day' * (1 - entry::float8 / ${entries})
      from generate_series(${first}, ${last}) entry`),
  )
}

/** What else ends: tokens, revocations, log-outs and secret keys, a few that have ended among many that have not. */
async function addAged(client: pg.Client, { elsewhere }: Originals): Promise<void> {
  const ends = `now() + case when place <= ${AGED} then interval '-3 days' else interval '1 day' end`
  const hash = `sha256(('aged' || place)::bytea)`
  const places = `generate_series(1, ${25 * AGED}) place`
  await client.query(`
    insert into access_token (hash, revocation_keys, issued_at, expires_at)
    select ${hash}, array[${hash}], now() - interval '4 days', ${ends} from ${places}`)
  await client.query(`
    insert into token_revocation (key, revoked_at, kept_until) select ${hash}, now() - interval '4 days', ${ends} from ${places}`)
  await client.query(`insert into logout_token (hash, kept_until) select ${hash}, ${ends} from ${places}`)
  await client.query(
    `insert into former_secret_key (id, bot_agent_id, secret_key, replaced_at)
    select ${idAt('key_', 'now()', 'place')}, ${laneId('place')}, webhooks_secret_key,
      now() - case when place <= ${AGED} then interval '2 days' else interval '1 hour' end
    from bot_agent cross join generate_series(1, ${2 * AGED}) place
    where id = $1 and exists (select from bot_agent lane where lane.id = ${laneId('place')})`,
    [elsewhere],
  )
}

async function inBatches(count: number, add: (first: number, last: number) => Promise<unknown>): Promise<void> {
  for (let first = 1; first <= count; first += BATCH) await add(first, Math.min(count, first + BATCH - 1))
}
