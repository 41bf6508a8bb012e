import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import manifest from '../package.json' with { type: 'json' }
import { metricOf } from './metric.ts'
import { nodeFlags } from './node-flags.ts'

/** A gateway in a process of its own, as `npm start` runs it. */
export interface SpawnedGateway {
  /** Its GraphQL endpoint. */
  readonly url: string
  readonly port: number
  /** Asks it to stop, and resolves when it has ended. */
  stop(): Promise<void>
  /** Ends it without warning. */
  kill(): Promise<void>
  /** The value of one of its metrics; NaN if it has none of that name. */
  metric(name: string): Promise<number>
}

/**
 * Resolves when it is ready.
 * @param program absent: the one that `npm start` runs
 * @throws if it ends instead; what it said is on standard error
 */
export async function spawnGateway(env: Record<string, string>, program?: string): Promise<SpawnedGateway> {
  const [, ...start] = manifest.scripts.start.split(' ')
  const child = spawn(process.execPath, program ? [...nodeFlags, program] : start, {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  const url = await new Promise<string>((resolve, reject) => {
    // The log is read to its end, or the gateway would wait for its reader.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, address] = /^ready (\S+)$/.exec(line) ?? []
      if (address) resolve(address)
    })
    ended.then(([code, signal]) => reject(new Error(`The gateway did not start: it ended with ${code ?? signal}`)))
  })
  return {
    url,
    port: Number(new URL(url).port),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    metric: (name) => metricOf(url, name),
  }
}
