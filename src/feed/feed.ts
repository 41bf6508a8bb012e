import type { Logger } from 'pino'
import { RequestError } from '../contract/request-error.ts'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import { inBatches } from '../database/in-batches.ts'
import { CatchUp } from './catch-up.ts'
import { cursors, type FeedPlace } from './cursor.ts'
import { announcement, type FeedEntry, type FeedFilter, type FeedNotice } from './feed-entry.ts'
import { Follower } from './follower.ts'
import type { Group } from './group.ts'
import { Hub } from './hub.ts'
import { Recent } from './recent.ts'
import { Subscriber } from './subscriber.ts'
import { yieldEventLoop } from './yield-event-loop.ts'

/** For how long entries are still read after the last stream has ended: those who were cut off come back for them. */
const READ_ON_MS = 60_000
/** Entries that are pruned at a time. */
const PAGE = 500

export interface SubscribeOptions {
  /** The cursor of the last event that the client has seen; absent: starts from now. */
  readonly after?: string | undefined
  /** Whether it begins with an announcement. */
  readonly announce?: boolean
}

/** A place in the log, from which its reader takes one entry after the other, or all readers of the same entries take them together. */
export interface FeedStream extends AsyncIterableIterator<FeedEntry> {
  readonly place: FeedStreamPlace
}

export interface FeedStreamPlace {
  /** Its reader has everything up to here. */
  readonly position: bigint
  /** The position of the last entry that its reader got, or of the cursor that it came with; `undefined` if it began from now. */
  readonly last: bigint | undefined
  /** The same before the last entry. */
  readonly previous: bigint | undefined
  /** To be called with the position of an entry by code that passes it on instead of `next`. */
  passed(position: bigint): void
  /** Finds the position to begin with. @throws as `next` */
  begin(): Promise<void>
  /** @returns the next entry, if there is one; `behind` if only `next` may find it */
  pending(): FeedEntry | 'behind' | undefined
  /** Calls `tell` with each further entry of all streams with an equal filter. @returns a function that stops it */
  follow(tell: (entry: FeedEntry) => void): () => void
  /** Calls `act` when the stream has ended: `next` says why. */
  onEnd(act: () => void): void
}

/** What the feed itself changes of a place. */
interface Place extends FeedStreamPlace {
  position: bigint
  last: bigint | undefined
  previous: bigint | undefined
  /** Whether its reader has yet to get an announcement. */
  announces: boolean
}

/** Every change that a client can subscribe to, in order. */
export interface Feed {
  /** Begins to follow the log. Call `stop` even if this fails. @throws if the database can't be reached */
  start(): Promise<void>
  /** @returns for how many milliseconds the database has not answered the follower, which asks it every second */
  stalledFor(): number
  /** Ends all streams with SHUTTING_DOWN. */
  endStreams(): void
  /** Closes the connection to the database. */
  stop(): Promise<void>
  /** To be called after a commit of entries: reads them now, and notifies the other gateways. See change.ts. */
  readonly wake: () => void
  /** Calls `act` with each notice that any gateway commits after the start, at once; perhaps more than once. */
  onNotice(act: (notice: FeedNotice) => void): void
  /**
   * The entries that match: first those after the cursor, then live ones, with no gap and no duplicate. Ends when the reader calls
   * `return`. A reader that is slow or stops costs nothing but its place: the entries are shared.
   * @throws RequestError BAD_USER_INPUT for a cursor that is not valid; `next` throws CURSOR_EXPIRED and SHUTTING_DOWN, or the error of
   *   the database if that stays away
   */
  subscribe(filter: FeedFilter, options: SubscribeOptions): FeedStream
  /** @returns the number of subscribers */
  streams(): number
  /**
   * @returns the place up to which everything was passed on: whoever reads from now on sees all that was committed before it. `undefined`
   *   until the feed has settled after the start
   */
  now(): FeedPlace | undefined
  /** @returns the cursor of an entry, or of another position in the present history, for clients of the license */
  cursor(entry: Pick<FeedEntry, 'licenseId' | 'position'>): string
  /** @returns the cursor of a place, for clients of the license */
  cursorAt(licenseId: number, place: FeedPlace): string
  /** Removes the entries that are older than `milliseconds`, in small transactions. @returns how many */
  prune(milliseconds: number): Promise<number>
}

