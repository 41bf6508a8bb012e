import { Line } from '../admission/line.ts'
import { RequestError } from '../contract/request-error.ts'
import { Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { lastValueOf } from '../database/last-value.ts'
import { joinedRuns } from '../process/joined-runs.ts'
import { patiently } from '../process/patiently.ts'
import type { FeedPlace } from './cursor.ts'
import { type FeedEntry, type FeedFilter, tested } from './feed-entry.ts'
import { type FeedRow, feedColumns, toEntry } from './feed-row.ts'
import { NEW_EPOCH } from './follower.ts'
import type { Page, Recent } from './recent.ts'

/** Entries that a page from memory has at most. */
const PAGE = 500
/** Entries of the license and its topics that a page from the database is chosen from. */
const SCANNED = 2_000
/** How many read from the database at a time. The others wait: the pool belongs to the callers. */
const READERS = 4

type Row = FeedRow & { pruned: bigint; scanned: number; last: bigint | null }

interface Range {
  readonly epoch: number
  readonly pruned: bigint
  readonly last: bigint
}

/** Reads what a subscriber has missed: the last entries from memory, older ones from the database. */
export class CatchUp {
  readonly #database: Database
  readonly #recent: Recent
  readonly #readers = new Line({
    atATime: () => READERS,
    mostWaiting: Number.POSITIVE_INFINITY,
    longestWait: Number.POSITIVE_INFINITY,
  })

  /** What the database has. One statement serves everybody who comes back at the same moment. */
  readonly #range = joinedRuns(() => patiently(() => this.#readRange(), { while: () => true, isOver: () => false }))

  constructor(options: { database: Database; recent: Recent }) {
    this.#database = options.database
    this.#recent = options.recent
  }

  /**
   * @param isOver whether nobody needs the page any more
   * @returns a page of what matches after the position; empty if nobody needs it
   * @throws RequestError CURSOR_EXPIRED if something after the position was pruned; the database's error if it stays away
   */
  async page(
    filter: FeedFilter,
    matches: (entry: FeedEntry) => boolean,
    position: bigint,
    isOver: () => boolean,
  ): Promise<Page> {
    const { licenseId } = filter
    const page =
      this.#recent.page((entry) => entry.licenseId === licenseId && matches(entry), position, PAGE) ??
      (await this.#readers.run(async () => {
        if (isOver()) return { entries: [], through: position }
        return patiently(() => this.#read(filter, position), { isOver, while: isNotRefusal })
      }))
    if (!filter.where || page.entries.length === 0) return page
    const entries = await patiently(() => tested(filter, page.entries), { isOver, while: isNotRefusal })
    return { entries, through: page.through }
  }

  /**
   * A position that the database has never reached shows that the database was restored. All cursors from before are then refused from
   * now on, also when there are new positions as high as theirs.
   * @throws RequestError CURSOR_EXPIRED for a place from which the feed can't be read any more; the database's error if it stays away
   */
  async demandKept({ epoch, position }: FeedPlace): Promise<void> {
    const now = await this.#range()
    if (epoch !== now.epoch) throw otherHistory()
    if (position > now.last) {
      await this.#database.$executeRawUnsafe(NEW_EPOCH, epoch)
      throw otherHistory()
    }
    if (position < now.pruned) throw expired()
  }

  async #readRange(): Promise<Range> {
    const [range] = await this.#database.$queryRaw<Range[]>`
      select epoch, pruned_through as pruned, ${Prisma.raw(lastValueOf('feed_position'))} as last from feed_retention`
    if (!range) throw new Error('The table feed_retention is empty')
    return range
  }

  async #read(filter: FeedFilter, position: bigint): Promise<Page> {
    const { through } = this.#recent
    const rows = await this.#database.$queryRaw<Row[]>(pageAfter(filter, position, through))
    const [first] = rows
    if (!first) throw new Error('The table feed_retention is empty')
    if (first.pruned > position) throw expired()
    return {
      entries: first.position === null ? [] : (rows.map(toEntry) as FeedEntry[]),
      through: first.scanned < SCANNED ? through : (first.last ?? through),
    }
  }
}

/**
 * A page of the log. It reads a limited number of rows, however few of them match. One statement, so that what is pruned meanwhile is
 * either still read or known to be pruned.
 */
export function pageAfter(
  { licenseId, topics, clientId, botAgentIds }: FeedFilter,
  position: bigint,
  through: bigint,
): Prisma.Sql {
  const own = clientId === undefined ? Prisma.empty : Prisma.sql`and client_id = ${clientId}`
  const named = botAgentIds ? Prisma.sql`and bot_agent_id = any(${[...botAgentIds]})` : Prisma.empty
  // One range of the index for each topic: rows of several topics are in no order there.
  const ofTopic = topics.map(
    (topic) => Prisma.sql`(
        select ${Prisma.raw(feedColumns)} from feed_entry
        where license_id = ${licenseId} and topic = ${topic}::feed_topic and position > ${position} and position <= ${through}
        order by position limit ${SCANNED}
      )`,
  )
  return Prisma.sql`
    with scanned as materialized (
      select * from (${Prisma.join(ofTopic, ' union all ')}) of_topics order by position limit ${SCANNED}
    )
    select pruned_through as pruned, count as scanned, last, entry.*
    from feed_retention cross join (select count(*)::int, max(position) as last from scanned) scan
      left join (select * from scanned where true ${own} ${named}) entry on true
    order by position`
}

const isNotRefusal = (error: unknown) => !(error instanceof RequestError)

function expired(): RequestError {
  return new RequestError(
    'CURSOR_EXPIRED',
    'The cursor in `after` is too old: events after it are no longer kept. Read the current state again, and subscribe with its `cursor`.',
  )
}

/** The error for a cursor or a stream whose positions mean something else by now. */
function otherHistory(): RequestError {
  return new RequestError(
    'CURSOR_EXPIRED',
    'The cursor in `after` is of a state of the database that was lost when it was restored. Read the current state again, and subscribe with its `cursor`.',
  )
}
