import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import { openDatabase } from '../database/database.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'
import { type Change, createChanges } from './change.ts'
import type { NewFeedEntry } from './feed-entry.ts'

const log = pino({ level: 'silent' })
const entry: NewFeedEntry = { licenseId: 1, topic: 'BOT_AGENT_STATUS', clientId: 'app', botAgentId: 'bot', data: {} }

/** A database for changes. It records what was done after each commit, and which entries were committed by then. */
async function setUp() {
  const url = await databaseForTest()
  await migrate(url, { log })
  const database = openDatabase(openPool(url, { log }), { log })
  onTestFinished(() => database.$disconnect())
  const acts: string[] = []
  const changes = createChanges({ database, feed: { wake: () => void acts.push('feed woken') } })
  const entries = async () => (await sql<{ count: number }>(url, 'select count(*)::int from feed_entry'))[0]?.count
  return { changes, acts, entries }
}

it('a change wakes the feed once, after its commit, however many entries it appends', async () => {
  const { changes, acts, entries } = await setUp()
  await changes.commit(async (change) => {
    change.append([entry, entry])
    change.append([entry])
    change.appended()
    expect(acts).toEqual([])
    expect(await entries()).toBe(0)
  })
  expect(acts).toEqual(['feed woken'])
  expect(await entries()).toBe(3)
})

it('a change appends its entries when all else is written', async () => {
  const { changes, entries } = await setUp()
  const seen: number[] = []
  const make = async (change: Change) => {
    const look = async () => void seen.push(await change.transaction.feedEntry.count())
    change.append(Array<NewFeedEntry>(5_000).fill(entry))
    change.atEnd(look)
    await look()
  }
  await changes.commit(make, { timeout: 60_000 })
  expect(seen).toEqual([0, 0])
  expect(await entries()).toBe(5_000)
})

it('a change that appends nothing does not wake the feed', async () => {
  const { changes, acts } = await setUp()
  expect(await changes.commit(async (change) => change.append([]))).toBeUndefined()
  expect(acts).toEqual([])
})

it('the actions for after the commit run once, in the order in which they were added', async () => {
  const { changes, acts } = await setUp()
  const first = () => void acts.push('first')
  const result = await changes.commit(async (change) => {
    for (const act of [first, () => void acts.push('second'), first]) change.afterCommit(act)
    return 'result'
  })
  expect([result, ...acts]).toEqual(['result', 'first', 'second'])
})

it('a change that fails is rolled back, and nothing is done afterwards', async () => {
  const { changes, acts, entries } = await setUp()
  const failing = changes.commit(async (change) => {
    change.append([entry])
    change.afterCommit(() => void acts.push('act'))
    throw new Error('on purpose')
  })
  await expect(failing).rejects.toThrow('on purpose')
  expect(acts).toEqual([])
  expect(await entries()).toBe(0)
})

it('a change with a single statement is committed by itself, and then wakes the feed', async () => {
  const { changes, acts, entries } = await setUp()
  await changes.commitStatement(async (change) => {
    await change.transaction.$executeRaw`
      insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
      values (1, 'BOT_AGENT_STATUS', 'app', 'bot', '{}')`
    change.appended()
    expect(await entries()).toBe(1)
    expect(acts).toEqual([])
  })
  expect(acts).toEqual(['feed woken'])
})

it('a statement that may add entries wakes the feed only if it has added some', async () => {
  const { changes, acts } = await setUp()
  await changes.commitStatement(async (change) => change.appended({ if: () => false }))
  expect(acts).toEqual([])
  await changes.commitStatement(async (change) => change.appended({ if: () => true }))
  expect(acts).toEqual(['feed woken'])
})
