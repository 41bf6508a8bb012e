import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Logger } from 'pino'
import { type Prisma, PrismaClient } from './client/client.ts'

/** Prisma outside a transaction. */
export type Database = PrismaClient
/** Prisma inside a transaction. */
export type Transaction = Prisma.TransactionClient

/** The server cancels statements that take longer. */
const LONGEST_STATEMENT_MS = 30_000

/** Statements that each connection keeps prepared. Each takes memory of the server, on each connection. */
const MOST_PREPARED = 200

/**
 * Names the statements to prepare, so that the server does not parse and plan them again each time: the first that are used. Others, such
 * as those with lists of rare lengths, are not prepared.
 */
function statementNames() {
  const names = new Map<string, string>()
  return ({ sql }: { sql: string }): string => {
    const known = names.get(sql)
    if (known !== undefined || names.size >= MOST_PREPARED) return known ?? ''
    const name = `gateway_${names.size + 1}`
    names.set(sql, name)
    return name
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
    // Not as a connection parameter: poolers such as PgBouncer do not accept it.
    onConnect: async (client) => {
      await client.query(`set statement_timeout = ${LONGEST_STATEMENT_MS}`)
    },
  })
  pool.on('error', (error) => options.log.warn({ err: error }, 'a database connection was lost'))
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
