import pg from 'pg'
import type { Logger } from 'pino'

/** The server cancels statements that take longer. */
const LONGEST_STATEMENT_MS = 20_000
/** A connection on which no answer has come by then is replaced: its other side may be gone without a word. */
const SILENT_MS = LONGEST_STATEMENT_MS + 2_000

/**
 * For each connection. The server notices soon when a gateway is gone, and lets go of its locks. Isolation does not depend on the defaults
 * of the database. Plans that are kept use indexes, even if they were made while the tables were nearly empty; each statement has one. These
 * are not connection parameters: poolers such as PgBouncer do not accept those.
 */
const SETTINGS = `
  set statement_timeout = ${LONGEST_STATEMENT_MS}; set idle_in_transaction_session_timeout = '15s';
  set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; set tcp_user_timeout = 10000;
  set default_transaction_isolation = 'read committed'; set enable_seqscan = off; set jit = off`

/** The connections of a gateway. They are made when first used. A broken one is replaced; queries that were running on it fail. */
export function openPool(connectionString: string, { log }: { log: Logger }): pg.Pool {
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
  pool.on('error', ({ message }) => log.warn({ reason: message }, 'a database connection was lost'))
  return pool
}
