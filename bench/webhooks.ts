import { setTimeout as delay } from 'node:timers/promises'
import { benchmark } from './benchmark.ts'
import { concurrency } from './concurrency.ts'
import type { Contender } from './contender.ts'
import { type Cost, startMeter } from './cost.ts'
import { gatewayContender } from './gateway-contender.ts'
import { peerContenders } from './peer-contender.ts'
import { LIMIT, RIVAL } from './peers.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type Outcome, reconcile } from './reconcile.ts'
import { connect } from './sessions.ts'
import { type Site, startSite } from './site.ts'
import { each, median } from './statistics.ts'
import { progress, table } from './table.ts'

/** Bot agents, each in a license of its own. */
const BOTS = 20
/** After a backlog was made, and before it is sent. */
const REST_MS = 3_000

/**
 * All contenders run in turn, one round after the other, on one PostgreSQL, each in a process and with a database of its own. They send
 * the same bodies to the same receiver, as many at a time, from tables that were vacuumed, and after a moment of rest: a backlog is made
 * by 10,000 requests to the gateway, but by ten to a job queue. The clock begins with the first arrival.
 */
export const webhooks = benchmark({
  measures: 'how fast a backlog is sent, to 20 origins and to one, beside a bare loop and two job queues',
  flags: { rounds: 3, webhooks: 10_000 },
  async run({ rounds, webhooks: count }) {
    await using parts = new AsyncDisposableStack()
    const receiver = await startReceiver(BOTS)
    parts.defer(() => receiver.stop())
    const site = parts.use(await startSite())
    for (const origins of [BOTS, 1]) {
      const urls = Array.from({ length: BOTS }, (_, bot) => receiver.urls[bot % origins] ?? '')
      await compare(site, receiver, { rounds, count, urls, concurrency: concurrency({ bots: BOTS, origins }) })
    }
  },
})

type Run = Outcome & {
  /** What making the backlog has written, and what sending it has. */
  readonly made: Cost
  readonly sent: Cost
}
interface Options {
  readonly rounds: number
  readonly count: number
  readonly urls: readonly string[]
  readonly concurrency: number
}

async function compare(site: Site, receiver: Receiver, options: Options): Promise<void> {
  const { rounds, count, urls } = options
  const contenders = [...peerContenders, gatewayContender(site)]
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      progress(`round ${round} of ${rounds}: ${contender.name}`)
      runs.get(contender.name)?.push(await drain(site, receiver, contender, options))
    }
  }

  const speeds = (name: string) => (runs.get(name) ?? []).map(({ perSecond }) => perSecond)
  /** Of what was measured in the same round. */
  const ratio = (name: string, to: string) =>
    median(speeds(name).map((speed, round) => speed / (speeds(to)[round] ?? Number.NaN))).toFixed(2)
  const total = (name: string, what: 'lost' | 'doubled') =>
    (runs.get(name) ?? []).reduce((sum, run) => sum + run[what], 0)
  table(
    `${count} webhooks to ${new Set(urls).size === 1 ? 'one origin' : `${new Set(urls).size} origins`}, ${options.concurrency} at a time; medians of ${rounds} rounds`,
    ['', 'webhooks/s', 'of the limit', `of ${RIVAL}`, 'lost', 'doubled', 'each round'],
    contenders.map(({ name }) => [
      name,
      median(speeds(name)).toFixed(0),
      ratio(name, LIMIT),
      ratio(name, RIVAL),
      total(name, 'lost'),
      total(name, 'doubled'),
      each(speeds(name)),
    ]),
  )

  const cost = (name: string, part: 'made' | 'sent', what: keyof Cost) =>
    median((runs.get(name) ?? []).map((run) => run[part][what] / count))
  table(
    'What each webhook writes: to make it, and to send and record it',
    ['', 'rows', '', 'index entries', '', 'WAL bytes', '', 'without whole pages', ''],
    contenders
      .filter(({ name }) => name !== LIMIT)
      .map(({ name }) => [
        name,
        ...(['rows', 'indexEntries'] as const).flatMap((what) => [
          cost(name, 'made', what).toFixed(2),
          cost(name, 'sent', what).toFixed(2),
        ]),
        ...(['made', 'sent'] as const).map((part) => cost(name, part, 'walBytes').toFixed(0)),
        ...(['made', 'sent'] as const).map((part) =>
          (cost(name, part, 'walBytes') - cost(name, part, 'pageBytes')).toFixed(0),
        ),
      ]),
  )
}

async function drain(site: Site, receiver: Receiver, contender: Contender, options: Options): Promise<Run> {
  const databaseUrl = await site.createDatabase()
  await using client = await connect(databaseUrl)
  const meter = await startMeter(client)
  const opened = await contender.open({ databaseUrl, ...options })
  const made = await meter.measure(() => opened.fill())
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  await delay(REST_MS)
  const arrived = receiver.reaches(options.count)
  const sent = await meter.measure(() => opened.send(arrived))
  await arrived
  await opened.close()
  await client.end()
  await site.dropDatabase(databaseUrl)
  return { ...reconcile(await receiver.take(), options.count), made, sent }
}
