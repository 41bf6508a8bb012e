import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A webhook as it arrived. */
export interface Arrival {
  /** The number of its event. */
  readonly number: number
  /** When its event was published, and when it arrived: milliseconds of `now`. */
  readonly handedInAt: number
  readonly cameAt: number
  /** The `webhook-id` of the gateway; empty for other senders. */
  readonly id: string
}

/** The receiver for all contenders, in a process of its own: responds with 200 at once and records what has arrived. */
export interface Receiver {
  /** Each an origin of its own. */
  readonly urls: readonly string[]
  /** How many have arrived since the last `take`. */
  count(): Promise<number>
  /** Resolves when `count` have arrived, or nothing has arrived for so many milliseconds. */
  reaches(count: number, options?: { idle: number }): Promise<void>
  /** All arrivals since the last `take`, which the receiver then forgets. */
  take(): Promise<readonly Arrival[]>
  stop(): void
}

const LOOK_MS = 50

export async function startReceiver(origins: number): Promise<Receiver> {
  const child = fork(join(import.meta.dirname, 'receiver-process.ts'), [String(origins)])
  const [ports] = (await once(child, 'message')) as [number[]]
  const origin = `http://127.0.0.1:${ports[0]}`
  const get = async (path: string) => (await fetch(origin + path)).json() as Promise<unknown>
  const count = () => get('/count') as Promise<number>
  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}/webhooks`),
    count,
    async reaches(expected, { idle } = { idle: 10_000 }) {
      let last = 0
      for (let waited = 0; waited < idle; waited += LOOK_MS) {
        const come = await count()
        if (come >= expected) return
        if (come > last) waited = 0
        last = come
        await delay(LOOK_MS)
      }
    },
    take: () => get('/take') as Promise<Arrival[]>,
    stop: () => child.disconnect(),
  }
}
