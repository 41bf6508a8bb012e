import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import type { FeedTopic } from '../database/client/client.ts'
import { WakeSignal } from '../process/wake-signal.ts'
import type { FeedEntry, FeedNotice } from './feed-entry.ts'

const PAGE = 1_000
/** The log is read this often even without a notification: notifications can get lost. */
const POLL_MS = 1_000
const SETTLE_MS = { first: 2, most: 50 }
const RECONNECT_MS = { first: 100, most: 2_000 }

/**
 * The page of the log after `$1`, and the oldest transaction that is running. If the page is not empty, the query takes a transaction
 * id of its own as a mark: every transaction that has taken a position so far has a lower id. (The xmax of a snapshot would not do: it
 * follows the newest transaction that has *ended*, and later ones may be running.) Returns at least one row, for the snapshot.
 */
const READ = `
  select pg_snapshot_xmin(now.snapshot)::text as oldest_running,
    case when entry.position is not null then pg_current_xact_id()::text end as mark, entry.*
  from (select pg_current_snapshot() as snapshot) now
  left join lateral (
    select position, license_id, topic, client_id, bot_agent_id, data, created_at
    from feed_entry where position > $1 order by position limit ${PAGE}
  ) entry on true
  order by entry.position`

const MARK = 'select pg_current_xact_id()::text as mark'

/** If the log is empty, this is the position that was pruned last: positions never start again from zero. */
const LAST = `
  select greatest((select max(position) from feed_entry), (select pruned_through from feed_retention)) as last`

interface Row {
  oldest_running: string
  mark: string | null
  position: string | null
  license_id: number | null
  topic: FeedTopic
  client_id: string | null
  bot_agent_id: string | null
  data: object
  created_at: Date
}

interface Page {
  readonly entries: readonly (FeedEntry | FeedNotice)[]
  readonly oldestRunning: bigint
  readonly mark: bigint
}

/**
 * Reads the log in order of position: each entry once, none left out. Notices have no order, and are reported at once. Positions commit
 * out of order. A position is settled when every transaction that was running when it was first seen has ended, because only those
 * transactions can have taken a lower one. See docs/decisions/feed.md.
 */
export class Follower {
  /** Everything up to here has been passed to `onEntries`. */
  position = 0n
  readonly #connectionString: string
  readonly #log: Logger
  readonly #onEntries: (entries: readonly FeedEntry[]) => void
  readonly #onNotice: (notice: FeedNotice) => void
  #client: pg.Client | undefined
  #running: Promise<void> | undefined
  #stopping = new AbortController()
  readonly #committed = new WakeSignal()
  #notifying: Promise<unknown> | undefined
  #notifyAgain = false

  constructor(options: {
    connectionString: string
    log: Logger
    onEntries: (entries: readonly FeedEntry[]) => void
    onNotice: (notice: FeedNotice) => void
  }) {
    this.#connectionString = options.connectionString
    this.#log = options.log
    this.#onEntries = options.onEntries
    this.#onNotice = options.onNotice
  }

  /** Resolves when everything that commits from then on will be passed to `onEntries`. */
  async start(): Promise<void> {
    const client = await this.#connect()
    const last = await queryRow<{ last: string }>(client, LAST)
    const { mark } = await queryRow<{ mark: string }>(client, MARK)
    this.position = BigInt(last.last)
    for (let wait = SETTLE_MS.first; (await this.#read(client)).oldestRunning < BigInt(mark); wait = longer(wait)) {
      await this.#pause(wait)
    }
    this.#running = this.#run(client)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#committed.set()
    await this.#running
    await this.#client?.end().catch(() => {})
  }

  /** To be called after a commit of entries: reads them now, and notifies the other gateways. */
  wake(): void {
    this.#committed.set()
    if (this.#notifying) this.#notifyAgain = true
    else this.#notifying = this.#notify()
  }

  /** One NOTIFY at a time, outside of any transaction of ours: its commit takes a lock on the whole cluster. */
  async #notify(): Promise<void> {
    do {
      this.#notifyAgain = false
      await this.#client?.query('notify feed').catch(() => {})
    } while (this.#notifyAgain)
    this.#notifying = undefined
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#connectionString,
      application_name: 'bot-agent-gateway feed',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 30_000,
    })
    client.on('error', (error) => this.#log.warn({ err: error }, 'the feed lost its database connection'))
    client.on('notification', () => this.#committed.set())
    this.#client = client
    await client.connect()
    await client.query('listen feed')
    return client
  }

  async #run(client: pg.Client): Promise<void> {
    for (let backOff = RECONNECT_MS.first; !this.#stopping.signal.aborted; ) {
      try {
        await this.#follow(client)
        backOff = RECONNECT_MS.first
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        this.#log.warn({ err: error }, 'the feed cannot be read: reconnecting')
        await client.end().catch(() => {})
        await this.#pause(backOff)
        backOff = Math.min(2 * backOff, RECONNECT_MS.most)
        client = await this.#connect().catch(() => this.#client ?? client)
      }
    }
  }

  /**
   * Passes on settled entries, and waits when there is nothing to read. The entries that a read finds are `unsettled` until all
   * transactions that were running at that time have ended.
   * @throws if the connection fails
   */
  async #follow(client: pg.Client): Promise<void> {
    let unsettled: { through: bigint; mark: bigint } | undefined
    let pause = SETTLE_MS.first
    while (!this.#stopping.signal.aborted) {
      this.#committed.clear()
      const { entries, oldestRunning, mark } = await this.#read(client)
      for (const entry of entries) if (isNotice(entry)) this.#onNotice(entry)
      if (unsettled && oldestRunning > unsettled.mark) {
        const { through } = unsettled
        this.#handOn(entries.filter(({ position }) => position <= through))
        unsettled = undefined
        pause = SETTLE_MS.first
      } else if (unsettled) {
        await this.#pause(pause)
        pause = longer(pause)
      }
      const last = entries.at(-1)?.position ?? 0n
      if (last > this.position) unsettled ??= { through: last, mark }
      if (!unsettled && entries.length < PAGE) await this.#committed.wait(POLL_MS)
    }
  }

  #handOn(entries: readonly (FeedEntry | FeedNotice)[]): void {
    const last = entries.at(-1)
    if (!last) return
    this.position = last.position
    this.#onEntries(entries.filter((entry) => !isNotice(entry)))
  }

  async #read(client: pg.Client): Promise<Page> {
    const { rows } = await client.query<Row>({ name: 'feed', text: READ, values: [this.position] })
    const [first] = rows
    if (!first) throw new Error('The feed query returned no snapshot')
    return {
      oldestRunning: BigInt(first.oldest_running),
      mark: BigInt(first.mark ?? 0),
      entries: first.position === null ? [] : rows.map(toEntry),
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }
}

function longer(wait: number): number {
  return Math.min(2 * wait, SETTLE_MS.most)
}

async function queryRow<Row extends object>(client: pg.Client, text: string): Promise<Row> {
  const { rows } = await client.query<Row>(text)
  if (!rows[0]) throw new Error(`The query returned no row: ${text}`)
  return rows[0]
}

function isNotice(entry: FeedEntry | FeedNotice): entry is FeedNotice {
  return entry.licenseId === null
}

function toEntry(row: Row): FeedEntry | FeedNotice {
  return Object.freeze({
    position: BigInt(row.position ?? 0),
    licenseId: row.license_id,
    topic: row.topic,
    clientId: row.client_id,
    botAgentId: row.bot_agent_id,
    data: row.data,
    createdAt: row.created_at,
  }) as FeedEntry | FeedNotice
}
