import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { nodeFlags } from './node-flags.ts'

/** A server that the gateway is compared with, in a process of its own. */
export interface ForkedServer {
  readonly origin: string
  readonly child: ChildProcess
}

/** @param file of a process that sends its port when it listens, and ends when it is disconnected */
export async function forkServer(
  file: string,
  args: readonly string[],
  parts: AsyncDisposableStack,
): Promise<ForkedServer> {
  const env = { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production' }
  const child = fork(join(import.meta.dirname, file), args, { execArgv: [...nodeFlags], env })
  const ended = once(child, 'exit')
  parts.defer(async () => {
    if (child.connected) child.disconnect()
    await ended
  })
  const failed = ended.then(([code]) => {
    throw new Error(`The process of a contender, ${file}, ended with ${code}`)
  })
  const [port] = (await Promise.race([once(child, 'message'), failed])) as [number]
  failed.catch(() => {})
  return { origin: `http://127.0.0.1:${port}`, child }
}
