import { cpSync } from 'node:fs'
import { chmod, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Binaries } from './embedded-binaries.ts'

/** The only role of the server, and the database that the gateway uses. */
export const ROLE = 'gateway'
export const DATABASE = 'gateway'

interface Files {
  /** The folder of the cluster, which is made. */
  readonly data: string
  /** The file with the password of the role, in base64url. */
  readonly password: string
}

/**
 * Makes a cluster with the role and the database, and writes it to the disk.
 * @param of.prepared another one, on which no server ever runs: it is copied if it can be, which takes a fifth of the time
 * @throws Error with what PostgreSQL said
 */
export async function makeCluster(
  binaries: Binaries,
  { prepared, ...files }: Files & { readonly prepared: string },
): Promise<void> {
  if ((await majorVersionOf(prepared).catch(() => undefined)) === binaries.majorVersion) {
    try {
      return await copy(binaries, prepared, files)
    } catch {
      // It may belong to another user.
      await rm(files.data, { recursive: true, force: true })
    }
  }
  await create(binaries, files)
}

/** @returns the major version of PostgreSQL that a cluster belongs to; `undefined` if there is none in the folder */
export async function majorVersionOf(path: string): Promise<string | undefined> {
  const version = await readFile(join(path, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  return version?.trim()
}

async function create(binaries: Binaries, { data, password }: Files): Promise<void> {
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
  await success(program, data)
  await alone(binaries, data, `CREATE DATABASE ${DATABASE}`)
}

async function copy(binaries: Binaries, prepared: string, { data, password }: Files): Promise<void> {
  // Not the asynchronous `cp`, which takes several times as long for a thousand files. Without a filter, Node.js copies in native code,
  // which ends the process where a path on Windows is not in ASCII (nodejs/node#54476).
  cpSync(prepared, data, { recursive: true, filter: () => true })
  await chmod(data, 0o700)
  await binaries.handOver(data)
  // Before a server runs, so that nobody can connect with the password of another copy.
  await alone(binaries, data, `ALTER ROLE ${ROLE} PASSWORD '${await readFile(password, 'utf8')}'`)
  await success(binaries.start('initdb', ['--sync-only', `--pgdata=${data}`]), data)
}

/** Runs a statement of one line while nobody can connect. */
function alone(binaries: Binaries, data: string, statement: string): Promise<void> {
  const args = ['--single', '-D', data, '-c', 'exit_on_error=on', 'postgres']
  return success(binaries.start('postgres', args, { input: `${statement}\n` }), data)
}

async function success(program: ReturnType<Binaries['start']>, data: string): Promise<void> {
  const ended = new Promise<number | null>((resolve, reject) => program.once('error', reject).once('close', resolve))
  const [complaints, code] = await Promise.all([text(program.stderr), ended])
  if (code !== 0) throw new Error(`PostgreSQL could not make its data folder ${data}:\n${complaints.trim()}`)
}
