import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import { openDatabase } from '../database/database.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'
import { createChatEventUpkeep } from './chat-event-upkeep.ts'

const silent = pino({ level: 'silent' })
const HOUR = 3_600_000

async function setUp(log = silent) {
  const url = await databaseForTest()
  await migrate(url, { log: silent })
  const database = openDatabase(openPool(url, { log }), { log })
  onTestFinished(() => database.$disconnect())
  return {
    url,
    upkeep: createChatEventUpkeep({ database, retention: 30 * 24 * HOUR }),
    /** Adds `count` events, which get the ids NAME1 and so on. */
    add: (name: string, { hours, matched, count = 1 }: { hours: number; matched: number; count?: number }) =>
      sql(
        url,
        `insert into chat_event (id, license_id, client_id, action, data, matched, created_at)
         select $1 || number, 1, 'app', 'THREAD_CLOSED', '{}', $2, now() - $3 * interval '1 hour' from generate_series(1, $4) as number`,
        [name, matched, hours, count],
      ),
    /** Adds a key for each event. */
    addKeys: () =>
      sql(
        url,
        `insert into chat_event_key (license_id, client_id, key, chat_event_id, created_at)
         select license_id, client_id, id, id, created_at from chat_event`,
      ),
    /** Adds a delivery of each event whose id begins with the name. */
    deliver: (name: string) =>
      sql(
        url,
        `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, chat_event_id, action, state, url, additional_data, secret_key)
         select id, 1, 'app', 'bot', id, 'THREAD_CLOSED', 'PENDING', 'http://a.b', '{}', '' from chat_event where starts_with(id, $1)`,
        [name],
      ),
    /** Lists all events for an application that they reached. */
    list: () =>
      sql(
        url,
        `insert into chat_event_reached (chat_event_id, license_id, client_id, action, matched, created_at)
         select id, license_id, client_id, action, matched, created_at from chat_event`,
      ),
    left: async () => (await sql<{ id: string }>(url, 'select id from chat_event order by id')).map(({ id }) => id),
  }
}

it('events that reached nobody are removed after a day, with their keys', async () => {
  const { url, upkeep, add, addKeys, left } = await setUp()
  await add('new', { hours: 23, matched: 0 })
  await add('old', { hours: 25, matched: 0, count: 1_200 })
  await addKeys()
  expect(await upkeep.prune()).toBe(2_400)
  expect(await left()).toEqual(['new1'])
  expect(await sql(url, 'select key from chat_event_key')).toEqual([{ key: 'new1' }])
})

it('events that reached somebody are removed after the retention, once their deliveries are', async () => {
  const { url, upkeep, add, deliver, list, left } = await setUp()
  await add('new', { hours: 29 * 24, matched: 1 })
  await add('waiting', { hours: 33 * 24, matched: 1, count: 600 })
  await add('also', { hours: 32 * 24, matched: 1, count: 600 })
  await add('old', { hours: 31 * 24, matched: 1 })
  await deliver('waiting')
  await list()
  expect(await upkeep.prune()).toBe(601)
  const kept = await left()
  expect(kept.filter((id) => !id.startsWith('waiting'))).toEqual(['new1'])
  const listed = await sql<{ id: string }>(url, 'select chat_event_id as id from chat_event_reached order by 1')
  expect(listed.map(({ id }) => id)).toEqual(kept)
})

it('events stay until their last delivery is made', async () => {
  const { url, upkeep, add, left } = await setUp()
  await add('begun', { hours: 31 * 24, matched: 1_000 })
  await add('older', { hours: 32 * 24, matched: 1 })
  await sql(
    url,
    `insert into fan_out (action, chat_event_ids, recipients, done, created_at)
     select action, array[id], '[]', 500, created_at from chat_event where id = 'begun1'`,
  )
  expect(await upkeep.prune()).toBe(1)
  expect(await left()).toEqual(['begun1'])
})

it('each removal finds what is old in an index', async () => {
  const queries: string[] = []
  const write = (line: string) => queries.push(String(JSON.parse(line).query))
  const { url, upkeep, add, addKeys, list } = await setUp(pino({ level: 'trace' }, { write }))
  await add('new', { hours: 1, matched: 1, count: 5_000 })
  await add('quiet', { hours: 1, matched: 0, count: 5_000 })
  await addKeys()
  await list()
  await sql(url, 'analyze')
  await upkeep.prune()
  expect(queries).toHaveLength(3)
  for (const query of queries) {
    const plan = await sql<{ 'QUERY PLAN': string }>(url, `explain (generic_plan) ${query}`)
    const text = plan.map((line) => line['QUERY PLAN']).join('\n')
    expect(text).toMatch(/Index Cond: \(.*created_at < \(InitPlan/)
    expect(text).not.toContain('Seq Scan on chat_event')
  }
})
