import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A webhook as it arrived: which one, when its event was published, and when it arrived, in milliseconds of `now`. */
export interface Arrival {
  readonly number: number
  readonly handedInAt: number
  readonly cameAt: number
}

/** The receiver finds this in a webhook: the text of its event begins with it. */
export function mark(number: number, handedInAt: number): string {
  return `${number} ${handedInAt}`
}

/** The receiver for all contenders, in a process of its own: responds with 200 at once and records what has arrived. */
export interface Receiver {
  /** One for each bot agent, each an origin of its own. */
  readonly urls: readonly string[]
  /** Resolves to all arrivals once there are `count` of them, or nothing has arrived for ten seconds. */
  reaches(count: number): Promise<readonly Arrival[]>
  forget(): Promise<void>
  stop(): void
}

export async function startReceiver(origins: number): Promise<Receiver> {
  const child = fork(join(import.meta.dirname, 'receiver-process.ts'), [String(origins)])
  const [ports] = (await once(child, 'message')) as [number[]]
  const origin = `http://127.0.0.1:${ports[0]}`
  const get = async (path: string) => (await fetch(origin + path)).json() as Promise<unknown>
  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}/webhooks`),
    async reaches(count) {
      let last = 0
      for (let idle = 0; idle < 200; idle += 1) {
        const come = (await get('/count')) as number
        if (come >= count) break
        if (come > last) idle = 0
        last = come
        await delay(50)
      }
      return (await get('/')) as Arrival[]
    },
    async forget() {
      await fetch(origin, { method: 'DELETE' })
    },
    stop: () => child.disconnect(),
  }
}
