import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import type { FeedTopic } from '../database/client/client.ts'
import type { FeedEntry } from './feed-entry.ts'

const PAGE = 1_000
/** Behind the notifications, which are only hints. */
const POLL_MS = 1_000
const SETTLE_MS = { first: 2, most: 50 }
const RECONNECT_MS = { first: 100, most: 2_000 }

/** The page of the log behind `$1`, and which transactions its snapshot saw running. At least one row, for the snapshot. */
const READ = `
  select pg_snapshot_xmin(now.snapshot)::text as xmin, pg_snapshot_xmax(now.snapshot)::text as xmax, entry.*
  from (select pg_current_snapshot() as snapshot) now
  left join lateral (
    select position, license_id, topic, client_id, bot_agent_id, data, created_at
    from feed_entry where position > $1 order by position limit ${PAGE}
  ) entry on true
  order by entry.position`

/** With an empty log, what was pruned last: positions never start anew. */
const LAST = `
  select greatest((select max(position) from feed_entry), (select pruned_through from feed_retention)) as last`

interface Row {
  xmin: string
  xmax: string
  position: string | null
  license_id: number
  topic: FeedTopic
  client_id: string
  bot_agent_id: string
  data: object
  created_at: Date
}

interface Page {
  readonly entries: readonly FeedEntry[]
  /** The oldest transaction that ran, and the first that had not begun, when the page was read. */
  readonly xmin: bigint
  readonly xmax: bigint
}

/**
 * Reads the log in order of position, each entry once, none left out. Positions commit out of order: one is settled when every
 * transaction that ran when it was first seen has ended, because whoever holds a lower position ran then. See
 * docs/decisions/feed.md.
 */
export class Follower {
  /** All up to here has been handed on. */
  position = 0n
  readonly #connectionString: string
  readonly #log: Logger
  readonly #onEntries: (entries: readonly FeedEntry[]) => void
  #client: pg.Client | undefined
  #running: Promise<void> | undefined
  #stopping = new AbortController()
  #hinted = false
  #wake: (() => void) | undefined
  #notifying: Promise<unknown> | undefined
  #notifyAgain = false

  constructor(options: { connectionString: string; log: Logger; onEntries: (entries: readonly FeedEntry[]) => void }) {
    this.#connectionString = options.connectionString
    this.#log = options.log
    this.#onEntries = options.onEntries
  }

  /** Resolves when what commits from now on will be handed on. */
  async start(): Promise<void> {
    const client = await this.#connect()
    const { rows } = await client.query<{ last: string }>(LAST)
    const last = BigInt(rows[0]?.last ?? 0)
    const { xmax } = await this.#read(client, last)
    for await (const { xmin } of this.#settling(client, last)) if (xmin >= xmax) break
    this.position = last
    this.#running = this.#run(client)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    await this.#running
    await this.#client?.end().catch(() => {})
  }

  /** Something was committed: look now, and tell the other gateways to look. */
  hint(): void {
    this.#look()
    if (this.#notifying) this.#notifyAgain = true
    else this.#notifying = this.#notify()
  }

  /** One NOTIFY at a time, outside of any transaction of ours: it takes a lock of the whole cluster when it commits. */
  async #notify(): Promise<void> {
    do {
      this.#notifyAgain = false
      await this.#client?.query('notify feed').catch(() => {})
    } while (this.#notifyAgain)
    this.#notifying = undefined
  }

  #look(): void {
    this.#hinted = true
    this.#wake?.()
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
    client.on('notification', () => this.#look())
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
        this.#log.warn({ err: error }, 'the feed can not be read: connecting anew')
        await client.end().catch(() => {})
        await this.#pause(backOff)
        backOff = Math.min(2 * backOff, RECONNECT_MS.most)
        client = await this.#connect().catch(() => this.#client ?? client)
      }
    }
  }

  /** Hands on what is settled, then waits for a hint; throws when the connection does. */
  async #follow(client: pg.Client): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#hinted = false
      const seen = await this.#read(client, this.position)
      const last = seen.entries.at(-1)
      if (!last) {
        await this.#hint()
        continue
      }
      const settled = seen.xmin === seen.xmax ? seen : await this.#settled(client, seen)
      this.#handOn(settled.entries.filter(({ position }) => position <= last.position))
    }
  }

  /** The page again, once every transaction has ended that ran when it was first seen. */
  async #settled(client: pg.Client, seen: Page): Promise<Page> {
    for await (const page of this.#settling(client, this.position)) if (page.xmin >= seen.xmax) return page
    return { ...seen, entries: [] }
  }

  async *#settling(client: pg.Client, behind: bigint): AsyncGenerator<Page> {
    for (let wait = SETTLE_MS.first; !this.#stopping.signal.aborted; wait = Math.min(2 * wait, SETTLE_MS.most)) {
      yield await this.#read(client, behind)
      await this.#pause(wait)
    }
  }

  #handOn(entries: readonly FeedEntry[]): void {
    const last = entries.at(-1)
    if (!last) return
    this.position = last.position
    this.#onEntries(entries)
  }

  async #read(client: pg.Client, behind: bigint): Promise<Page> {
    const { rows } = await client.query<Row>({ name: 'feed', text: READ, values: [behind] })
    const [first] = rows
    if (!first) throw new Error('The feed query answered no snapshot')
    return {
      xmin: BigInt(first.xmin),
      xmax: BigInt(first.xmax),
      entries: first.position === null ? [] : rows.map(toEntry),
    }
  }

  async #hint(): Promise<void> {
    if (this.#hinted || this.#stopping.signal.aborted) return
    const poll = setTimeout(() => this.#look(), POLL_MS)
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#wake = undefined
    clearTimeout(poll)
  }

  async #pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }
}

function toEntry(row: Row): FeedEntry {
  return Object.freeze({
    position: BigInt(row.position ?? 0),
    licenseId: row.license_id,
    topic: row.topic,
    clientId: row.client_id,
    botAgentId: row.bot_agent_id,
    data: row.data,
    createdAt: row.created_at,
  })
}
