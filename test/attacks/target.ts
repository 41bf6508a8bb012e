import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { createDatabase } from '../support/database.ts'
import { spawnGateway } from '../support/gateway-process.ts'
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.ts'

/** How many milliseconds an attack may add to the canary’s calls. */
const MOST_ADDED_MS = 250
/** How many bytes the heap may grow. */
const MOST_LEFT = 24 * 1_024 * 1_024

/** A gateway with production settings and a small heap, which another license uses during the attack. */
export interface Target {
  url: string
  databaseUrl: string
  provider: OpenIdProvider
  pid: number
  /** An access token of the attacker's application, in license 1. */
  token: string
  /**
   * Runs the attack. Expects that it does not affect the other license, which is never refused and never waits more than a quarter of a
   * second longer than without it. Also expects that the heap shrinks back to its former size.
   */
  withstands(attack: () => Promise<unknown>): Promise<void>
  /** File descriptors that the gateway has open. */
  descriptors(): Promise<number>
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
  stop(): Promise<void>
}

/** The rate limits of production (`defaultRateLimits`), which the provider for tests turns off. */
const production = { RATE_LIMIT_QUERY_COST: '300000', RATE_LIMIT_MUTATIONS: '300', RATE_LIMIT_LOGIN_FAILURES: '30' }

export async function startTarget(options: { env?: Record<string, string> } = {}): Promise<Target> {
  const provider = await startOpenIdProvider({ licenseOf: (clientId) => (clientId === 'canary' ? 2 : 1) })
  const database = await createDatabase()
  const gateway = await spawnGateway({
    ...provider.env,
    ...production,
    ...options.env,
    DATABASE_URL: database.url,
    NODE_OPTIONS: '--max-old-space-size=512 --inspect=127.0.0.1:0',
  })
  const heap = await heapOf(gateway.inspector)
  const [token, canarysToken] = [await provider.token(), await provider.token({ clientId: 'canary' })]
  const pid = gateway.child.pid as number

  return {
    url: gateway.url,
    databaseUrl: database.url,
    provider,
    pid,
    token,

    async withstands(attack) {
      const canary = await startCanary({ url: gateway.url, token: canarysToken, pid })
      const usual = await canary.listen(40)
      const before = await heap.used()
      const answers = canary.until(attack)
      await answers
      const during = await answers
      await canary.stop()
      const added = Math.max(...during.map(({ ms }) => ms)) - median(usual.map(({ ms }) => ms))
      expect(during.flatMap(({ refused }) => refused ?? [])).toEqual([])
      expect(during.length).toBeGreaterThan(0)
      expect(Math.round(added)).toBeLessThan(MOST_ADDED_MS)
      expect((await heap.used()) - before).toBeLessThan(MOST_LEFT)
    },

    descriptors: async () => (await readdir(`/proc/${pid}/fd`)).length,
    end(signal) {
      // Node.js waits for its debuggers to disconnect.
      heap.close()
      return gateway.end(signal)
    },

    async stop() {
      heap.close()
      if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.end('SIGTERM')
      await database.drop()
      await provider.stop()
    },
  }
}

interface Call {
  /** Without the time that the gateway waited for a processor. */
  ms: number
  refused: string | null
}

async function startCanary(workerData: { url: string; token: string; pid: number }) {
  const worker = new Worker(new URL('./canary.ts', import.meta.url), { workerData })
  const calls: Call[] = []
  worker.on('message', (call: Call) => calls.push(call))
  const listen = async (count: number) => {
    const from = calls.length
    while (calls.length < from + count) await once(worker, 'message')
    return calls.slice(from)
  }
  return {
    listen,
    /** The canary’s calls during the attack, and a few after it. */
    async until(attack: () => Promise<unknown>): Promise<Call[]> {
      // The call in progress may have waited for the garbage collection of the measurement.
      await listen(1)
      const from = calls.length
      await attack()
      await listen(5)
      return calls.slice(from)
    },
    stop: () => worker.terminate(),
  }
}

/** The size of the heap after a garbage collection, measured with the inspector of Node.js. */
async function heapOf(inspector: string) {
  const socket = new WebSocket(inspector)
  await once(socket, 'open')
  let last = 0
  const ask = async (method: string): Promise<{ usedSize: number }> => {
    last += 1
    const id = last
    socket.send(JSON.stringify({ id, method }))
    for (;;) {
      const [data] = await once(socket, 'message')
      const answer = JSON.parse(String(data)) as { id?: number; result: { usedSize: number } }
      if (answer.id === id) return answer.result
    }
  }
  return {
    async used(): Promise<number> {
      await ask('HeapProfiler.collectGarbage')
      return (await ask('Runtime.getHeapUsage')).usedSize
    },
    close: () => socket.close(),
  }
}

function median(values: number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
