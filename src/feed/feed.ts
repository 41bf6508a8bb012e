import type { Logger } from 'pino'
import { RequestError } from '../contract/request-error.ts'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import { inBatches } from '../database/in-batches.ts'
import { cursors } from './cursor.ts'
import type { FeedEntry, FeedFilter, FeedNotice } from './feed-entry.ts'
import { Follower } from './follower.ts'
import { Hub } from './hub.ts'
import { Subscriber } from './subscriber.ts'
import { yieldEventLoop } from './yield-event-loop.ts'

/** Entries that a subscriber reads at a time while it catches up, and entries that are pruned at a time. */
const PAGE = 500

export interface SubscribeOptions {
  /** The cursor of the last event that the client has seen; absent: starts from now. */
  readonly after?: string | undefined
  /** Called when the stream has ended because its reader stopped reading. */
  readonly onStuck?: (() => void) | undefined
}

/** Every change that a client can subscribe to, in order. */
export interface Feed {
  /** Begins to follow the log. Call `stop` even if this fails. @throws if the database can't be reached */
  start(): Promise<void>
  /** Ends all streams with SHUTTING_DOWN. */
  endStreams(): void
  /** Closes the connection to the database. */
  stop(): Promise<void>
  /** To be called after a commit of entries: reads them now, and notifies the other gateways. See change.ts. */
  readonly wake: () => void
  /** Calls `act` with each notice that any gateway commits after the start; perhaps more than once. */
  onNotice(act: (notice: FeedNotice) => void): void
  /**
   * The entries that match: first those after the cursor, then live ones, with no gap and no duplicate. Ends when the reader calls
   * `return`.
   * @throws RequestError BAD_USER_INPUT for a cursor that is not valid; `next` throws CURSOR_EXPIRED, SLOW_CONSUMER and SHUTTING_DOWN
   */
  subscribe(filter: FeedFilter, options: SubscribeOptions): AsyncIterableIterator<FeedEntry>
  /** @returns the number of subscribers */
  streams(): number
  /** @returns the cursor of an entry, for clients of its license */
  cursor(entry: FeedEntry): string
  /** Removes the entries that are older than `milliseconds`, in small transactions. @returns how many */
  prune(milliseconds: number): Promise<number>
}

