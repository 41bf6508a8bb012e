import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Logger } from 'pino'
import { type Binaries, findBinaries } from './embedded-binaries.ts'

/** A complete PostgreSQL data folder. */
export interface DataFolder {
  /** The setting DATA_DIR, for messages. */
  readonly dataDir: string
  /** Absolute, without symbolic links. */
  readonly path: string
  readonly password: string
  readonly binaries: Binaries
}

/** The only role of the server. */
export const ROLE = 'gateway'

/**
 * Opens `<dataDir>/postgres`. If it does not exist, it is made elsewhere and moved there when it is complete: a crash leaves nothing
 * half-made, and if several gateways make it at once, one wins.
 * @throws Error with a message for people if PostgreSQL can't run here, or can't use the folder
 */
export async function openDataFolder(dataDir: string, log: Logger): Promise<DataFolder> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = resolve(dataDir, 'postgres')
  const binaries = await findBinaries(dataDir)
  if (!(await majorVersionOf(path))) {
    log.info({ folder: path }, 'setting up PostgreSQL: the first start takes some seconds')
    await makeDataFolder(path, binaries)
  }
  await discardUnfinished(path)

  const version = await majorVersionOf(path)
  if (version !== binaries.majorVersion) throw new Error(whyUnusable(path, version, binaries.majorVersion))
  return {
    dataDir,
    path: await realpath(path),
    password: await readFile(join(path, 'password'), 'utf8'),
    binaries,
  }
}

async function makeDataFolder(path: string, binaries: Binaries): Promise<void> {
  const draft = await mkdtemp(unfinished(path))
  try {
    const [data, password] = [join(draft, 'data'), join(draft, 'password')]
    await writeFile(password, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
    await binaries.handOver(draft)
    await initdb(binaries, data, password)
    await rename(password, join(data, 'password'))
    await rename(data, path)
    await sync(dirname(path))
  } catch (error) {
    // Another gateway may have been faster, and may have discarded this draft.
    if (!(await majorVersionOf(path))) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function initdb(binaries: Binaries, data: string, password: string): Promise<void> {
  const program = binaries.start('initdb', [
    `--pgdata=${data}`,
    `--username=${ROLE}`,
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ])
  const ended = new Promise<number | null>((resolve, reject) => program.once('error', reject).once('close', resolve))
  const [complaints, code] = await Promise.all([text(program.stderr), ended])
  if (code !== 0)
    throw new Error(`PostgreSQL could not create its data folder in ${dirname(data)}:\n${complaints.trim()}`)
}

/** Removes what a gateway that crashed during its first start left behind. */
async function discardUnfinished(path: string): Promise<void> {
  const prefix = basename(unfinished(path))
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix)) continue
    // Another gateway may still be writing to it: the next start discards the rest.
    await rm(join(dirname(path), name), { recursive: true, force: true }).catch(() => {})
  }
}

function unfinished(path: string): string {
  return `${path}.unfinished-`
}

async function majorVersionOf(path: string): Promise<string | undefined> {
  const version = await readFile(join(path, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  return version?.trim()
}

function whyUnusable(path: string, version: string | undefined, ours: string): string {
  return (
    `${path} was created by PostgreSQL ${version}, but this gateway contains PostgreSQL ${ours}. Set DATA_DIR to another ` +
    `folder, or DATABASE_URL to a PostgreSQL ${version} that uses this one.`
  )
}

async function sync(folder: string): Promise<void> {
  // Windows can't sync a folder, and does not need to.
  if (process.platform === 'win32') return
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}
