import { benchmark } from './benchmark.ts'
import { concurrency } from './concurrency.ts'
import type { Contender } from './contender.ts'
import { type Cost, meter } from './cost.ts'
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

/**
 * All contenders run in turn, one round after the other, on one PostgreSQL, each in a process and with a database of its own. They send
 * the same bodies to the same receiver, as many at a time, from tables that were vacuumed; the clock begins with the first arrival.
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

type Run = Outcome & Cost
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
    `${count} webhooks to ${new Set(urls).size} origins, ${options.concurrency} at a time; medians of ${rounds} rounds`,
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

  const cost = (name: string, what: keyof Cost) => median((runs.get(name) ?? []).map((run) => run[what]))
  table(
    'What each webhook writes, from its event to its record (index entries: an upper bound, see bench/cost.ts)',
    ['', 'rows', 'index entries', 'WAL bytes'],
    contenders
      .filter(({ name }) => name !== LIMIT)
      .map(({ name }) => [
        name,
        cost(name, 'rows').toFixed(2),
        cost(name, 'indexEntries').toFixed(2),
        cost(name, 'walBytes').toFixed(0),
      ]),
  )
}

async function drain(site: Site, receiver: Receiver, contender: Contender, options: Options): Promise<Run> {
  const databaseUrl = await site.createDatabase()
  const opened = await contender.open({ databaseUrl, ...options })
  const read = await meter(databaseUrl)
  await opened.fill()
  await vacuum(databaseUrl)
  const arrived = receiver.reaches(options.count)
  await opened.send(arrived)
  await arrived
  await opened.close()
  const outcome = reconcile(await receiver.take(), options.count)
  const cost = await read(options.count)
  await site.dropDatabase(databaseUrl)
  return { ...outcome, ...cost }
}

async function vacuum(databaseUrl: string): Promise<void> {
  await using client = await connect(databaseUrl)
  await client.query('vacuum analyze')
}
