import type pg from 'pg'

export interface Column {
  readonly name: string
  /** As in SQL, such as `timestamp with time zone`. */
  readonly type: string
}

/** The columns of a table that can be written. The benchmarks do not name them, because they change with the gateway. */
export async function columnsOf(client: pg.ClientBase, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  )
  return rows
}