export function createFeed(options: {
  connectionString: string
  database: Database
  encryption: Encryption
  log: Logger
}): Feed {
  const { database, connectionString, log } = options
  const { encode, decode } = cursors(options.encryption)
  const hub = new Hub()
  const recent = new Recent()
  const catchUp = new CatchUp({ database, recent })
  const subscribers = new Set<Subscriber>()
  /** When a stream was left, the last time. */
  let leftAt = Number.NEGATIVE_INFINITY
  let shuttingDown: RequestError | undefined
  /** The position from which on the follower passes entries on. */
  let begun = Promise.withResolvers<bigint>()
  const noticed = new Set<(notice: FeedNotice) => void>()
  const follower = new Follower({
    connectionString,
    log,
    listener: {
      begun(position) {
        recent.begin(position)
        hub.begin(position)
        begun.resolve(position)
      },
      isListening: () => subscribers.size > 0 || performance.now() < leftAt + READ_ON_MS,
      entries(entries, through) {
        recent.add(entries, through)
        hub.publish(entries)
      },
      lost() {
        begun = Promise.withResolvers()
        for (const subscriber of subscribers) subscriber.end(entriesLost())
      },
      notice(notice) {
        for (const act of noticed) act(notice)
      },
    },
  })

  function leave(group: Group, subscriber: Subscriber): void {
    hub.leave(group, subscriber)
    if (subscribers.delete(subscriber)) leftAt = performance.now()
  }

  async function* entries(
    filter: FeedFilter,
    subscriber: Subscriber,
    group: Group,
    place: Place,
  ): AsyncGenerator<FeedEntry, void> {
    try {
      await place.begin()
      if (place.announces && !subscriber.isClosed()) {
        place.announces = false
        place.passed(place.position)
        yield announcement(filter, place.position)
      }
      while (!subscriber.isClosed()) {
        const found = place.pending() ?? (await subscriber.wait(group.next(subscriber)))
        if (found === 'behind') {
          const { position } = place
          const page = await subscriber.wait(catchUp.page(filter, group.matches, position, () => subscriber.isOver))
          for (const entry of page?.entries ?? []) {
            // Others may have passed it on meanwhile.
            if (entry.position <= place.position) continue
            place.passed(entry.position)
            await yieldEventLoop()
            if (subscriber.isClosed()) return
            yield entry
          }
          if (page && page.through > place.position) place.position = page.through
        } else if (found && found.position > place.position) {
          place.passed(found.position)
          await yieldEventLoop()
          if (subscriber.isClosed()) return
          yield found
        }
      }
    } finally {
      leave(group, subscriber)
    }
  }

  function placeOf(
    subscriber: Subscriber,
    group: Group,
    { after, announce, from }: { after: FeedPlace | undefined; announce: boolean; from: Promise<bigint> },
  ): Place {
    let begun: Promise<void> | undefined
    const begin = async () => {
      // A transaction that appends may hold up the feed from the start.
      place.position = (await subscriber.wait(from)) ?? 0n
      if (after) {
        await subscriber.wait(catchUp.demandKept(after))
        place.position = after.position
        place.last = after.position
      }
      // It may have been ended meanwhile.
      subscriber.isClosed()
    }
    const place: Place = {
      position: 0n,
      last: undefined,
      previous: undefined,
      announces: announce,
      passed(position) {
        place.previous = place.last
        place.last = position
        place.position = position
      },
      begin: () => {
        begun ??= begin()
        return begun
      },
      pending: () => (place.announces ? 'behind' : group.after(place.position)),
      follow: (tell) => group.follow(tell),
      onEnd(act) {
        subscriber.onEnd = act
        if (subscriber.isOver) act()
      },
    }
    return place
  }

  return {
    start: () => follower.start(),
    stop: () => follower.stop(),
    stalledFor: () => follower.stalledFor(),

    endStreams() {
      shuttingDown = new RequestError('SHUTTING_DOWN', 'The gateway is shutting down. Subscribe again with `after`.')
      for (const subscriber of subscribers) subscriber.end(shuttingDown)
    },

    wake: () => follower.wake(),
    streams: () => subscribers.size,
    onNotice: (act) => void noticed.add(act),
    now: () => (follower.position === undefined ? undefined : { epoch: follower.epoch, position: follower.position }),
    cursor: ({ licenseId, position }) => encode(licenseId, { epoch: follower.epoch, position }),
    cursorAt: encode,

    subscribe(filter, { after: cursor, announce = false }) {
      if (shuttingDown) throw shuttingDown
      const after = cursor === undefined ? undefined : decode(filter.licenseId, cursor)
      const from = follower.position === undefined ? begun.promise : Promise.resolve(follower.position)
      const subscriber = new Subscriber()
      subscribers.add(subscriber)
      const group = hub.join(filter, subscriber, recent.through)
      const place = placeOf(subscriber, group, { after, announce, from })
      const stream = entries(filter, subscriber, group, place)
      return {
        place,
        next: () => stream.next(),
        // The generator's own `return` would wait for the next entry, and would not run its `finally` if `next` was never called.
        return() {
          subscriber.end('closed')
          leave(group, subscriber)
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

function entriesLost(): RequestError {
  return new RequestError(
    'CURSOR_EXPIRED',
    'Events were lost before this gateway had read them. Read the current state again, and subscribe with its `cursor`.',
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
