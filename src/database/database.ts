import { PrismaPg } from '@prisma/adapter-pg'
import { LRUCache } from 'lru-cache'
import pg from 'pg'
import type { Logger } from 'pino'
import { type Prisma, PrismaClient } from './client/client.ts'

/** Prisma outside a transaction. */
export type Database = PrismaClient
/** Prisma inside a transaction. */
export type Transaction = Prisma.TransactionClient

/** The server cancels statements that take longer. */
const LONGEST_STATEMENT_MS = 20_000
/** A connection on which no answer has come by then is replaced: its other side may be gone without a word. */
const SILENT_MS = LONGEST_STATEMENT_MS + 2_000

/**
 * For each connection. The server notices soon when a gateway is gone, and lets go of its locks. Isolation does not depend on the defaults
 * of the database. These are not connection parameters: poolers such as PgBouncer do not accept those.
 */
const SETTINGS = `
  set statement_timeout = ${LONGEST_STATEMENT_MS}; set idle_in_transaction_session_timeout = '15s';
  set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; set tcp_user_timeout = 10000;
  set default_transaction_isolation = 'read committed'`

/** Statements that each connection keeps prepared. Each takes memory of the server, on each connection. */
const MOST_PREPARED = 200
/** A statement is prepared when it is used this often. Others, such as those with lists of rare lengths, are not worth it. */
const OFTEN = 5
/** Statements whose uses are counted. */
const MOST_COUNTED = 1_000

/** Names the statements to prepare, so that the server does not parse and plan them again each time. */
function statementNames() {
  const uses = new LRUCache<string, number>({ max: MOST_COUNTED })
  const names = new Map<string, string>()
  return ({ sql }: { sql: string }): string => {
    const known = names.get(sql)
    if (known !== undefined || names.size >= MOST_PREPARED) return known ?? ''
    const used = (uses.get(sql) ?? 0) + 1
    uses.set(sql, used)
    if (used >= OFTEN) names.set(sql, `gateway_${names.size + 1}`)
    return ''
  }
}

/** Connects when first used. A broken connection is replaced; queries that were running on it fail. */
export function openDatabase(connectionString: string, options: { log: Logger }): Database {
  const pool = new pg.Pool({
    connectionString,
    max: 20,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    application_name: 'bot-agent-gateway',
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    query_timeout: SILENT_MS,
    onConnect: async (client) => {
      await client.query(SETTINGS)
    },
  })
  // Not the error itself: node-postgres puts the whole client into it, with the key to cancel its queries.
  pool.on('error', ({ message }) => options.log.warn({ reason: message }, 'a database connection was lost'))
  const database = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator: statementNames() }),
    log: [{ emit: 'event', level: 'query' }],
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  })
  if (options.log.isLevelEnabled('trace')) {
    // Not the parameters: they may be secrets.
    database.$on('query', ({ query, duration }) => options.log.trace({ query, ms: duration }, 'query'))
  }
  return database
}
