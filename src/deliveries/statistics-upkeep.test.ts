import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import { WebhookAttemptError } from '../database/client/client.ts'
import { openDatabase } from '../database/database.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'
import { percentile } from './duration-histogram.ts'
import { createStatisticsUpkeep } from './statistics-upkeep.ts'

const log = pino({ level: 'silent' })

async function setUp() {
  const url = await databaseForTest()
  await migrate(url, { log })
  const database = openDatabase(openPool(url, { log }), { log })
  onTestFinished(() => database.$disconnect())
  /** Notes attempts of one bot agent: how long each took, and its error. */
  const attempts = (at: string, taken: readonly [milliseconds: number, error: string | null][], botAgentId = 'a') =>
    sql(
      url,
      `insert into webhook_tally (license_id, client_id, at, kind, bot_agent_ids, errors, durations, retried)
       values (1, 'app', $1, 'ATTEMPTED', $2, $3::webhook_attempt_error[], $4, $5)`,
      [
        at,
        taken.map(() => botAgentId),
        taken.map(([, error]) => error),
        taken.map(([milliseconds]) => milliseconds),
        taken.map(([, error]) => error !== null),
      ],
    )
  const rows = (columns: string) =>
    sql<Record<string, unknown>>(
      url,
      `select bot_agent_id as id, seconds, to_char(at at time zone 'UTC', 'HH24:MI') as at, ${columns} from webhook_statistics
       order by bot_agent_id, seconds, webhook_statistics.at, client_id`,
    )
  return { url, upkeep: createStatisticsUpkeep({ database }), attempts, rows }
}

it('what was noted counts once in its minute and its hour, however often and wherever it is added', async () => {
  const { url, upkeep, attempts, rows } = await setUp()
  // Hours are those of UTC, also where clocks are set to half hours.
  await sql(url, `alter database ${new URL(url).pathname.slice(1)} set timezone = 'Asia/Kolkata'`)
  await attempts('2026-11-27 09:59:59.999Z', [[10, null]])
  await attempts('2026-11-27 10:00:00.000Z', [
    [10, 'TIMEOUT'],
    [10, 'HTTP_STATUS'],
  ])
  await attempts('2026-11-27 10:00:59.999Z', [[10, null]], 'b')
  await Promise.all([upkeep.add(), upkeep.add(), upkeep.add()])
  await upkeep.add()
  await attempts('2026-11-27 10:00:30.000Z', [[10, 'TIMEOUT']])
  await upkeep.add()
  expect(await sql(url, 'select from webhook_tally')).toEqual([])
  expect((await rows('delivered, failed, retried')).map((row) => Object.values(row).join(' '))).toEqual([
    // All of the license together, and all of the application.
    ' 60 09:59 1 0 0',
    ' 60 09:59 1 0 0',
    ' 60 10:00 1 3 3',
    ' 60 10:00 1 3 3',
    ' 3600 09:00 1 0 0',
    ' 3600 09:00 1 0 0',
    ' 3600 10:00 1 3 3',
    ' 3600 10:00 1 3 3',
    'a 60 09:59 1 0 0',
    'a 60 10:00 0 3 3',
    'a 3600 09:00 1 0 0',
    'a 3600 10:00 0 3 3',
    'b 60 10:00 1 0 0',
    'b 3600 10:00 1 0 0',
  ])
  const [hour] = (await rows('failures, last_success_at, last_failure_at')).slice(-3, -2)
  // HTTP_STATUS and TIMEOUT are the first two; the last success is that of the hour before.
  expect(hour).toMatchObject({
    at: '10:00',
    failures: [1, 2, 0, 0, 0, 0, 0, 0, 0, 0],
    last_success_at: new Date('2026-11-27T09:59:59.999Z'),
    last_failure_at: new Date('2026-11-27T10:00:30.000Z'),
  })
})

it('errors are counted in the order that the database has, which is that of the schema', async () => {
  const { url } = await setUp()
  const [row] = await sql<{ errors: string[] }>(url, 'select enum_range(null::webhook_attempt_error)::text[] as errors')
  expect(row?.errors).toEqual(Object.values(WebhookAttemptError))
})

it('a batch ends where it has many webhooks, and the next ones follow', async () => {
  const { url, upkeep, rows } = await setUp()
  await sql(
    url,
    `insert into webhook_tally (license_id, client_id, at, kind, bot_agent_ids)
     select 1, 'app' || one % 2, '2026-11-27 10:00Z', 'MATCHED', array_fill('a'::text, array[1000]) from generate_series(1, 45) one`,
  )
  expect(await upkeep.add(AbortSignal.abort())).toBe(0)
  expect(await upkeep.add()).toBe(45)
  expect((await rows('client_id, matched')).filter(({ seconds }) => seconds === 60)).toEqual([
    { id: '', seconds: 60, at: '10:00', client_id: '', matched: 45_000 },
    { id: '', seconds: 60, at: '10:00', client_id: 'app0', matched: 22_000 },
    { id: '', seconds: 60, at: '10:00', client_id: 'app1', matched: 23_000 },
    { id: 'a', seconds: 60, at: '10:00', client_id: 'app0', matched: 22_000 },
    { id: 'a', seconds: 60, at: '10:00', client_id: 'app1', matched: 23_000 },
  ])
})

it('percentiles are at most 10 % or 1 ms off', async () => {
  const { upkeep, attempts, rows } = await setUp()
  const taken = Array.from({ length: 400 }, (_, index) => Math.round(1.043 ** index))
  await attempts(
    '2026-11-27 10:00Z',
    taken.slice(0, 100).map((ms) => [ms, null]),
  )
  await upkeep.add()
  await attempts(
    '2026-11-27 10:00Z',
    taken.slice(100).map((ms) => [ms, 'TIMEOUT']),
  )
  await upkeep.add()
  const [minute] = await rows('durations')
  const counts = minute?.durations as number[]
  for (const [index, exact] of taken.entries()) {
    const told = percentile(counts, (index + 0.5) / taken.length) ?? 0
    expect(Math.abs(told - exact), `${exact} ms`).toBeLessThanOrEqual(Math.max(1, exact / 10))
  }
})

it('minutes are removed after a day, and hours after 30 days', async () => {
  const { url, upkeep, rows } = await setUp()
  await sql(
    url,
    `insert into webhook_statistics (license_id, client_id, bot_agent_id, seconds, at, matched, held, delivered, failed, retried)
     select 1, 'app', age, seconds, now() - age::interval, 1, 0, 0, 0, 0
     from (values (60, '24 hours'), (60, '26 hours'), (3600, '26 hours'), (3600, '31 days'), (3600, '32 days')) as given(seconds, age)`,
  )
  expect(await upkeep.prune()).toBe(2)
  expect((await rows('matched')).map(({ id, seconds }) => `${seconds} ${id}`).sort()).toEqual([
    '3600 26 hours',
    '3600 31 days',
    '60 24 hours',
  ])
})
