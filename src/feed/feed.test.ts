import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sql } from '../../test/support/database.ts'
import {
  append,
  appendMany,
  connect,
  databaseAt,
  databaseWithFeed,
  everything,
  feedForTest,
  ids,
  notify,
  startFeed,
  subscribeTo as subscribe,
} from '../../test/support/feed.ts'
import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { pageAfter } from './catch-up.ts'
import type { Feed } from './feed.ts'
import type { FeedEntry, FeedFilter } from './feed-entry.ts'

describe('a gateway without streams', () => {
  it('leaves entries in the log, where the first stream with a cursor finds all of them', async () => {
    const url = await databaseWithFeed()
    const [feed, other] = [await startFeed(url), await startFeed(url)]
    const client = await connect(url)
    const live = subscribe(other)
    await append(client, 'seen')
    other.wake()
    const [seen] = await live.take(1)
    await appendMany(client, 1_500)
    other.wake()
    await live.take(1_500)

    const resumed = subscribe(feed, { after: other.cursor(seen as FeedEntry) })
    const found = ids(await resumed.take(1_500))
    expect(found).toEqual(Array.from({ length: 1_500 }, (_, index) => `n${index + 1}`))
    await append(client, 'later')
    other.wake()
    expect(ids(await resumed.take(1))).toEqual(['later'])
  })

  it('tells the first stream of everything from its beginning on, whenever it begins', async () => {
    const url = await databaseWithFeed()
    const writer = await connect(url)
    const feeds = await Promise.all(Array.from({ length: 12 }, () => startFeed(url)))
    let isOver = false
    const writing = (async () => {
      while (!isOver) {
        await appendMany(writer, 3)
        for (const feed of feeds) feed.wake()
      }
    })()
    for (const feed of feeds) {
      const positions = (await subscribe(feed).take(100)).map(({ position }) => position)
      const [first = 0n] = positions
      expect(positions).toEqual(positions.map((_, index) => first + BigInt(index)))
    }
    isOver = true
    await writing
  })
})

describe('the order of the feed', () => {
  it('holds back an entry while a transaction with a lower position runs, and loses neither of them', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const [slow, quick] = [await connect(url), await connect(url)]
    const { stream, take } = subscribe(feed)

    await slow.query('begin')
    await append(slow, 'first')
    await append(quick, 'second')
    feed.wake()
    const next = stream.next()
    // The follower may have read the second entry by now, but must not deliver it.
    const early = await Promise.race([next, slow.query('select pg_sleep(0.2)').then(() => 'nothing yet')])
    expect(early).toBe('nothing yet')
    await slow.query('commit')
    feed.wake()

    const { value } = await next
    expect([value.botAgentId, ...ids(await take(1))]).toEqual(['first', 'second'])
  })

  it('skips a position that was never committed', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const { take } = subscribe(feed)
    await client.query('begin')
    await append(client, 'undone')
    await client.query('rollback')
    await append(client, 'done')
    feed.wake()
    expect(ids(await take(1))).toEqual(['done'])
  })

  it('is the same for a live subscriber and for those that resume during a burst of concurrent commits', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const other = await startFeed(url)
    const live = subscribe(feed)
    const [writers, each] = [8, 150]

    const writing = Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const client = await connect(url)
        for (let index = 0; index < each; index++) {
          await client.query('begin')
          await append(client, `${writer}-${index}`)
          if (index % 7 === writer % 7) await client.query('select pg_sleep(0.002)')
          if (index % 10 === 9) await append(client, `${writer}-${index}-more`)
          await client.query('commit')
          feed.wake()
        }
      }),
    )

    const total = writers * (each + each / 10)
    const [first] = await live.take(1)
    if (!first) throw new Error('no entry')
    const rest = live.take(total - 1)
    let cursor = feed.cursor(first)
    const resumed: FeedEntry[] = []
    // Each time at another gateway, during the burst.
    for (let round = 0; resumed.length < total - 1; round++) {
      const part = subscribe(round % 2 ? feed : other, { after: cursor })
      const entries = await part.take(Math.min(1 + ((round * 37) % 120), total - 1 - resumed.length))
      await part.stream.return?.()
      resumed.push(...entries)
      cursor = feed.cursor(entries.at(-1) ?? first)
    }
    await writing

    const seen = [first, ...(await rest)]
    const positions = seen.map(({ position }) => position)
    expect(new Set(ids(seen)).size).toBe(total)
    expect(positions).toEqual([...positions].sort((one, two) => Number(one - two)))
    expect([first, ...resumed].map(({ position }) => position)).toEqual(positions)
  })
})

