import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Logger } from 'pino'

/** Beside the bundle, or where they are written. */
const [projectMigrations = ''] = ['migrations', '../../prisma/migrations']
  .map((path) => join(import.meta.dirname, path))
  .filter((path) => existsSync(path))

/** The lock that Prisma's own `migrate deploy` takes, so that it and a starting gateway wait for each other. */
const lockKey = 72707369

/** Prisma's table, exactly as Prisma creates it. */
const historyTable = `
  create table _prisma_migrations (
    id                  varchar(36) primary key not null,
    checksum            varchar(64) not null,
    finished_at         timestamptz,
    migration_name      varchar(255) not null,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz not null default now(),
    applied_steps_count integer not null default 0
  )`

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface HistoryEntry {
  readonly name: string
  readonly checksum: string
  readonly finished: boolean
}

/** This gateway can't use this database. The message, for people, says why and contains no password. */
export class UnusableDatabase extends Error {
  override name = 'UnusableDatabase'
}

/**
 * Brings the database at `connectionString` to the newest migration of the project. Each migration is one transaction, so after a crash
 * it has been applied completely or not at all. Gateways that start together take turns. A database that a newer gateway has migrated
 * further is left as it is, with a warning.
 * @param options.directory a folder of migrations other than the project's
 * @returns the names of the migrations that were applied
 * @throws UnusableDatabase if the database can't be reached or is older than PostgreSQL 15, a migration fails, or the history isn't ours
 */
export async function migrate(
  connectionString: string,
  { log, directory = projectMigrations }: { log: Logger; directory?: string },
): Promise<string[]> {
  const migrations = await readMigrations(directory)
  const client = await connect(connectionString)
  try {
    await requireVersion(client)
    const applied: string[] = []
    for (;;) {
      const name = await applyNext(client, migrations, log)
      if (!name) break
      applied.push(name)
    }
    if (applied.length > 0) log.info({ migrations: applied }, 'migrated the database')
    return applied
  } finally {
    await client.end()
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 10_000,
    application_name: 'bot-agent-gateway migrations',
  })
  // If the connection is lost, the query that needed it fails and says so.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    const { host, port, database = '' } = client
    const where = `${host}:${port}, database "${database}"`
    throw new UnusableDatabase(`Can't connect to PostgreSQL at ${where}: ${reason(error)}`, { cause: error })
  }
  return client
}

/** If a host has several addresses, their errors are inside an error that says nothing itself. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}

async function requireVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const [server] = rows
  if (server && server.number < 150_000) {
    const where = `${client.host}:${client.port}`
    throw new UnusableDatabase(`PostgreSQL 15 or newer is required; the server at ${where} is ${server.version}`)
  }
}

/** Applies the first migration that the database lacks. @returns its name; `undefined` if none is missing */
async function applyNext(client: pg.Client, migrations: Migration[], log: Logger): Promise<string | undefined> {
  // Not the database's default isolation level, which may not see what was committed while we waited.
  await client.query('begin isolation level read committed')
  try {
    await lock(client, log)
    const next = firstMissing(migrations, await readHistory(client), log)
    if (next) await apply(client, next)
    await client.query('commit')
    return next?.name
  } catch (error) {
    // This only fails if the connection is lost, and then the server rolls back by itself.
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Locks until the end of the transaction: behind a connection pooler, a session lock would outlive this process. */
async function lock(client: pg.Client, log: Logger): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [lockKey])
  if (rows[0]?.taken) return
  log.info('waiting for another gateway that is migrating the database')
  await client.query('select pg_advisory_xact_lock($1)', [lockKey])
}

