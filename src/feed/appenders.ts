import type pg from 'pg'

/** A transaction that has appended to the feed, or is just about to, and has not ended. */
export interface Appender {
  /** Names the transaction, as pg_locks does. */
  readonly transaction: string
  /** Its process; null if the transaction is prepared, and so belongs to none. */
  readonly pid: number | null
}

/**
 * An INSERT takes the lock before it takes a position, and the lock is released after the commit has become visible. So whoever has taken a
 * position and is not in this list has ended.
 * @param taken the column with the last position that was taken. The list depends on it, so that it is made after that was read
 * @returns an expression: the appenders, as an array of JSON
 */
export const appendersAfter = (taken: string): string => `
  array(
    select jsonb_build_object('transaction', virtualtransaction, 'pid', pid) from pg_locks
    where ${taken} is not null and locktype = 'relation' and relation = 'feed_entry'::regclass and mode = 'RowExclusiveLock' and granted
      and database = (select oid from pg_database where datname = current_database())
  )`

/** For the log: what to look for, and to end. */
const SESSIONS = `
  select pid, application_name as application, state, extract(epoch from clock_timestamp() - xact_start)::int as seconds
  from pg_stat_activity where pid = any($1)`
const PREPARED = `
  select gid as prepared, extract(epoch from clock_timestamp() - prepared)::int as seconds
  from pg_prepared_xacts where database = current_database()`

/**
 * A transaction that is prepared meanwhile goes on under another name, so all that are prepared count.
 * @returns those of `first` that have not ended, if `now` are all
 */
export function remaining(first: readonly Appender[], now: readonly Appender[]): readonly Appender[] {
  const names = new Set(first.map(({ transaction }) => transaction))
  return now.filter(({ transaction, pid }) => pid === null || names.has(transaction))
}

/** @returns who they are, for the log */
export async function described(client: pg.Client, holders: readonly Appender[]): Promise<readonly object[]> {
  const pids = holders.flatMap(({ pid }) => pid ?? [])
  const sessions = await client.query<object>(SESSIONS, [pids])
  if (pids.length === holders.length) return sessions.rows
  return [...sessions.rows, ...(await client.query<object>(PREPARED)).rows]
}