export function createFeed(options: {
  connectionString: string
  database: Database
  encryption: Encryption
  log: Logger
  /** A subscriber that is behind and reads nothing for this many milliseconds is ended. */
  stuckAfter?: number
}): Feed {
  const { database, connectionString, log, stuckAfter = 5_000 } = options
  const { encode, decode } = cursors(options.encryption)
  const hub = new Hub()
  const subscribers = new Set<Subscriber>()
  let shuttingDown: RequestError | undefined
  const noticed = new Set<(notice: FeedNotice) => void>()
  const follower = new Follower({
    connectionString,
    log,
    onEntries: (entries) => hub.publish(entries),
    onNotice: (notice) => {
      for (const act of noticed) act(notice)
    },
  })

  /** Yields what lies between the position and what the hub publishes next. Attaches the subscriber once it has caught up. */
  async function* catchUp(filter: FeedFilter, subscriber: Subscriber, from: bigint): AsyncGenerator<FeedEntry, bigint> {
    // The cursor may come from another gateway, which can have read further than this one.
    if (from > follower.position) await demandReached(database, from)
    let position = from
    while (subscriber.behind) {
      const through = follower.position
      if (position >= through) {
        hub.attach(filter, subscriber)
        subscriber.caughtUp()
      } else {
        const page = await readPage(database, filter, position, through)
        await demandKept(database, position)
        yield* page
        position = page.length < PAGE ? through : (page.at(-1)?.position ?? through)
      }
    }
    return position
  }

  async function* entries(filter: FeedFilter, subscriber: Subscriber, from: bigint): AsyncGenerator<FeedEntry, void> {
    let position = from
    try {
      for (;;) {
        const next = await subscriber.next()
        if (next === 'closed') return
        if (next === 'behind') position = yield* catchUp(filter, subscriber, position)
        else if (next.position > position) {
          position = next.position
          await yieldEventLoop()
          yield next
        }
      }
    } finally {
      hub.detach(filter, subscriber)
      subscribers.delete(subscriber)
    }
  }

  return {
    start: () => follower.start(),
    stop: () => follower.stop(),

    endStreams() {
      shuttingDown = new RequestError('SHUTTING_DOWN', 'The gateway is shutting down. Subscribe again with `after`.')
      for (const subscriber of subscribers) subscriber.end(shuttingDown)
    },

    wake: () => follower.wake(),
    streams: () => subscribers.size,
    onNotice: (act) => void noticed.add(act),
    cursor: ({ licenseId, position }) => encode(licenseId, position),

    subscribe(filter, { after, onStuck = () => {} }) {
      if (shuttingDown) throw shuttingDown
      const from = after === undefined ? follower.position : decode(filter.licenseId, after)
      const subscriber = new Subscriber({
        stuckAfter,
        onStuck() {
          log.info({ license: filter.licenseId }, 'a stream ended: its client did not read its events')
          onStuck()
        },
      })
      subscribers.add(subscriber)
      const stream = entries(filter, subscriber, from)
      return {
        next() {
          subscriber.progress()
          return stream.next()
        },
        // The generator's own `return` would wait for the next entry, and would not run its `finally` if `next` was never called.
        return() {
          subscriber.end('closed')
          subscribers.delete(subscriber)
          return stream.return()
        },
        [Symbol.asyncIterator]() {
          return this
        },
      }
    },

    prune: (milliseconds) => inBatches(PAGE, () => pruneOnce(database, milliseconds)),
  }
}

async function readPage(database: Database, filter: FeedFilter, behind: bigint, through: bigint): Promise<FeedEntry[]> {
  const { licenseId, topic, clientId, botAgentIds } = filter
  return database.feedEntry.findMany({
    where: {
      licenseId,
      topic,
      position: { gt: behind, lte: through },
      ...(clientId !== undefined && { clientId }),
      ...(botAgentIds && { botAgentId: { in: [...botAgentIds] } }),
    },
    orderBy: { position: 'asc' },
    take: PAGE,
  }) as Promise<FeedEntry[]>
}

/** A cursor ahead of every position ever assigned means that the database was restored to an earlier state. */
async function demandReached(database: Database, position: bigint): Promise<void> {
  const [{ last }] = await database.$queryRaw<[{ last: bigint }]>`select last_value as last from feed_position`
  if (position <= last) return
  throw new RequestError(
    'CURSOR_EXPIRED',
    'The cursor in `after` is newer than this database, which was restored to an earlier state. Subscribe without `after`, then read the current state.',
  )
}

/** To be called after a page was read: entries that are pruned later were still in that page. */
async function demandKept(database: Database, position: bigint): Promise<void> {
  const { prunedThrough } = await database.feedRetention.findUniqueOrThrow({ where: { id: true } })
  if (prunedThrough <= position) return
  throw new RequestError(
    'CURSOR_EXPIRED',
    'The cursor in `after` is too old: events after it are no longer kept. Subscribe without `after`, then read the current state.',
  )
}

async function pruneOnce(database: Database, milliseconds: number): Promise<number> {
  const [row] = await database.$queryRaw<[{ removed: number }]>`
    with oldest as (
      select position, created_at from feed_entry order by position limit ${PAGE} for update skip locked
    ), gone as (
      delete from feed_entry using oldest
      where feed_entry.position = oldest.position
        and oldest.created_at < (select clock_timestamp() - ${milliseconds} * interval '1 millisecond')
      returning feed_entry.position
    ), mark as (
      update feed_retention set pruned_through = greatest(pruned_through, (select max(position) from gone))
      where exists (select from gone)
    )
    select count(*)::int as removed from gone`
  return row.removed
}
