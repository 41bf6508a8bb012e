import { realpath } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { type DataFolder, ROLE } from './embedded-folder.ts'
import { findPostmaster, OWNER_SETTING, readPidFile, stopStranger } from './embedded-postmaster.ts'

/** Held, in the database `postgres`, by a session of the gateway that owns the server. The number means nothing. */
const OWNER_LOCK = '7236836178418298977'

/** Another gateway lives on the data folder. The message is for people. */
export class DataDirInUse extends Error {
  override name = 'DataDirInUse'

  constructor(dataDir: string, pid: number) {
    super(
      `${dataDir} is in use by another gateway (its PostgreSQL has pid ${pid}). Stop that one, give this one another ` +
        'DATA_DIR, or set DATABASE_URL to run several gateways on one database.',
    )
  }
}

/**
 * Sees to it that no server runs on the folder: waits for one that starts or stops, stops one whose gateway has died.
 * @returns the pid in a `postmaster.pid` that is stale, if there is one
 * @throws DataDirInUse if the gateway of the server lives
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
    // Not asked before it is found: an unrelated program that listens on that port must not be shown the password.
    if (port) await removeOrphan(folder, { pid, port, parent: postmaster.parent, log })
    if (Date.now() > end) throw new Error(`PostgreSQL (pid ${pid}) runs on ${folder.path}, but does not answer.`)
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

    // A gateway that has just started its server, or lost its session, lives without the lock. It is then still the
    // parent; another process takes the place of a parent that dies.
    if (!server.lockIsFree || server.owner === parent) throw new DataDirInUse(folder.dataDir, pid)
    log.warn({ pid }, 'the gateway that started this PostgreSQL has died: stopping it')
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
 * Marks the server as this gateway's.
 * @param options.signal gives it up when it aborts
 * @returns `ended` resolves, with the reason, when the mark is gone
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
    // Waits while another looks whether it is free.
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

/** Makes the database that the gateway uses, unless it is there. */
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
  // Without a listener a lost connection would end the process.
  session.on('error', (error) => log.debug({ err: error }, 'the session that owns PostgreSQL was lost'))
  await session.connect()
  return session
}

/** A server that hangs does not even answer to a goodbye. */
async function close(session: pg.Client): Promise<void> {
  await Promise.race([session.end(), delay(1_000, undefined, { ref: false })])
}
