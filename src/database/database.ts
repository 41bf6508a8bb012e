import { PrismaPg } from '@prisma/adapter-pg'
import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import type { Logger } from 'pino'
import { type Prisma, PrismaClient } from './client/client.ts'

/** Prisma outside a transaction. */
export type Database = PrismaClient
/** Prisma inside a transaction. */
export type Transaction = Prisma.TransactionClient

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

/** Prisma on the connections of a pool, which ends with it. */
export function openDatabase(pool: Pool, { log }: { log: Logger }): Database {
  const database = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator: statementNames() }),
    log: [{ emit: 'event', level: 'query' }],
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  })
  if (log.isLevelEnabled('trace')) {
    // Not the parameters: they may be secrets.
    database.$on('query', ({ query, duration }) => log.trace({ query, ms: duration }, 'query'))
  }
  return database
}

/** Loads now most of what Prisma would load at its first query. It keeps the process busy for a tenth of a second. */
export function loadQueryCompiler(): void {
  // @ts-expect-error: the package has no types for it
  const compiler: Promise<unknown> = import('@prisma/client/runtime/query_compiler_small_bg.postgresql.wasm-base64.mjs')
  // Its first query says so as well.
  compiler.catch(() => {})
}