async function readHistory(client: pg.Client): Promise<HistoryEntry[]> {
  const { rows } = await client.query<{ exists: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as exists`,
  )
  // Not CREATE TABLE IF NOT EXISTS, which requires the right to create even if there is nothing to create.
  if (!rows[0]?.exists) await client.query(historyTable)
  const history = await client.query<HistoryEntry>(`
    select migration_name as name, checksum, finished_at is not null as finished
    from _prisma_migrations where rolled_back_at is null order by migration_name`)
  return history.rows
}

/** @throws UnusableDatabase if this gateway can't continue from this history: see docs/decisions/migrations.md */
function firstMissing(migrations: Migration[], history: HistoryEntry[], log: Logger): Migration | undefined {
  requireFinished(history)
  requireUnchanged(migrations, history)
  const applied = new Set(history.map(({ name }) => name))
  const missing = migrations.filter(({ name }) => !applied.has(name))
  requireSameLine(migrations, missing, history, log)
  return missing[0]
}

function requireFinished(history: HistoryEntry[]): void {
  const unfinished = history.filter(({ finished }) => !finished)
  if (!unfinished.length) return
  throw new UnusableDatabase(
    `Another tool began the migration ${list(unfinished)} on this database and did not finish it. Check what it has ` +
      'changed, then record the outcome with `prisma migrate resolve`.',
  )
}

function requireUnchanged(migrations: Migration[], history: HistoryEntry[]): void {
  const applied = new Map(history.map(({ name, checksum }) => [name, checksum]))
  const changed = migrations.filter(({ name, checksum }) => (applied.get(name) ?? checksum) !== checksum)
  if (!changed.length) return
  throw new UnusableDatabase(
    `The migration ${list(changed)} was changed after it was applied to this database. Restore its file and make the ` +
      'change in a new migration; or, if you do not need the data in this database, start with an empty one.',
  )
}

function requireSameLine(migrations: Migration[], missing: Migration[], history: HistoryEntry[], log: Logger): void {
  const ours = new Set(migrations.map(({ name }) => name))
  const unknown = history.filter(({ name }) => !ours.has(name))
  if (!unknown.length) return
  const newest = migrations.at(-1)?.name ?? ''
  const ahead = missing.length === 0 && unknown.every(({ name }) => name > newest)
  if (!ahead) {
    const lacks = missing.length ? ` It lacks ${list(missing)}.` : ''
    throw new UnusableDatabase(
      `This database was migrated by another branch of the project: it has ${list(unknown)}, which this gateway does not ` +
        `know.${lacks} Run the gateway that migrated it, or one that has the migrations of both.`,
    )
  }
  log.warn({ unknown: list(unknown) }, 'continuing: a newer gateway has migrated this database further')
}

function list(named: { name: string }[]): string {
  return named.map(({ name }) => name).join(', ')
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    const transaction = await currentTransaction(client)
    await client.query(sql)
    if ((await currentTransaction(client)) !== transaction) {
      throw new Error(
        'it ends its own transaction, so the statements before that point are not rolled back. Split the migration there',
      )
    }
    // Otherwise a violation would only appear at the commit, where it can't be attributed to the migration.
    await client.query('set constraints all immediate')
  } catch (error) {
    throw new UnusableDatabase(`The migration ${name} failed: ${failure(error, sql)}`, { cause: error })
  }
  await client.query(
    `insert into _prisma_migrations (id, migration_name, checksum, finished_at, applied_steps_count)
     values (gen_random_uuid(), $1, $2, clock_timestamp(), 1)`,
    [name, checksum],
  )
}

async function currentTransaction(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::text as id')
  return rows[0]?.id
}

/** PostgreSQL's message, its place in the file if there is one, and the details. */
function failure(error: unknown, sql: string): string {
  if (!(error instanceof pg.DatabaseError)) return reason(error)
  const { message, code, position, detail, hint, where } = error
  const place = position ? ` at migration.sql:${lineAndColumn(sql, Number(position))}` : ''
  return [`${message} (${code})${place}`, detail, hint, where].filter(Boolean).join('\n  ')
}

/** @param position in characters, beginning with 1, as PostgreSQL counts them */
function lineAndColumn(sql: string, position: number): string {
  const before = [...sql].slice(0, position - 1).join('')
  const line = before.split('\n').length
  const column = before.length - before.lastIndexOf('\n')
  return `${line}:${column}`
}
