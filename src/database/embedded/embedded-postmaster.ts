import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import type { DataFolder } from './embedded-folder.ts'

/** A PostgreSQL server that is our child. */
export interface Postmaster {
  /** Resolves when it accepts connections; rejects with its last lines of output if it ends before that. */
  readonly ready: Promise<void>
  /** Resolves, with the exit code or signal in words, when it and all processes it started are gone. Never rejects. */
  readonly ended: Promise<string>
}

/** A custom setting of the server: the pid of the gateway that started it. */
export const OWNER_SETTING = 'gateway.pid'

/**
 * Starts the server.
 * @param options.stalePid from a `postmaster.pid` that is known to be stale
 * @param options.signal stops the server when it aborts
 */
export function launch(
  { path, binaries }: DataFolder,
  options: { port: number; stalePid: number | undefined; signal: AbortSignal; log: Logger },
): Postmaster {
  const { port, stalePid, signal, log } = options
  // If the pid in a stale postmaster.pid is in use, PostgreSQL takes that process for a server, unless it is an ancestor. pg_ctl passes
  // the pid of an ancestor in this variable. A server that was started meanwhile has another pid, so the folder stays protected.
  const env = stalePid === undefined ? {} : { PG_GRANDPARENT_PID: `${stalePid}` }
  const child = binaries.start('postgres', ['-D', path, ...settings(port)], { env })

  const ready = Promise.withResolvers<void>()
  const lastLines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    log[/^(WARNING|FATAL|PANIC):/.test(line) ? 'warn' : 'debug']({ process: 'postgres' }, line)
    if (line.includes('database system is ready to accept connections')) ready.resolve()
    lastLines.push(line)
    lastLines.splice(0, lastLines.length - 5)
  })
  child.on('error', ready.reject)
  const ended = new Promise<string>((resolve) => {
    // Not 'exit': every process of the server keeps standard error open, so 'close' comes when the last of them has ended.
    child.once('close', (code, killer) => resolve(killer ? `by ${killer}` : `with code ${code}`))
  })
  ended.then((how) => ready.reject(new Error(`PostgreSQL ended ${how}:\n${lastLines.join('\n')}`)))

  const isGone = (limit: number) => Promise.race([ended.then(() => true), delay(limit, false, { ref: false })])
  const stop = () => bringDown((name) => child.kill(name), isGone).catch((error) => log.error({ err: error }))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  ended.then(() => signal.removeEventListener('abort', stop))
  return { ready: ready.promise, ended }
}

function settings(port: number): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    // The path of a socket is limited to about 100 characters; that of the data folder may be longer.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_destination: 'stderr',
    log_line_prefix: '',
    [OWNER_SETTING]: process.pid,
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Reads `postmaster.pid`. It does not contain the port yet when a server has just begun to start. */
export async function readPidFile(path: string): Promise<{ pid: number; port: number | undefined } | undefined> {
  const content = await readFile(join(path, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (content === undefined) return undefined
  const lines = content.split('\n')
  return { pid: Number.parseInt(lines[0] ?? '', 10), port: Number(lines[3]) || undefined }
}

/** @returns the process with this pid if it is a server on this data folder; `undefined` for an unrelated process, a zombie or none */
export async function findPostmaster(pid: number, path: string): Promise<{ parent: number } | undefined> {
  try {
    const { args, parent } = await (process.platform === 'linux' ? readProc(pid) : askPs(pid))
    return args.includes(path) ? { parent } : undefined
  } catch {
    return undefined
  }
}

async function readProc(pid: number): Promise<{ args: string[]; parent: number }> {
  const [args, status] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ])
  return { args: args.split('\0'), parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]) }
}

async function askPs(pid: number): Promise<{ args: string; parent: number }> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'ppid=,command=', '-p', `${pid}`])
  return { args: stdout, parent: Number.parseInt(stdout, 10) }
}

/**
 * Ends a server that is not our child.
 * @param pid of the server, which has confirmed that it runs on `path`
 */
export async function stopStranger(pid: number, path: string): Promise<void> {
  const send = async (signal: NodeJS.Signals) => {
    if (await findPostmaster(pid, path)) process.kill(pid, signal)
  }
  const isGone = async (limit: number) => {
    for (const end = Date.now() + limit; await findPostmaster(pid, path); await delay(20)) {
      if (Date.now() > end) return false
    }
    return true
  }
  await bringDown(send, isGone)
}

/**
 * First a fast shutdown, then an immediate shutdown, from which the next start recovers, and last the signal that can't be ignored. The
 * time limits are in milliseconds.
 */
const SIGNALS = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const

async function bringDown(
  send: (signal: NodeJS.Signals) => unknown,
  isGone: (limit: number) => Promise<boolean>,
): Promise<void> {
  for (const [signal, limit] of SIGNALS) {
    await send(signal)
    if (await isGone(limit)) return
  }
  throw new Error('PostgreSQL did not end, not even after SIGKILL')
}
