import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { benchmark } from './benchmark.ts'
import { openCaller } from './caller.ts'
import { CALLERS } from './callers.ts'
import { now } from './clock.ts'
import { createListeners } from './listeners.ts'
import { startReceiver } from './receiver.ts'
import { connect } from './sessions.ts'
import { startSite } from './site.ts'
import { median, quantile } from './statistics.ts'
import { progress, table } from './table.ts'

const BOTS = 20
const MINUTE_MS = 60_000
/** More than this between the first and the last third of the minutes is growth, not noise. */
const GROWTH = 1.25

/** One minute. */
interface Sample {
  readonly events: number
  readonly p50: number
  readonly p99: number
  readonly deadRows: number
  readonly tableBytes: number
  readonly indexBytes: number
  readonly memoryBytes: number
  /** Share of one core. */
  readonly cpu: number
}

/** One gateway that publishes and sends, at a steady rate. */
export const soak = benchmark({
  measures: 'whether latency, dead rows, sizes, memory and CPU stay flat at a steady rate',
  flags: { minutes: 20, rate: 300 },
  onlyByName: true,
  async run({ minutes, rate }) {
    await using parts = new AsyncDisposableStack()
    const receiver = await startReceiver(BOTS)
    parts.defer(() => receiver.stop())
    const site = parts.use(await startSite())
    const databaseUrl = await site.createDatabase()
    const gateway = await site.startGateway({ databaseUrl })
    const client = parts.use(await connect(databaseUrl))
    const { publish } = await createListeners(site, gateway, receiver.urls)
    const caller = openCaller(gateway, CALLERS)
    parts.defer(() => caller.close())

    const samples: Sample[] = []
    let number = 0
    for (let minute = 1; minute <= minutes; minute += 1) {
      const cpu = await gateway.metric('process_cpu_seconds_total')
      const end = now() + MINUTE_MS
      await publishUntil(end, rate, () => publish(caller, number++))
      const seconds = (now() - (end - MINUTE_MS)) / 1_000
      const arrivals = await receiver.take()
      const waits = arrivals.map(({ handedInAt, cameAt }) => cameAt - handedInAt)
      samples.push({
        events: arrivals.length / seconds,
        p50: quantile(waits, 0.5),
        p99: quantile(waits, 0.99),
        ...(await sizes(client)),
        memoryBytes: await gateway.metric('process_resident_memory_bytes'),
        cpu: ((await gateway.metric('process_cpu_seconds_total')) - cpu) / seconds,
      })
      progress(`minute ${minute} of ${minutes}: ${cells(samples.at(-1) as Sample).join('  ')}`)
    }
    await receiver.reaches(Number.POSITIVE_INFINITY, { idle: 2_000 })
    report(samples, { rate, number })
  },
})

/** Publishes at the rate, or more slowly if as many calls as there are callers have not been answered. */
async function publishUntil(end: number, rate: number, publish: () => Promise<void>): Promise<void> {
  const begun = now()
  let call = 0
  const loop = async () => {
    for (;;) {
      const due = begun + (call++ * 1_000) / rate
      if (due >= end) return
      await delay(Math.max(0, due - now()))
      if (now() >= end) return
      await publish()
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, loop))
}

/** Of all tables of the gateway. */
async function sizes(client: pg.ClientBase): Promise<Pick<Sample, 'deadRows' | 'tableBytes' | 'indexBytes'>> {
  const { rows } = await client.query<Pick<Sample, 'deadRows' | 'tableBytes' | 'indexBytes'>>(
    `select sum(n_dead_tup)::float8 as "deadRows", sum(pg_table_size(relid))::float8 as "tableBytes",
      sum(pg_indexes_size(relid))::float8 as "indexBytes"
    from pg_stat_user_tables`,
  )
  return rows[0] as Pick<Sample, 'deadRows' | 'tableBytes' | 'indexBytes'>
}

function cells({ events, p50, p99, deadRows, tableBytes, indexBytes, memoryBytes, cpu }: Sample): string[] {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  return [
    ...[events.toFixed(0), p50.toFixed(1), p99.toFixed(1), deadRows.toFixed(0)],
    ...[megabytes(tableBytes), megabytes(indexBytes), megabytes(memoryBytes), (100 * cpu).toFixed(0)],
  ]
}

function report(samples: readonly Sample[], { rate, number }: { rate: number; number: number }): void {
  const third = Math.ceil(samples.length / 3)
  const grew = (what: keyof Sample) => {
    const of = (part: readonly Sample[]) => median(part.map((sample) => sample[what]))
    return of(samples.slice(-third)) > GROWTH * of(samples.slice(0, third)) ? 'grew' : 'flat'
  }
  table(
    `${rate} events/s for ${samples.length} minutes, ${number} events in all`,
    ['minute', 'events/s', 'p50 ms', 'p99 ms', 'dead rows', 'tables MB', 'indexes MB', 'memory MB', 'CPU %'],
    [
      ...samples.map((sample, index) => [index + 1, ...cells(sample)] as const),
      [
        ...['first to last third', '', grew('p50'), grew('p99'), grew('deadRows')],
        ...['as data', 'as data', grew('memoryBytes'), grew('cpu')],
      ],
    ],
  )
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last || first === last) return
  const added = samples.slice(1).reduce((sum, { events }) => sum + events * (MINUTE_MS / 1_000), 0)
  const perDelivery = (what: 'tableBytes' | 'indexBytes') => ((last[what] - first[what]) / added).toFixed(0)
  process.stdout.write(
    `Each delivery takes ${perDelivery('tableBytes')} bytes of tables and ${perDelivery('indexBytes')} bytes of indexes.\n`,
  )
}
