import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { Prisma } from '../database/client/client.ts'
import { PARTITIONS } from './lanes.ts'

/** The first halves of our advisory locks, which tell them from those of other programs. */
const WORKER_LOCK = 0x62616777
const PARTITION_LOCK = 0x62616770
const CHANNEL = 'webhooks'
/** Ids of bot agents in one notification, which may have 8,000 bytes. */
const HINTED_AT_ONCE = 200

/**
 * The server ends the session of a worker that it does not hear from, whether the process stands still, the host has vanished or the
 * network drops packets. Nothing that the session runs takes long or waits for locks of others. Its statements are planned once, perhaps
 * while the tables are empty: so they use indexes in any case.
 */
const SETTINGS = `
  set idle_session_timeout = '15s'; set statement_timeout = '10s'; set lock_timeout = '2s';
  set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; set tcp_user_timeout = 10000;
  set default_transaction_isolation = 'read committed'; set jit = off;
  set plan_cache_mode = force_generic_plan; set enable_seqscan = off;
  listen ${CHANNEL}`
/**
 * Has the server allocate and free 4 MiB. From then on glibc's malloc keeps as much for the next statement; before, it gives memory back
 * after each one, and the page faults double the time of a claim. Elsewhere this does nothing.
 */
const KEEP_MEMORY = `select length(repeat('x', 4 * 1024 * 1024))`
/** Longer than any statement takes: the client ends a session whose server does not answer. */
const SILENT_MS = 12_000
const GOODBYE_MS = 1_000

/** What the locks of all workers say. */
export interface Census {
  /** The numbers of the workers that have a session, including this one. */
  readonly workers: readonly number[]
  /** The partitions that some worker holds. */
  readonly held: readonly number[]
}

/**
 * The database session of a worker. It holds a lock with the number of the worker, and one for each partition whose deliveries the
 * worker may send. When the session ends, for whatever reason, so do the locks; and since claims and outcomes go through it as well,
 * a worker whose session has ended can neither claim nor write.
 */
export class DeliverySession {
  readonly worker: number
  readonly #client: pg.Client
  #lost = false
  /** Statements run one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #hinted = new Set<string>()
  #hinting: Promise<void> | undefined

  /**
   * Connects, and takes the locks of partitions that are free.
   * @param options.wanted partitions to take at once: those that the worker held in its last session
   * @param options.onHint is called with the ids of bot agents whose deliveries became due at another gateway; empty: any may have
   * @param options.onLost is called when the session has ended
   * @returns the session, and which of the wanted partitions it holds
   * @throws if the database can't be reached
   */
  static async open(options: {
    connectionString: string
    worker: number
    wanted: readonly number[]
    onHint: (botAgentIds: readonly string[]) => void
    onLost: () => void
    log: Logger
  }): Promise<{ session: DeliverySession; taken: readonly number[] }> {
    const session = new DeliverySession(options)
    try {
      await session.#client.connect()
      await session.#client.query(SETTINGS)
      await session.#client.query(KEEP_MEMORY)
      // Partitions first: whoever sees the worker must also see what it holds.
      const taken = await session.take(options.wanted)
      await session.query(Prisma.sql`select pg_advisory_lock(${WORKER_LOCK}::int, ${options.worker}::int)::text`)
      // The last session may have ended only now.
      const late = await session.take(options.wanted.filter((partition) => !taken.includes(partition)))
      return { session, taken: [...taken, ...late] }
    } catch (error) {
      await session.end()
      throw error
    }
  }

