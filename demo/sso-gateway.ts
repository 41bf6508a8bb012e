import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { keyFile } from '../src/process/key-file.ts'

/** A gateway for the demo, with its own data. */
export interface DemoGateway {
  url: string
  stop(): Promise<void>
}

/** @throws if it does not start; its output says why */
export async function startGateway(settings: Record<string, string>): Promise<DemoGateway> {
  const dataDir = resolve(process.env.DATA_DIR || '.data', 'demo-sso')
  const key = await keyFile(join(dataDir, 'encryption-key'), () => randomBytes(32).toString('hex'))
  const { DATABASE_URL: _, HOST: __, ...env } = process.env
  const child = spawn(process.execPath, [join(import.meta.dirname, '../dist/main.js')], {
    env: {
      ...env,
      PORT: (await isFree(4000)) ? '4000' : '0',
      DATA_DIR: dataDir,
      ENCRYPTION_KEY: key,
      LOG_LEVEL: 'error',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C goes only to the demo, which stops the gateway last.
    detached: true,
  })
  return { url: await ready(child), stop: () => end(child) }
}

async function ready(child: ChildProcess): Promise<string> {
  const ended = once(child, 'close').then(() => {
    throw new Error('The gateway did not start.')
  })
  ended.catch(() => {})
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const url = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      const [, address] = /^ready (\S+)$/.exec(line) ?? []
      if (address) resolve(address)
    })
  })
  return Promise.race([url, ended])
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
