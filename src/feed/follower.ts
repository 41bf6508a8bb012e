import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { lastValueOf } from '../database/last-value.ts'
import { WakeSignal } from '../process/wake-signal.ts'
import { type Appender, appendersAfter, described, remaining } from './appenders.ts'
import type { FeedEntry, FeedNotice } from './feed-entry.ts'
import { type FeedRow, feedColumns, isNotice, toEntry } from './feed-row.ts'

const PAGE = 1_000
/** The log is looked at this often even without a notification: notifications can get lost. */
const POLL_MS = 1_000
/**
 * However many changes there are, a round begins this long after the last one began: then the feed takes a limited part of the database.
 * A change that comes alone is read at once.
 */
const ROUND_MS = 10
const SETTLE_MS = { first: 1, most: 100 }
const RECONNECT_MS = { first: 100, most: 2_000 }
/** An answer that takes longer will not come: the connection is replaced. */
const LONGEST_QUERY_MS = 10_000
/** A transaction that holds up the feed for longer is named in the log, and again whenever that much time has passed. */
const HELD_UP_MS = 5_000

/**
 * The last position that was taken, by whomever; then who is appending; and the notices after `$1` that have not been told. Notifies the
 * other gateways in the name of `$3`, unless that is null. It has to be `materialized`: otherwise the position could be read after the
 * appenders that depend on it.
 */
export const LOOK = `
  with taken as materialized (select ${lastValueOf('feed_position')} as last)
  select epoch, last::text,
    ${appendersAfter('last')} as appenders,
    array(
      select jsonb_build_object('position', position::text, 'topic', topic, 'data', data) from feed_entry
      where license_id is null and position > $1 and position <> all($2::bigint[])
      order by position
    ) as notices,
    case when $3::text is not null then pg_notify('feed', $3) end
  from taken, feed_retention`

/** One page of the log up to `$2`, and how far it had been pruned at the same moment. Returns at least one row. */
const READ = `
  select pruned_through::text as pruned, entry.*
  from feed_retention left join (
    select ${feedColumns} from feed_entry where position > $1 and position <= $2 order by position limit ${PAGE}
  ) entry on true
  order by entry.position`

/** Replaces the epoch `$1` by another one, for all gateways: cursors from before will be refused. */
export const NEW_EPOCH =
  'update feed_retention set epoch = (epoch + 1 + floor(random() * 65535)::int) % 65536 where epoch = $1'

interface Look {
  readonly epoch: number
  readonly last: string
  readonly appenders: readonly Appender[]
  readonly notices: readonly { position: string; topic: FeedNotice['topic']; data: object }[]
}

/** What a follower calls, in the order in which it reads. */
export interface FollowerListener {
  /** The feed has settled: what comes later will be passed to `entries`. */
  begun(position: bigint): void
  /** Whether anybody wants entries. If not, they are not read, and `begun` is called again with each position that settles. */
  isListening(): boolean
  /** All entries up to this position that were not passed on before, in order. */
  entries(entries: readonly FeedEntry[], through: bigint): void
  /** Entries were pruned before they were read, or the database was restored to an earlier state. */
  lost(): void
  notice(notice: FeedNotice): void
}

/**
 * Reads the log in order of position: each entry once, none left out. Positions commit out of order, so what is visible may not be all.
 * The follower first looks which position was taken last, and then who is appending, and waits until they have ended: from then on
 * everything up to that position is settled. Notices have no order, and are told as soon as they are visible. See docs/decisions/feed.md.
 */
export class Follower {
  /** Everything up to here has been passed on, or left because nobody listened; undefined until the feed has settled. */
  position: bigint | undefined
  /** Which history of the database the positions belong to. */
  epoch = 0
  /** Marks its own notifications. */
  readonly #id = randomUUID()
  readonly #connectionString: string
  readonly #log: Logger
  readonly #listener: FollowerListener
  /** The positions of notices that were told, but are not settled. */
  readonly #told = new Set<bigint>()
  /** What was pruned up to here was lost to former streams, and is none of what later ones wait for. It may lie behind the position. */
  #missed = 0n
  #lookedAt = performance.now()
  #client: pg.Client | undefined
  #running: Promise<void> | undefined
  readonly #stopping = new AbortController()
  readonly #committed = new WakeSignal()
  /** Whether the other gateways have not been notified of a commit yet. */
  #owesNotification = false

