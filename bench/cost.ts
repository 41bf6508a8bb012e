import type pg from 'pg'

/** What was written, as the log of PostgreSQL (WAL) records it. */
export interface Cost {
  /** Rows inserted, updated and deleted. An update writes the whole row again. */
  readonly rows: number
  /** Entries added to B-trees. An update in place (HOT) adds none. */
  readonly indexEntries: number
  /** Bytes of the log. */
  readonly walBytes: number
  /** Of these, bytes of whole pages: each page is logged once after a checkpoint. */
  readonly pageBytes: number
}

/** @param client a session of the server. It needs the right to create extensions and to change settings */
export async function startMeter(client: pg.ClientBase): Promise<Meter> {
  await client.query('create extension if not exists pg_walinspect')
  // So that the log of a long run is still there when it is read.
  await client.query(`alter system set wal_keep_size = '2GB'`)
  await client.query('select pg_reload_conf()')
  return {
    async measure(act) {
      const from = await position(client)
      await act()
      const to = await position(client)
      const { rows } = await client.query<Cost>(written, [from, to])
      return rows[0] as Cost
    },
  }
}

export interface Meter {
  /** @returns what the whole server has written while `act` ran */
  measure(act: () => Promise<void>): Promise<Cost>
}

const written = `
  select
    coalesce(sum(count) filter (where type ~ '^Heap/(INSERT|UPDATE|HOT_UPDATE|DELETE)'), 0)::float8 as rows,
    coalesce(sum(count) filter (where type ~ '^Btree/(INSERT|SPLIT)_'), 0)::float8 as "indexEntries",
    coalesce(sum(combined_size), 0)::float8 as "walBytes",
    coalesce(sum(fpi_size), 0)::float8 as "pageBytes"
  from pg_get_wal_stats($1, $2, true) as stats(type, count, count_share, record_size, record_share, fpi_size, fpi_share, combined_size)`

async function position(client: pg.ClientBase): Promise<string> {
  // The log can be read as far as it is flushed, so this waits for a commit of its own.
  await client.query('select pg_logical_emit_message(true, $1, $2)', ['bench', 'flush'])
  const { rows } = await client.query<{ position: string }>('select pg_current_wal_flush_lsn() as position')
  return rows[0]?.position ?? ''
}
