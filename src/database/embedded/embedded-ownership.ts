import { realpath } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { ROLE } from './embedded-cluster.ts'
import type { DataFolder } from './embedded-folder.ts'
import { findPostmaster, OWNER_SETTING, readPidFile, stopStranger } from './embedded-postmaster.ts'

/** The gateway that owns the server holds this advisory lock in the database `postgres`. The number is arbitrary. */
const OWNER_LOCK = '7236836178418298977'

/** Another gateway uses the data folder. The message is for people. */
export class DataDirInUse extends Error {
  override name = 'DataDirInUse'

  constructor(dataDir: string, pid: number) {
    super(
      `${dataDir} is in use by another gateway (its PostgreSQL has pid ${pid}). Stop that gateway, give this one another ` +
        'DATA_DIR, or set DATABASE_URL to run several gateways on one database.',
    )
  }
}

/**
 * Makes sure that no server runs on the folder: waits for one that is starting or stopping, and stops one whose gateway has died.
 * @returns the pid in a stale `postmaster.pid`, if there is one
 * @throws DataDirInUse if the gateway of the server is running
 */
export async function clearFolder(
  folder: DataFolder,
  { signal, log }: { signal: AbortSignal; log: Logger },
): Promise<number | undefined> {
  for (const end = Date.now() + 60_000; ; await delay(50, undefined, { signal })) {
    const named = await readPidFile(folder.path)
    if (!named) return undefined
    const { pid, port } = named
    const postmaster = await findPostmaster(pid, folder.path)
    if (!postmaster) return pid
    // Only connect to a postmaster that was found: an unrelated program that listens on that port must not see the password.
    if (port) await removeOrphan(folder, { pid, port, parent: postmaster.parent, log })
    if (Date.now() > end) throw new Error(`PostgreSQL (pid ${pid}) runs on ${folder.path}, but does not respond.`)
  }
}

async function removeOrphan(
  folder: DataFolder,
  { pid, port, parent, log }: { pid: number; port: number; parent: number; log: Logger },
): Promise<void> {
  const session = await connect(folder, port, log).catch(() => undefined)
  try {
    const server = session && (await ask(session).catch(() => undefined))
    if (!server || (await realpath(server.path).catch(() => undefined)) !== folder.path) return

    // A gateway that has just started its server, or has lost its session, does not hold the lock. But it is still the parent of the
    // server; if it had died, the parent would be another process.
    if (!server.lockIsFree || server.owner === parent) throw new DataDirInUse(folder.dataDir, pid)
    log.warn({ pid }, 'stopping PostgreSQL: the gateway that started it has died')
    await stopStranger(pid, folder.path)
  } finally {
    if (session) await close(session)
  }
}

async function ask(session: pg.Client) {
  const { rows } = await session.query<{ path: string; owner: number; lockIsFree: boolean }>(
    `SELECT current_setting('data_directory') AS path,
            current_setting('${OWNER_SETTING}')::int AS owner,
            pg_try_advisory_lock(${OWNER_LOCK}) AS "lockIsFree"`,
  )
  return rows[0]
}

/**
 * Takes the lock that marks the server as owned by this gateway.
 * @param options.signal gives the lock up when it aborts
 * @returns `ended` resolves with the reason when the lock is gone
 */
export async function takeOwnership(
  folder: DataFolder,
  { port, signal, log }: { port: number; signal: AbortSignal; log: Logger },
): Promise<{ ended: Promise<string> }> {
  const session = await connect(folder, port, log)
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  session.once('end', () => resolve('the connection was closed'))
  const giveUp = () => close(session).then(() => resolve('given up'))
  try {
    // Waits while another gateway tests whether the lock is free.
    await session.query(`SELECT pg_advisory_lock(${OWNER_LOCK})`)
  } catch (error) {
    await giveUp()
    throw error
  }
  if (signal.aborted) giveUp()
  else signal.addEventListener('abort', giveUp, { once: true })
  ended.then(() => signal.removeEventListener('abort', giveUp))
  return { ended }
}

/** Creates the database that the gateway uses, unless it exists. */
export async function createDatabase(folder: DataFolder, name: string, port: number, log: Logger): Promise<void> {
  const session = await connect(folder, port, log)
  try {
    const { rowCount } = await session.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (!rowCount) await session.query(`CREATE DATABASE ${session.escapeIdentifier(name)}`)
  } finally {
    await close(session)
  }
}

async function connect({ password }: DataFolder, port: number, log: Logger): Promise<pg.Client> {
  const session = new pg.Client({
    host: '127.0.0.1',
    port,
    user: ROLE,
    password,
    database: 'postgres',
    ssl: false,
    application_name: 'bot-agent-gateway owner',
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  })
  // Without a listener, a lost connection would end the process.
  session.on('error', (error) => log.debug({ err: error }, 'the session that owns PostgreSQL was lost'))
  await session.connect()
  return session
}

/** With a time limit, because a server that hangs does not even close a connection. */
async function close(session: pg.Client): Promise<void> {
  await Promise.race([session.end(), delay(1_000, undefined, { ref: false })])
}