describe('a filter', () => {
  it('passes entries of the license, the application and the bot agents that it names, live and resumed', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const watched = subscribe(feed)
    await append(client, 'begin')
    feed.wake()
    const [begin] = await watched.take(1)
    if (!begin) throw new Error('no entry')
    const after = feed.cursor(begin)

    const filters: Record<string, FeedFilter> = {
      license: everything,
      application: { ...everything, clientId: 'app' },
      botAgent: { ...everything, botAgentIds: ['b', 'end'] },
    }
    const live = Object.values(filters).map((filter) => subscribe(feed, {}, filter))
    await append(client, 'foreign', { licenseId: 2 })
    await append(client, 'a')
    await append(client, 'b', { clientId: 'other' })
    await append(client, 'end')
    feed.wake()

    const resumed = Object.values(filters).map((filter) => subscribe(feed, { after }, filter))
    for (const [license, application, botAgent] of [live, resumed]) {
      expect(ids((await license?.take(3)) ?? [])).toEqual(['a', 'b', 'end'])
      expect(ids((await application?.take(2)) ?? [])).toEqual(['a', 'end'])
      expect(ids((await botAgent?.take(2)) ?? [])).toEqual(['b', 'end'])
    }
  })
})

describe('a subscriber', () => {
  it('that is slower than the events catches up from the log, and misses none', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const [slow, fine] = [subscribe(feed), subscribe(feed)]
    await append(client, 'seen')
    feed.wake()
    await slow.take(1)
    await appendMany(client, 2_500)
    feed.wake()
    const all = ['seen', ...Array.from({ length: 2_500 }, (_, index) => `n${index + 1}`)]
    expect(ids(await fine.take(2_501))).toEqual(all)
    // The log that it shares with the other one no longer reaches back to where it is.
    expect(ids(await slow.take(2_500))).toEqual(all.slice(1))
    await append(client, 'live again')
    feed.wake()
    expect(ids(await slow.take(1))).toEqual(['live again'])
  })

  it('is one of 300 that all get every entry of a burst in order, though it is larger than what they share', {
    timeout: 240_000,
  }, async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const watchers = Array.from({ length: 300 }, () => subscribe(feed))
    const taken = watchers.map(({ take }) => take(3_000))
    await appendMany(client, 3_000)
    feed.wake()
    const burst = Array.from({ length: 3_000 }, (_, index) => `n${index + 1}`)
    for (const entries of await Promise.all(taken)) expect(ids(entries)).toEqual(burst)
  })

  it('that leaves while it waits is released at once', async () => {
    const feed = await startFeed(await databaseWithFeed())
    const { stream } = subscribe(feed)
    const waiting = stream.next()
    await stream.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  it('is asked to reconnect when the gateway shuts down', async () => {
    const feed = await startFeed(await databaseWithFeed())
    const { stream } = subscribe(feed)
    const waiting = stream.next()
    feed.endStreams()
    await expect(waiting).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})

describe('a cursor', () => {
  it('is refused if it is invalid, of another license or made with another key, without revealing positions', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const { take } = subscribe(feed)
    await append(client, 'a')
    feed.wake()
    const [entry] = await take(1)
    if (!entry) throw new Error('no entry')

    const own = feed.cursor(entry)
    const foreign = feed.cursor({ ...entry, licenseId: 2 })
    const stranger = feedForTest(url, { key: randomBytes(32) })
    for (const after of [foreign, stranger.cursor(entry), `${own}A`, own.slice(1), '', '1']) {
      expect(() => subscribe(feed, { after })).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
    }
    const next = feed.cursor({ ...entry, position: entry.position + 1n })
    expect([...next].filter((letter, index) => letter === own[index]).length).toBeLessThan(8)
  })

  it('older than the kept entries is refused with CURSOR_EXPIRED, unless nothing after it was pruned', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const { take } = subscribe(feed)
    for (const id of ['a', 'b', 'c', 'd']) await append(client, id)
    feed.wake()
    const [a, b, c] = await take(4)
    if (!a || !b || !c) throw new Error('no entries')
    await client.query(
      `update feed_entry set created_at = now() - interval '2 days' where bot_agent_id in ('a', 'b', 'c')`,
    )

    expect(await feed.prune(86_400_000)).toBe(3)
    await expect(subscribe(feed, { after: feed.cursor(b) }).stream.next()).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    })
    expect(ids(await subscribe(feed, { after: feed.cursor(c) }).take(1))).toEqual(['d'])
  })

  it('older than the kept entries is refused even by a gateway that starts with an empty log', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const { take } = subscribe(feed)
    await append(client, 'a')
    await append(client, 'b')
    feed.wake()
    const [a] = await take(2)
    if (!a) throw new Error('no entry')
    expect(await feed.prune(-1_000)).toBe(2)

    const restarted = await startFeed(url)
    const { stream } = subscribe(restarted, { after: restarted.cursor(a) })
    await expect(stream.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  it('ahead of the database, which was restored to an earlier state, is refused with CURSOR_EXPIRED', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const { take } = subscribe(feed)
    await append(client, 'a')
    feed.wake()
    const [a] = await take(1)
    if (!a) throw new Error('no entry')
    const { stream } = subscribe(feed, { after: feed.cursor({ ...a, position: a.position + 1_000n }) })
    await expect(stream.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })
})

