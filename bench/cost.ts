import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { connect } from './sessions.ts'

/** What each webhook has cost, as far as PostgreSQL counts it. */
export interface Cost {
  /** Rows inserted, updated and deleted. An update writes a row anew. */
  readonly rows: number
  /**
   * Entries written to indexes: for each row that was inserted, or updated other than in place (HOT), one in each index of its table.
   * PostgreSQL does not count them, and a partial index takes fewer, so this is an upper bound.
   */
  readonly indexEntries: number
  /** Bytes written to the log of the server: by this database, as nothing else runs. */
  readonly walBytes: number
}

const counters = `
  select
    coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::float8 as rows,
    coalesce(sum((n_tup_ins + n_tup_upd - n_tup_hot_upd) * indexes), 0)::float8 as "indexEntries",
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as "walBytes"
  from pg_stat_user_tables
  cross join lateral (select count(*) as indexes from pg_index where indrelid = relid) counted`

/** Begins to count. @returns a function that says what was written since then; everybody else must have disconnected when it is called */
export async function meter(databaseUrl: string): Promise<(webhooks: number) => Promise<Cost>> {
  const before = await read(databaseUrl)
  return async (webhooks) => {
    const after = await read(databaseUrl, alone)
    return {
      rows: (after.rows - before.rows) / webhooks,
      indexEntries: (after.indexEntries - before.indexEntries) / webhooks,
      walBytes: (after.walBytes - before.walBytes) / webhooks,
    }
  }
}

async function read(databaseUrl: string, ready: (client: pg.ClientBase) => Promise<void> = async () => {}) {
  await using client = await connect(databaseUrl)
  await ready(client)
  const { rows } = await client.query<Cost>(counters)
  return rows[0] as Cost
}

/** A session reports the last of what it has written when it ends. */
async function alone(client: pg.ClientBase): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    if (rowCount === 0) return
    await delay(20)
  }
}
