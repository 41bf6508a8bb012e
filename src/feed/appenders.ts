import type pg from 'pg'

/** A transaction that has appended to the feed, or is just about to, and has not ended. */
export interface Appender {
  /** Names the transaction, as pg_locks does. */
  readonly transaction: string
  /** Its process; null if the transaction is prepared, and so belongs to none. */
  readonly pid: number | null
}

/**
 * An INSERT takes the lock before it takes a position, and the lock is released after the commit has become visible. So whoever has taken
 * a position and is not in this list has ended.
 */
const APPENDERS = `
  select virtualtransaction as transaction, pid from pg_locks
  where locktype = 'relation' and relation = 'feed_entry'::regclass and mode = 'RowExclusiveLock' and granted
    and database = (select oid from pg_database where datname = current_database())`

/** For the log: what to look for, and to end. */
const SESSIONS = `
  select pid, application_name as application, state, extract(epoch from clock_timestamp() - xact_start)::int as seconds
  from pg_stat_activity where pid = any($1)`
const PREPARED = `
  select gid as prepared, extract(epoch from clock_timestamp() - prepared)::int as seconds
  from pg_prepared_xacts where database = current_database()`

export async function appenders(client: pg.Client): Promise<readonly Appender[]> {
  return (await client.query<Appender>({ name: 'appenders', text: APPENDERS })).rows
}

/**
 * A transaction that is prepared meanwhile goes on under another name, so all that are prepared count.
 * @returns those of `first` that have not ended
 */
export async function remaining(client: pg.Client, first: readonly Appender[]): Promise<readonly Appender[]> {
  const names = new Set(first.map(({ transaction }) => transaction))
  return (await appenders(client)).filter(({ transaction, pid }) => pid === null || names.has(transaction))
}

/** @returns who they are, for the log */
export async function described(client: pg.Client, holders: readonly Appender[]): Promise<readonly object[]> {
  const pids = holders.flatMap(({ pid }) => pid ?? [])
  const sessions = await client.query<object>(SESSIONS, [pids])
  if (pids.length === holders.length) return sessions.rows
  return [...sessions.rows, ...(await client.query<object>(PREPARED)).rows]
}