describe('a page from the database', () => {
  const after: FeedFilter = { licenseId: 1, topics: ['BOT_AGENT_STATUS'] }

  it('reads only entries of its topic, however many others lie between', async () => {
    const { feed, database, first, through } = await withDeliveriesBetween(50_000)
    expect(ids(await subscribe(feed, { after: feed.cursor(first) }).take(1))).toEqual(['last'])
    expect(await rowsRead(database, pageAfter(after, first.position, through))).toBe(1)
  })

  it('reads a limited number of entries, however few of them match', async () => {
    const { feed, database, first, through } = await withDeliveriesBetween(50_000)
    const filter: FeedFilter = { licenseId: 1, topics: ['WEBHOOK_DELIVERY'], botAgentIds: ['n49000', 'n50000'] }
    const { take } = subscribe(feed, { after: feed.cursor(first) }, filter)
    expect(ids(await take(2))).toEqual(['n49000', 'n50000'])
    expect(await rowsRead(database, pageAfter(filter, first.position, through))).toBe(2_000)
  })

  /** A status, `count` deliveries and another status, at a gateway that has started after them. */
  async function withDeliveriesBetween(count: number) {
    const url = await databaseWithFeed()
    const client = await connect(url)
    await append(client, 'first')
    await appendMany(client, count, 'WEBHOOK_DELIVERY')
    await append(client, 'last')
    await client.query('analyze feed_entry')
    const database = databaseAt(url)
    const [first] = await database.$queryRaw<FeedEntry[]>`
      select position, license_id as "licenseId" from feed_entry order by position limit 1`
    if (!first) throw new Error('no entry')
    return { feed: await startFeed(url), database, first, through: first.position + BigInt(count) + 1n }
  }

  /** @returns how many rows of the table the statement read, whether it returned them or not */
  async function rowsRead(database: Database, statement: Prisma.Sql): Promise<number> {
    const [row] = await database.$queryRaw<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(
      Prisma.sql`explain (analyze, format json) ${statement}`,
    )
    const scans = row?.['QUERY PLAN'].flatMap(({ Plan }) => scansOf(Plan)) ?? []
    return scans.reduce(
      (sum, { 'Actual Rows': rows, 'Rows Removed by Filter': removed = 0 }) => sum + rows + removed,
      0,
    )
  }
})

interface PlanNode {
  'Relation Name'?: string
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

function scansOf(node: PlanNode): PlanNode[] {
  const own = node['Relation Name'] === 'feed_entry' ? [node] : []
  return [...own, ...(node.Plans ?? []).flatMap(scansOf)]
}

describe('several gateways', () => {
  it('notice each other’s changes without waiting for the poll', async () => {
    const url = await databaseWithFeed()
    const [one, two] = [await startFeed(url), await startFeed(url)]
    const client = await connect(url)
    const { take } = subscribe(two)
    await append(client, 'a')
    one.wake()
    expect(ids(await take(1))).toEqual(['a'])
  })

  it('miss nothing while their connection to the database is cut', async () => {
    const url = await databaseWithFeed()
    const feed = await startFeed(url)
    const client = await connect(url)
    const { take } = subscribe(feed)
    for (let round = 0; round < 3; round++) {
      await sql(
        url,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'bot-agent-gateway feed' and datname = current_database()`,
      )
      await append(client, `${round}`)
      feed.wake()
      expect(ids(await take(1))).toEqual([`${round}`])
    }
  })
})

describe('a notice', () => {
  it('reaches all gateways even while a transaction holds up the entries, and appears in no stream', async () => {
    const url = await databaseWithFeed()
    const feeds = [await startFeed(url), await startFeed(url)]
    const [slow, quick] = [await connect(url), await connect(url)]
    const { take } = subscribe(feeds[0] as Feed)
    const told = feeds.map(
      (feed) => new Promise((resolve) => feed.onNotice(({ topic, data }) => resolve({ topic, data }))),
    )
    await slow.query('begin')
    await append(slow, 'held up')
    await notify(quick, 'something')
    await append(quick, 'after it')
    feeds[0]?.wake()
    for (const notice of told) expect(await notice).toEqual({ topic: 'TOKEN_REVOCATION', data: { of: 'something' } })
    await slow.query('commit')
    feeds[0]?.wake()
    expect(ids(await take(2))).toEqual(['held up', 'after it'])
  })
})
