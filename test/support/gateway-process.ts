import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { inject } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const [, ...options] = manifest.scripts.start.split(' ').slice(0, -1)

/** A gateway in a process of its own, with the options of Node.js that `npm start` gives. */
export interface GatewayProcess {
  url: string
  child: ChildProcessByStdio<null, Readable, Readable>
  /** Its log, line by line. */
  logged: readonly string[]
  /** The address of its inspector, if NODE_OPTIONS enable it. */
  inspector: string
  /** Sends the signal. Resolves to the exit code, or to the signal that ended the process. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

/** The output of a process that did not start. */
export class NotReady extends Error {
  override name = 'NotReady'
}

/** @throws NotReady with what the process printed, if it ends instead */
export async function spawnGateway(
  env: Record<string, string>,
  entry = inject('builtGateway'),
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [...options, entry], {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  let inspector = ''
  createInterface({ input: child.stderr }).on('line', (line) => {
    printed.push(line)
    inspector ||= /^Debugger listening on (ws:\S+)$/.exec(line)?.[1] ?? ''
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })
  const logged: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      logged.push(line)
      const [, address] = /^ready (\S+)$/.exec(line) ?? []
      if (address) resolve(address)
    })
    ended.then(([code]) => reject(new NotReady(`It ended with ${code}: ${printed.join('\n')}`)))
  })
  return {
    url,
    child,
    logged,
    get inspector() {
      return inspector
    },
    async end(signal) {
      child.kill(signal)
      const [code, killer] = await ended
      return code ?? killer
    },
  }
}
