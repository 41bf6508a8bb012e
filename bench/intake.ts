import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { benchmark } from './benchmark.ts'
import { openCaller } from './caller.ts'
import { CALLERS, callAll } from './callers.ts'
import { now } from './clock.ts'
import { createListeners, type Listeners } from './listeners.ts'
import { allRecorded, pauseWebhooks, resumeWebhooks } from './pause.ts'
import { startReceiver } from './receiver.ts'
import { connect } from './sessions.ts'
import { startSite } from './site.ts'
import { each, latencies, median } from './statistics.ts'
import { progress, table } from './table.ts'

const BOTS = 20
const BARE = 'bare server: one prepared insert (the limit)'
const INTAKE = 'gateway, webhooks paused'
const SENDING = 'gateway, sending them as well'

/** The same requests by as many callers, to a bare server and to the gateway in turn, each with a database of its own. */
export const intake = benchmark({
  measures: `events a second that ${CALLERS} callers can publish, beside a bare server that inserts the same rows`,
  flags: { rounds: 3, events: 5_000 },
  async run({ rounds, events }) {
    await using parts = new AsyncDisposableStack()
    const receiver = await startReceiver(BOTS)
    parts.defer(() => receiver.stop())
    const site = parts.use(await startSite())

    const databaseUrl = await site.createDatabase()
    const first = await site.startGateway({ databaseUrl })
    const listeners = await createListeners(site, first, receiver.urls)
    await publishAll(first, listeners, 1)
    await first.stop()
    const bare = await startBareServer(await site.createDatabase(databaseUrl))
    parts.defer(() => bare.stop())
    const gateway = await site.startGateway({ databaseUrl })
    const client = parts.use(await connect(databaseUrl))
    const quiet = async () => {
      await resumeWebhooks(client)
      await allRecorded(client)
      await client.query('vacuum analyze')
    }

    const runs = new Map<string, Published[]>([BARE, INTAKE, SENDING].map((name) => [name, []]))
    const measure = async (name: string, server: { url: string }) => {
      runs.get(name)?.push(await publishAll(server, listeners, events))
    }
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`)
      await bare.vacuum()
      await measure(BARE, bare)
      await quiet()
      await pauseWebhooks(client)
      await measure(INTAKE, gateway)
      await quiet()
      await measure(SENDING, gateway)
      await quiet()
    }

    const speeds = (name: string) => (runs.get(name) ?? []).map(({ perSecond }) => perSecond)
    table(
      `${events} events by ${CALLERS} callers; medians of ${rounds} rounds`,
      ['', 'events/s', 'of the limit', 'p50 ms', 'p95 ms', 'p99 ms', 'each round'],
      [...runs].map(([name, published]) => [
        name,
        median(speeds(name)).toFixed(0),
        median(speeds(name).map((speed, round) => speed / (speeds(BARE)[round] ?? Number.NaN))).toFixed(2),
        ...latencies(published.flatMap(({ waits }) => waits)),
        each(speeds(name)),
      ]),
    )
  },
})

interface Published {
  readonly perSecond: number
  /** Milliseconds from each call to its answer. */
  readonly waits: readonly number[]
}

async function publishAll(server: { url: string }, listeners: Listeners, events: number): Promise<Published> {
  const caller = openCaller(server, CALLERS)
  const waits: number[] = []
  const begun = now()
  await callAll(events, CALLERS, async (number) => {
    const called = now()
    await listeners.publish(caller, number)
    waits.push(now() - called)
  })
  const seconds = (now() - begun) / 1_000
  await caller.close()
  return { perSecond: events / seconds, waits }
}

/** @param databaseUrl a database with an event that the gateway has published */
async function startBareServer(databaseUrl: string) {
  const child = fork(join(import.meta.dirname, 'bare-server-process.ts'), [databaseUrl])
  const [port] = (await once(child, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    async vacuum() {
      await using client = await connect(databaseUrl)
      await client.query('vacuum analyze')
    },
    stop: () => child.disconnect(),
  }
}