  constructor(options: { connectionString: string; log: Logger; listener: FollowerListener }) {
    this.#connectionString = options.connectionString
    this.#log = options.log
    this.#listener = options.listener
  }

  /** Begins to follow. Does not wait for transactions that are appending. @throws if the database can't be reached or read */
  async start(): Promise<void> {
    const client = await this.#connect()
    const { epoch, last, appenders } = await this.#see(client, null)
    this.epoch = epoch
    if (appenders.length === 0) this.#begin(BigInt(last))
    this.#running = this.#run(client)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#committed.set()
    await this.#running
    if (this.#owesNotification && this.#client) await this.#see(this.#client, null).catch(() => {})
    await this.#client?.end().catch(() => {})
  }

  /** To be called after a commit of entries: reads them now, and notifies the other gateways. */
  wake(): void {
    this.#owesNotification = true
    this.#committed.set()
  }

  /** @returns for how many milliseconds the database has not answered */
  stalledFor(): number {
    return performance.now() - this.#lookedAt
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#connectionString,
      application_name: 'bot-agent-gateway feed',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: LONGEST_QUERY_MS,
    })
    client.on('error', (error) => this.#log.warn({ err: error }, 'the feed lost its database connection'))
    client.on('notification', ({ payload }) => {
      // Its own come back: it was woken for them already.
      if (payload !== this.#id) this.#committed.set()
    })
    try {
      await client.connect()
      await client.query('listen feed')
      // Plans are kept. One that was made while the log was nearly empty would read all of it, in each round, until it is analyzed again.
      // Scans that have no alternative are so dear then that they would be compiled.
      await client.query('set enable_seqscan = off; set jit = off')
    } catch (error) {
      void client.end().catch(() => {})
      throw error
    }
    this.#client = client
    return client
  }

  async #run(first: pg.Client): Promise<void> {
    let backOff = RECONNECT_MS.first
    for (let client: pg.Client | undefined = first; !this.#stopping.signal.aborted; client = undefined) {
      const begun = performance.now()
      try {
        client ??= await this.#connect()
        await this.#follow(client)
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        this.#log.warn({ err: error }, 'the feed cannot be read: reconnecting')
        void client?.end().catch(() => {})
        if (performance.now() - begun > RECONNECT_MS.most) backOff = RECONNECT_MS.first
        await this.#pause(backOff)
        backOff = Math.min(2 * backOff, RECONNECT_MS.most)
      }
    }
  }

  /** Passes on what is settled, and waits when there is nothing new. @throws if the connection fails */
  async #follow(client: pg.Client): Promise<void> {
    for (let nextRoundAt = 0; !this.#stopping.signal.aborted; ) {
      await this.#pause(nextRoundAt - performance.now())
      if (this.#stopping.signal.aborted) return
      nextRoundAt = performance.now() + ROUND_MS
      this.#committed.clear()
      const { last, appenders } = await this.#look(client)
      if (last !== this.position) {
        const { epoch } = this
        // In another history the position means something else.
        if (!(await this.#settled(client, appenders)) || epoch !== this.epoch) continue
        if (this.#mayBegin()) {
          // Notices that were committed while it waited are told now: from then on it looks behind `last`.
          await this.#look(client)
          // By now somebody may listen, from the position that it had.
          if (epoch === this.epoch && this.#mayBegin()) this.#begin(last)
        } else await this.#readThrough(client, last)
      }
      // Whatever was committed after it looked has woken it.
      if (this.position === last) await this.#committed.wait(POLL_MS)
    }
  }

  /** Whether nobody has been promised the entries after the position. */
  #mayBegin(): boolean {
    return this.position === undefined || !this.#listener.isListening()
  }

  #begin(position: bigint): void {
    this.position = position
    this.#forgetTold(position)
    this.#listener.begun(position)
  }

  /** Tells the notices that are new. @returns the last position that was taken, and who was appending afterwards */
  async #look(client: pg.Client): Promise<{ last: bigint; appenders: readonly Appender[] }> {
    const seen = await this.#see(client, this.position ?? 0n)
    const last = BigInt(seen.last)
    if (this.position !== undefined && last < this.position && seen.epoch === this.epoch) {
      // Cursors of the history that is lost must not be taken once there are new positions as high as theirs.
      await client.query(NEW_EPOCH, [seen.epoch])
      return this.#look(client)
    }
    if (seen.epoch !== this.epoch) {
      this.epoch = seen.epoch
      this.#lose('the database was restored to an earlier state: all streams were ended')
    }
    for (const { position, topic, data } of seen.notices) {
      this.#tell({ position: BigInt(position), licenseId: null, topic, data })
    }
    return { last, appenders: seen.appenders }
  }

