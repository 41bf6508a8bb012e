import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import {
  append,
  appendMany,
  connect,
  databaseWithFeed,
  feedForTest,
  ids,
  notify,
  startFeed,
  subscribeTo,
} from '../../test/support/feed.ts'
import { startEmbeddedServer } from '../database/embedded/embedded-server.ts'
import type { FeedNotice } from './feed-entry.ts'
import { LOOK } from './follower.ts'

/** A log that resolves `said` to its first line with a message. */
function logThatSays(message: string) {
  const { promise: said, resolve } = Promise.withResolvers<Record<string, unknown>>()
  const write = (line: string) => {
    const parsed = JSON.parse(line)
    if (parsed.msg === message) resolve(parsed)
  }
  return { log: pino({ level: 'warn' }, { write }), said }
}

/** A PostgreSQL with a setting that it reads when it starts, for the length of one test. */
async function serverWith(setting: string): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  const log = pino({ level: 'silent' })
  const first = await startEmbeddedServer({ dataDir, log })
  await sql(first.connectionString, `alter system set ${setting}`)
  await first.stop()
  const server = await startEmbeddedServer({ dataDir, log })
  onTestFinished(() => server.stop())
  return server.connectionString
}

describe('a transaction that does not append', () => {
  it('holds up neither the start nor streams nor notices, in this database or another', async () => {
    const url = await databaseWithFeed()
    const [here, reader, writer] = [await connect(url), await connect(url), await connect(url)]
    const elsewhere = await connect(await databaseForTest())
    await here.query(`begin; create table other (); select pg_current_xact_id()`)
    await elsewhere.query('begin; select pg_current_xact_id()')
    // As pg_dump reads.
    await reader.query('begin isolation level repeatable read; select from feed_entry')

    const feed = await startFeed(url)
    const told = new Promise<FeedNotice>((resolve) => feed.onNotice(resolve))
    const { take } = subscribeTo(feed)
    await append(writer, 'a')
    await notify(writer, 'something')
    await append(writer, 'b')
    feed.wake()
    expect(ids(await take(2))).toEqual(['a', 'b'])
    expect((await told).data).toEqual({ of: 'something' })
  })
})

describe('a transaction that appends and stays open', () => {
  it('makes the streams of a gateway wait, but neither its start nor its notices, and is named in the log', async () => {
    const url = await databaseWithFeed()
    const [slow, quick] = [await connect(url), await connect(url)]
    await slow.query(`set application_name = 'somebody'; begin`)
    await append(slow, 'held up')
    const { log, said } = logThatSays('streams wait for transactions that append to the feed and stay open')
    const feed = feedForTest(url, { log })
    const told = new Promise<FeedNotice>((resolve) => feed.onNotice(resolve))
    await feed.start()
    const { stream } = subscribeTo(feed)
    const next = stream.next()
    await notify(quick, 'something')
    expect((await told).data).toEqual({ of: 'something' })
    expect(await said).toMatchObject({ holders: [{ application: 'somebody', state: 'idle in transaction' }] })

    await slow.query('commit')
    await append(quick, 'after it')
    feed.wake()
    expect((await next).value.botAgentId).toBe('after it')
  })

  it('may be prepared, and is waited for until that is committed', async () => {
    const url = await databaseWithFeed(await serverWith('max_prepared_transactions = 2'))
    const feed = await startFeed(url)
    const [slow, quick] = [await connect(url), await connect(url)]
    const { stream, take } = subscribeTo(feed)
    await slow.query('begin')
    await append(slow, 'first')
    await append(quick, 'second')
    feed.wake()
    const next = stream.next()
    await slow.query('select pg_sleep(0.1)')
    await slow.query(`prepare transaction 'two phases'`)
    const early = await Promise.race([next, slow.query('select pg_sleep(0.3)').then(() => 'nothing yet')])
    expect(early).toBe('nothing yet')
    await slow.query(`commit prepared 'two phases'`)
    feed.wake()
    expect([(await next).value.botAgentId, ...ids(await take(1))]).toEqual(['first', 'second'])
  })
})

describe('notices', () => {
  it('are each told once, in whatever order they commit, and however many entries lie before them', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const told: unknown[] = []
    const { promise: last, resolve } = Promise.withResolvers<void>()
    feed.onNotice(({ data }) => {
      told.push(data)
      if (told.length === 3) resolve()
    })
    const { take } = subscribeTo(feed)
    const [slow, quick] = [await connect(url), await connect(url)]
    await slow.query('begin')
    await notify(slow, 'first taken')
    await notify(quick, 'second taken')
    feed.wake()
    while (told.length === 0) await quick.query('select')
    await appendMany(quick, 2_500)
    await slow.query('commit')
    await notify(quick, 'last')
    feed.wake()
    await Promise.all([last, take(2_500)])
    await append(quick, 'end')
    feed.wake()
    await take(1)
    expect(told).toEqual([{ of: 'second taken' }, expect.anything(), expect.anything()])
    expect(told).toEqual(expect.arrayContaining([{ of: 'first taken' }, { of: 'last' }]))
  })
})

