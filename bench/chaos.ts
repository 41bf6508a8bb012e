import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { type Aftermath, aftermath } from './after-a-fault.ts'
import { benchmark } from './benchmark.ts'
import { openCaller } from './caller.ts'
import { CALLERS, callAll } from './callers.ts'
import { now } from './clock.ts'
import { type Fault, faults } from './faults.ts'
import { createListeners } from './listeners.ts'
import { allRecorded, pauseWebhooks, resumeWebhooks } from './pause.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { connect } from './sessions.ts'
import { type Site, startSite } from './site.ts'
import { median } from './statistics.ts'
import { progress, table } from './table.ts'

const BOTS = 20
/** Events are published for so long after a fault is over. */
const PUBLISH_AFTER_MS = 5_000

/** How long what is left may take to arrive: several times the lease of a gateway that was killed. */
const SETTLE_MS = 120_000

interface Options {
  readonly webhooks: number
  readonly rate: number
  readonly holdMs: number
}

/** Each fault strikes when a fifth of a backlog is sent, while more events are published. Then everything has to arrive. */
export const chaos = benchmark({
  measures: 'what is lost or doubled, and how long webhooks stand still, when the database or a gateway fails',
  flags: { repeats: 3, webhooks: 5_000, rate: 100, hold: 5 },
  onlyByName: true,
  async run({ repeats, hold, ...options }) {
    await using parts = new AsyncDisposableStack()
    const receiver = await startReceiver(BOTS)
    parts.defer(() => receiver.stop())
    const site = parts.use(await startSite({ quiet: true }))

    const rows: (string | number)[][] = []
    for (const fault of faults) {
      const runs: Run[] = []
      for (let repeat = 1; repeat <= repeats; repeat += 1) {
        progress(`${fault.name}: ${repeat} of ${repeats}`)
        runs.push(await strike(site, receiver, fault, { ...options, holdMs: hold * 1_000 }))
      }
      rows.push([fault.name, ...summary(runs)])
    }
    table(
      `Faults while ${options.webhooks} webhooks are sent and ${options.rate} events/s are published, each ${repeats} times; ms from the fault`,
      [
        ...['', 'not acknowledged', 'lost', 'doubled', 'for nothing', 'in flight'],
        ...['fault lasts', 'back after', 'max', 'all settled', 'max'],
      ],
      rows,
    )
    process.stdout.write(
      'for nothing: doubled although neither in flight at the fault nor sent until a second after it. in flight: arrived, not recorded yet.\n' +
        'back after: the end of the longest silence at the receiver. all settled: what was in flight is recorded.\n',
    )
  },
})

interface Run extends Aftermath {
  readonly refused: number
}

function summary(runs: readonly Run[]): (string | number)[] {
  const all = (what: keyof Run) => runs.map((run) => run[what])
  const sum = (what: keyof Run) => all(what).reduce((total, value) => total + value, 0)
  const typical = (what: keyof Run) => median(all(what)).toFixed(0)
  const most = (what: keyof Run) => Math.max(...all(what)).toFixed(0)
  return [
    ...[sum('refused'), sum('lost'), sum('doubled'), sum('doubledForNothing'), sum('inFlight')],
    ...[typical('lasted'), typical('backAfter'), most('backAfter'), typical('settledAfter'), most('settledAfter')],
  ]
}

async function strike(site: Site, receiver: Receiver, fault: Fault, options: Options): Promise<Run> {
  const { webhooks, rate, holdMs } = options
  await using parts = new AsyncDisposableStack()
  const databaseUrl = await site.createDatabase()
  parts.defer(() => site.dropDatabase(databaseUrl))
  const gateways = await Promise.all(Array.from({ length: fault.gateways }, () => site.startGateway({ databaseUrl })))
  parts.defer(async () => void (await Promise.all(gateways.map((gateway) => gateway.stop()))))
  const [first] = gateways
  if (!first) throw new Error('A fault needs a gateway')
  const { ids, publish } = await createListeners(site, first, receiver.urls)
  const callers = gateways.map((gateway) => openCaller(gateway, CALLERS))
  for (const caller of callers) parts.defer(() => caller.close())

  const acknowledged = new Set<number>()
  let refused = 0
  const publishNext = async (number: number) => {
    const caller = callers[number % callers.length]
    await (caller &&
      publish(caller, number).then(
        () => acknowledged.add(number),
        () => {
          refused += 1
        },
      ))
  }
  await withClient(databaseUrl, pauseWebhooks)
  await callAll(webhooks, CALLERS, publishNext)
  await withClient(databaseUrl, resumeWebhooks)
  const publishing = new AbortController()
  const published = publishUntil(publishing.signal, rate, (index) => publishNext(webhooks + index))
  await receiver.reaches(webhooks / 5, { idle: SETTLE_MS })

  const begun = now()
  await fault.strike({ site, databaseUrl, gateways, botAgentId: ids[0] ?? '', holdMs })
  const ended = now()
  await delay(PUBLISH_AFTER_MS)
  publishing.abort()
  await published
  const recordedAt = await withClient(databaseUrl, async (client) => {
    await allRecorded(client, { withinMs: SETTLE_MS }).catch((error: Error) => progress(error.message))
    return timesOfRecords(client)
  })
  const arrivals = await receiver.take()
  return { ...aftermath({ acknowledged, arrivals, recordedAt, begun, ended }), refused }
}

async function withClient<Result>(databaseUrl: string, act: (client: pg.Client) => Promise<Result>): Promise<Result> {
  await using client = await connect(databaseUrl)
  return await act(client)
}

/** Milliseconds since the epoch, by the id of the delivery. */
async function timesOfRecords(client: pg.Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ id: string; at: number }>(
    `select id, (1000 * extract(epoch from finished_at))::float8 as at from webhook_delivery where finished_at is not null`,
  )
  return new Map(rows.map(({ id, at }) => [id, at]))
}

async function publishUntil(signal: AbortSignal, rate: number, publish: (index: number) => Promise<void>) {
  const begun = now()
  const calls: Promise<void>[] = []
  for (let index = 0; !signal.aborted; index += 1) {
    await delay(Math.max(0, begun + (index * 1_000) / rate - now()))
    calls.push(publish(index))
  }
  await Promise.all(calls)
}
