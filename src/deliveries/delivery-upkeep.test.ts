import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import { openDatabase } from '../database/database.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'
import { createChanges } from '../feed/change.ts'
import { createDeliveryUpkeep } from './delivery-upkeep.ts'
import { StoppedWebhooks } from './stopped-webhooks.ts'

const log = pino({ level: 'silent' })

/** Creates deliveries with the given states and ages in days, for a bot agent that does not exist. */
async function setUp(rows: [id: string, state: string, days: number][]) {
  const url = await databaseForTest()
  await migrate(url, { log })
  const database = openDatabase(openPool(url, { log }), { log })
  onTestFinished(() => database.$disconnect())
  for (const [id, state, days] of rows) {
    await sql(
      url,
      `insert into chat_event (id, license_id, client_id, action, data, matched, created_at)
       values ($1, 1, 'app', 'THREAD_CLOSED', '{}', 1, now() - $2 * interval '1 day')`,
      [id, days],
    )
    await sql(
      url,
      `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, additional_data,
         secret_key, created_at, next_attempt_at, finished_at)
       select $1, 1, 'app', 'gone', $1, 'THREAD_CLOSED', $2::webhook_delivery_state, 'http://a.b', '{}', '', made,
         case when $2 = 'PENDING' then now() end, case when $2 not in ('PENDING', 'HELD') then made end
       from (select now() - $3 * interval '1 day' as made) as at`,
      [id, state, days],
    )
    await sql(
      url,
      `insert into webhook_attempt (delivery_id, number, started_at, duration_ms, replay)
       select $1, number, now(), 1, false from generate_series(1, 2) number`,
      [id],
    )
  }
  const left = async (table: string) =>
    (await sql<{ id: string }>(url, `select id from ${table} order by id`)).map(({ id }) => id)
  const changes = createChanges({ database, feed: { wake: () => {} } })
  const stopped = new StoppedWebhooks({ database, changes, log })
  return { upkeep: createDeliveryUpkeep({ database, retention: 30 * 86_400_000 }), stopped, left, url }
}

it('deliveries older than the retention are removed with their attempts, except pending ones', async () => {
  const { upkeep, left, url } = await setUp([
    ['new', 'SUCCEEDED', 29],
    ['old', 'SUCCEEDED', 31],
    ['older', 'FAILED', 300],
    ['held', 'HELD', 31],
    ['waiting', 'PENDING', 31],
  ])
  expect(await upkeep.prune()).toBe(3)
  expect(await left('webhook_delivery')).toEqual(['new', 'waiting'])
  expect(await sql(url, 'select delivery_id as id, count(*)::int from webhook_attempt group by 1 order by 1')).toEqual([
    { id: 'new', count: 2 },
    { id: 'waiting', count: 2 },
  ])
})

it('deliveries that wait for a bot agent that does not exist are cancelled, and reported', async () => {
  const { stopped, url } = await setUp([
    ['ended', 'SUCCEEDED', 1],
    ['held', 'HELD', 1],
    ['waiting', 'PENDING', 1],
  ])
  await stopped.found(['gone'])
  await stopped.settle()
  expect(await sql(url, 'select id, state::text from webhook_delivery order by id')).toEqual([
    { id: 'ended', state: 'SUCCEEDED' },
    { id: 'held', state: 'CANCELLED' },
    { id: 'waiting', state: 'CANCELLED' },
  ])
  expect(await sql(url, `select data->>'state' as state from feed_entry`)).toEqual([
    { state: 'CANCELLED' },
    { state: 'CANCELLED' },
  ])
})