  private constructor(options: {
    connectionString: string
    worker: number
    onHint: (botAgentIds: readonly string[]) => void
    onLost: () => void
    log: Logger
  }) {
    const { connectionString, onHint, onLost, log } = options
    this.worker = options.worker
    this.#client = new pg.Client({
      connectionString,
      application_name: 'bot-agent-gateway webhooks',
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      connectionTimeoutMillis: 5_000,
      query_timeout: SILENT_MS,
    })
    const lost = () => {
      if (this.#lost) return
      this.#lost = true
      onLost()
    }
    this.#client.on('error', ({ message }) => {
      if (!this.#lost) log.warn({ reason: message }, 'the database session for webhooks was lost')
      lost()
    })
    this.#client.on('end', lost)
    this.#client.on('notification', ({ processId, payload = '' }) => {
      const isOwn = processId === (this.#client as pg.Client & { processID?: number }).processID
      if (!isOwn) onHint(payload === '' ? [] : payload.split(' '))
    })
  }

  /**
   * Whether the session has ended. What the worker held may then belong to others.
   */
  get lost(): boolean {
    return this.#lost
  }

  /**
   * Runs a statement as a transaction of its own.
   * @param name prepares the statement under this name; its text must always be the same
   * @throws if the statement fails; the session may have ended, see `lost`
   */
  query<Row extends object>(statement: Prisma.Sql, name?: string): Promise<Row[]> {
    const rows = this.#last.then(() => this.#run<Row>(statement, name))
    this.#last = rows.catch(() => {})
    return rows
  }

  async #run<Row extends object>(statement: Prisma.Sql, name?: string): Promise<Row[]> {
    try {
      const { text, values } = statement
      const { rows } = await this.#client.query<Row>({ ...(name && { name }), text, values })
      return rows
    } catch (error) {
      // The server has refused the statement, or else nobody knows what became of it: then the session is of no more use.
      if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') await this.end()
      throw error
    }
  }

  /** Also tells the server that the worker is alive. */
  async census(): Promise<Census> {
    const [census] = await this.query<Census>(
      Prisma.sql`
        with lock as materialized (
          select classid::bigint as class, objid::bigint as number from pg_locks
          where locktype = 'advisory' and objsubid = 2 and granted
            and database = (select oid from pg_database where datname = current_database())
        )
        select array(select number::int from lock where class = ${WORKER_LOCK}) as workers,
          array(select number::int from lock where class = ${PARTITION_LOCK}) as held`,
      'census',
    )
    if (!census) throw new Error('The census returned no row')
    return census
  }

  /** @returns which of the partitions were free and are held now */
  async take(partitions: readonly number[]): Promise<number[]> {
    if (partitions.length === 0) return []
    const rows = await this.query<{ partition: number }>(Prisma.sql`
      select partition from unnest(${[...partitions]}::int[]) as wanted(partition)
      where pg_try_advisory_lock(${PARTITION_LOCK}::int, partition)`)
    return rows.map(({ partition }) => partition)
  }

  async release(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return
    await this.query(Prisma.sql`
      select pg_advisory_unlock(${PARTITION_LOCK}::int, partition) from unnest(${[...partitions]}::int[]) as held(partition)`)
    await this.query(Prisma.sql`select pg_notify(${CHANNEL}, '')::text`)
  }

  /** A condition: the worker with this number has no session, and gets none until the statement has ended. */
  static isAbsent(worker: Prisma.Sql): Prisma.Sql {
    return Prisma.sql`pg_try_advisory_xact_lock(${WORKER_LOCK}::int, ${worker})`
  }

  /** Tells the other gateways that deliveries of these bot agents are due. Hints gather while one is being sent; a lost one costs a second. */
  hint(botAgentIds: Iterable<string>): void {
    for (const id of botAgentIds) this.#hinted.add(id)
    if (this.#hinted.size > 0) this.#hinting ??= this.#sendHints()
  }

  async #sendHints(): Promise<void> {
    while (this.#hinted.size > 0 && !this.#lost) {
      const ids = [...this.#hinted].slice(0, HINTED_AT_ONCE)
      for (const id of ids) this.#hinted.delete(id)
      await this.query(Prisma.sql`select pg_notify(${CHANNEL}, ${ids.join(' ')})::text`, 'hint').catch(() => {})
    }
    this.#hinting = undefined
  }

  /** Releases everything. */
  async end(): Promise<void> {
    this.#lost = true
    // A server that does not answer does not say goodbye either.
    await Promise.race([this.#client.end().catch(() => {}), delay(GOODBYE_MS, undefined, { ref: false })])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}

/** All partitions. */
export const partitions: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition)