  /** @param behind tells notices after this position; null: tells none */
  async #see(client: pg.Client, behind: bigint | null): Promise<Look> {
    const notifies = this.#owesNotification
    this.#owesNotification = false
    const look = (name: string | null) =>
      client.query<Look>({ name: 'look', text: LOOK, values: [behind, [...this.#told], name] })
    const { rows } = await look(notifies ? this.#id : null).catch((error) => {
      if (!notifies) throw error
      // The server's queue of notifications may be full. The other gateways poll.
      if (error instanceof pg.DatabaseError) return look(null)
      this.#owesNotification = true
      throw error
    })
    if (!rows[0]) throw new Error('The table feed_retention is empty')
    this.#lookedAt = performance.now()
    return rows[0]
  }

  /** Waits until these appenders have ended. @returns false if the follower is stopped before */
  async #settled(client: pg.Client, appenders: readonly Appender[]): Promise<boolean> {
    const begun = performance.now()
    let warnAt = begun + HELD_UP_MS
    let waiting = appenders
    for (let wait = SETTLE_MS.first; waiting.length > 0; wait = Math.min(2 * wait, SETTLE_MS.most)) {
      if (performance.now() > warnAt) {
        warnAt = performance.now() + HELD_UP_MS
        const holders = await described(client, waiting)
        const seconds = Math.round((performance.now() - begun) / 1_000)
        this.#log.warn({ holders, seconds }, 'streams wait for transactions that append to the feed and stay open')
      }
      await this.#pause(wait)
      if (this.#stopping.signal.aborted) return false
      waiting = remaining(waiting, (await this.#look(client)).appenders)
    }
    return true
  }

  /** Passes on what comes up to a position that is settled, page by page. */
  async #readThrough(client: pg.Client, settled: bigint): Promise<void> {
    while (this.position !== undefined && this.position < settled && !this.#stopping.signal.aborted) {
      const { rows } = await client.query<FeedRow & { pruned: string }>({
        name: 'read',
        text: READ,
        values: [this.position, settled],
      })
      const [first] = rows
      if (!first) throw new Error('The table feed_retention is empty')
      const pruned = BigInt(first.pruned)
      if (pruned > this.position && pruned > this.#missed) {
        this.#lose('entries were pruned before they were read: all streams were ended. Is FEED_RETENTION too short?')
        this.#missed = pruned
        // Notices that were committed meanwhile are told now: from then on it looks behind the position.
        await this.#look(client)
        return this.#begin(settled)
      }
      const page = first.position === null ? [] : rows.map(toEntry)
      for (const entry of page) if (isNotice(entry) && !this.#told.has(entry.position)) this.#tell(entry)
      const through = page.length < PAGE ? settled : (page.at(-1)?.position ?? settled)
      this.position = through
      this.#forgetTold(through)
      const entries = page.filter((entry) => !isNotice(entry))
      this.#listener.entries(entries, through)
      if (through < settled) await this.#look(client)
    }
  }

  #tell(notice: FeedNotice): void {
    this.#told.add(notice.position)
    this.#listener.notice(notice)
  }

  #forgetTold(through: bigint): void {
    for (const position of this.#told) if (position <= through) this.#told.delete(position)
  }

  #lose(why: string): void {
    this.#log.warn(why)
    this.position = undefined
    this.#missed = 0n
    this.#told.clear()
    this.#listener.lost()
  }

  async #pause(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }
}
