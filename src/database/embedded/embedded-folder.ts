import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Logger } from 'pino'
import { type Binaries, findBinaries, locateLibrary } from './embedded-binaries.ts'
import { majorVersionOf, makeCluster } from './embedded-cluster.ts'

/** A complete PostgreSQL data folder. */
export interface DataFolder {
  /** The setting DATA_DIR, for messages. */
  readonly dataDir: string
  /** Absolute, without symbolic links. */
  readonly path: string
  readonly password: string
  readonly binaries: Binaries
}

/**
 * The DATA_DIR that `npm install` leaves: a first start copies its cluster instead of waiting a second for `initdb`. It is beside the
 * package that contains PostgreSQL, with which it comes and goes.
 * @throws Error if that package is not installed
 */
export function preparedDataDir(): string {
  return join(dirname(locateLibrary()), '../../.cache/bot-agent-gateway')
}

/** Makes that folder, unless it is there. @throws as `openDataFolder` */
export async function prepareDataDir(log: Logger): Promise<void> {
  const dataDir = preparedDataDir()
  await mkdir(dirname(dataDir), { recursive: true })
  const open = () => openDataFolder(dataDir, { log })
  await open().catch(async () => {
    // It may be of another version of PostgreSQL.
    await rm(dataDir, { recursive: true, force: true })
    await open()
  })
}

/**
 * Opens `<dataDir>/postgres`. If it does not exist, it is made elsewhere and moved there when it is complete: a crash leaves nothing
 * half-made, and if several gateways make it at once, one wins.
 * @param options.prepared another DATA_DIR, whose cluster is copied if it can be; by default the one that `npm install` has left
 * @throws Error with a message for people if PostgreSQL can't run here, or can't use the folder
 */
export async function openDataFolder(
  dataDir: string,
  { prepared, log }: { prepared?: string | undefined; log: Logger },
): Promise<DataFolder> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = resolve(dataDir, 'postgres')
  const binaries = await findBinaries(dataDir)
  if (!(await majorVersionOf(path))) {
    log.info({ folder: path }, 'setting up PostgreSQL in a new folder')
    await makeDataFolder(path, binaries, join(prepared ?? preparedDataDir(), 'postgres'))
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

async function makeDataFolder(path: string, binaries: Binaries, prepared: string): Promise<void> {
  const draft = await mkdtemp(unfinished(path))
  try {
    const [data, password] = [join(draft, 'data'), join(draft, 'password')]
    await writeFile(password, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
    await binaries.handOver(draft)
    await makeCluster(binaries, { data, password, prepared })
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