describe('entries that a gateway can no longer read', () => {
  it('because they were pruned before it had read them, end its streams instead of leaving a gap', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const [slow, quick] = [await connect(url), await connect(url)]
    const { stream, take } = subscribeTo(feed)
    await append(quick, 'one')
    feed.wake()
    await take(1)
    await slow.query('begin')
    await append(slow, 'slow')
    await append(quick, 'two')
    const next = stream.next()
    expect(await feed.prune(-60_000)).toBe(2)
    await slow.query('commit')
    feed.wake()
    await expect(next).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })

    const back = subscribeTo(feed)
    await append(quick, 'three')
    feed.wake()
    expect(ids(await back.take(1))).toEqual(['three'])
  })

  it('because the database was set back, end its streams, and its cursors are refused from then on', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const { stream, take } = subscribeTo(feed)
    for (const id of ['a', 'b', 'c']) await append(client, id)
    feed.wake()
    const [, b] = await take(3)
    if (!b) throw new Error('no entry')
    const after = feed.cursor(b)
    const next = stream.next()
    await client.query(`begin; delete from feed_entry; select setval('feed_position', 1); commit`)
    feed.wake()
    await expect(next).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })

    const back = subscribeTo(feed)
    for (const id of ['d', 'e', 'f']) await append(client, id)
    feed.wake()
    const [, e] = await back.take(3)
    if (!e) throw new Error('no entry')
    await expect(subscribeTo(feed, { after }).stream.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    expect(ids(await subscribeTo(feed, { after: feed.cursor(e) }).take(1))).toEqual(['f'])
  })
})

describe('the other gateways', () => {
  it('are notified of each commit, also while another transaction appends, and when the gateway stops at once', {
    timeout: 10_000,
  }, async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const [slow, listener] = [await connect(url), await connect(url)]
    await listener.query('listen feed')
    const notified = () => new Promise((resolve) => listener.once('notification', resolve))
    feed.wake()
    await notified()
    await slow.query('begin')
    await append(slow, 'held up')
    feed.wake()
    await notified()
    await slow.query('commit')
    feed.wake()
    await Promise.all([notified(), feed.stop()])
  })

  it('poll if no notification can be sent, because the queue of the server is full', { timeout: 20_000 }, async () => {
    const url = await databaseWithFeed(await serverWith('max_notify_queue_pages = 64'))
    const feed = await startFeed(url)
    const { take } = subscribeTo(feed)
    const [deaf, loud] = [await connect(url), await connect(url)]
    await deaf.query('listen anything')
    // A listener hears nothing, and so keeps the queue as it is, while its transaction is open.
    await deaf.query('begin')
    const fill = async () => {
      for (;;) await loud.query(`select pg_notify('anything', repeat('x', 7900))`)
    }
    await expect(fill()).rejects.toThrow('too many notifications')
    await append(loud, 'a')
    feed.wake()
    await append(loud, 'b')
    feed.wake()
    expect(ids(await take(2))).toEqual(['a', 'b'])
  })
})

it('a database that refuses connections for a moment is read again within seconds', { timeout: 8_000 }, async () => {
  const url = await databaseWithFeed()
  const name = new URL(url).pathname.slice(1)
  const refused: unknown[] = []
  const { promise: twice, resolve } = Promise.withResolvers<void>()
  const write = (line: string) => {
    if (JSON.parse(line).msg === 'the feed cannot be read: reconnecting' && refused.push(line) === 2) resolve()
  }
  const feed = feedForTest(url, { log: pino({ level: 'warn' }, { write }) })
  await feed.start()
  const { take } = subscribeTo(feed)
  const first = take(1)
  const elsewhere = await connect(await databaseForTest())
  await elsewhere.query(`alter database "${name}" allow_connections false`)
  await elsewhere.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  await twice
  await elsewhere.query(`alter database "${name}" allow_connections true`)
  await append(await connect(url), 'a')
  expect(ids(await first)).toEqual(['a'])
})

it('who appends is looked up after the last position was read', async () => {
  const client = await connect(await databaseWithFeed())
  const { rows } = await client.query(`explain (generic_plan, format json) ${LOOK}`)
  interface Plan {
    readonly 'Function Name'?: string
    readonly 'Subplan Name'?: string
    readonly Plans?: readonly Plan[]
  }
  const subplanOf = (plan: Plan, within = ''): string | undefined => {
    const here = plan['Subplan Name'] ?? within
    if (plan['Function Name'] === 'pg_lock_status') return here
    return plan.Plans?.map((inner) => subplanOf(inner, here)).find((found) => found !== undefined)
  }
  // A SubPlan runs for a row that is there, which has the position. An InitPlan may run before.
  expect(subplanOf(rows[0]['QUERY PLAN'][0].Plan)).toMatch(/^SubPlan/)
})
