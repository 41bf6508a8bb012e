import { setTimeout as delay } from 'node:timers/promises'
import { benchmark } from './benchmark.ts'
import { now } from './clock.ts'
import { type Site, startSite } from './site.ts'
import type { SpawnedGateway } from './spawned-gateway.ts'
import { countStatements, statementCounter } from './statements.ts'
import { quantile } from './statistics.ts'
import { type Change, changeStatus, createBotAgents } from './status-changes.ts'
import { openSubscribers, type Report, type Subscribers } from './subscribers.ts'
import { progress, table } from './table.ts'
import { whatTheySaw } from './what-they-saw.ts'

/** A token may have 2,000 sockets, and one that was cut counts until the gateway has noticed. */
const SUBSCRIBERS_PER_TOKEN = 500
const CATCH_UP_LIMIT_MS = 60_000
const LICENSE = 1

interface Options {
  readonly subscribers: number
  readonly changes: number
  readonly durationMs: number
  readonly everyMs: number
  readonly awayMs: number
}

/** The jitter test as others publish it for their servers, and the return of everybody at once. */
export const streams = benchmark({
  measures: 'what subscribers get whose connections break all the time, and when all of them break at once',
  flags: { minutes: 2, subscribers: 2_000, changes: 120, every: 15, away: 1 },
  onlyByName: true,
  async run({ minutes, subscribers, changes, every, away }) {
    await using site = await startSite({ quiet: true })
    await countStatements(site)
    const times = { durationMs: minutes * 60_000, everyMs: every * 1_000, awayMs: away * 1_000 }
    const options = { subscribers, changes, ...times }
    const scenarios = [
      { name: 'one gateway', gateways: 1, kills: 0 },
      { name: 'one gateway, killed twice', gateways: 1, kills: 2 },
      { name: 'two gateways', gateways: 2, kills: 0 },
    ]
    const rows: (string | number)[][] = []
    for (const scenario of scenarios) rows.push([scenario.name, ...(await jitter(site, scenario, options))])
    table(
      `${subscribers} subscribers, each cut every ${every} s and back within ${away} s; ${changes} changes in ${minutes} minutes`,
      [
        ...['', 'delivered', 'doubled', 'reconnects', 'catch-up p50 ms', 'p99 ms', 'most'],
        ...['latency p50 ms', 'p99 ms', 'ended other than by a cut'],
      ],
      rows,
    )
    await avalanche(site, subscribers)
  },
})

async function jitter(
  site: Site,
  { name, gateways, kills }: { name: string; gateways: number; kills: number },
  options: Options,
): Promise<(string | number)[]> {
  progress(`${name}: opening ${options.subscribers} subscribers`)
  await using scene = await openScene(site, { gateways, ...options })
  const { changes, change, subscribers } = scene
  progress(`${name}: ${options.changes} changes`)
  await subscribers.tell({ do: 'jitter', ...options })
  const begun = now()
  const killing: Promise<void>[] = []
  for (let index = 1; index <= options.changes; index += 1) {
    await delay(Math.max(0, begun + (index * options.durationMs) / options.changes - now()))
    const after = killing.length + 1
    if (after <= kills && index >= (after * options.changes) / (kills + 1)) killing.push(scene.killAndRestart())
    await change()
  }
  await Promise.all(killing)
  await subscribers.tell({ do: 'calm' })
  await subscribers.tell({ do: 'await', changes: changes.length, limitMs: CATCH_UP_LIMIT_MS })

  const report = await subscribers.report()
  const { delivered, doubled, catchUps, latencies } = whatTheySaw(report, changes)
  return [
    `${(100 * delivered).toFixed(delivered === 1 ? 0 : 3)} %`,
    doubled,
    catchUps.length,
    quantile(catchUps, 0.5).toFixed(0),
    quantile(catchUps, 0.99).toFixed(0),
    quantile(catchUps, 1).toFixed(0),
    quantile(latencies, 0.5).toFixed(0),
    quantile(latencies, 0.99).toFixed(0),
    endsOf(report),
  ]
}

/** All are cut at once, and come back at once, to a change that was made meanwhile. */
async function avalanche(site: Site, count: number): Promise<void> {
  progress(`the avalanche: opening ${count} subscribers`)
  await using scene = await openScene(site, { gateways: 1, subscribers: count, changes: 1 })
  const { changes, change, subscribers, databaseUrl } = scene
  await using statements = await statementCounter(databaseUrl)
  const idle = await statements.read()
  const idleSince = now()
  await delay(5_000)
  const before = await statements.read()
  const perMinute = (60_000 * (before - idle)) / (now() - idleSince)

  const begun = now()
  const cut = subscribers.tell({ do: 'cut' })
  await change()
  await cut
  await subscribers.tell({ do: 'await', changes: changes.length, limitMs: CATCH_UP_LIMIT_MS })
  const took = now() - begun
  const made = (await statements.read()) - before
  const report = await subscribers.report()
  const { delivered, doubled, catchUps } = whatTheySaw(report, changes)
  table(
    `The avalanche: all ${count} subscribers cut at once`,
    [
      'all have caught up after ms',
      'delivered',
      'doubled',
      'p50 ms',
      'p99 ms',
      'statements',
      'idle, a minute',
      'refused',
    ],
    [
      [
        ...[took.toFixed(0), `${(100 * delivered).toFixed(2)} %`, doubled],
        ...[quantile(catchUps, 0.5).toFixed(0), quantile(catchUps, 0.99).toFixed(0)],
        ...[made, perMinute.toFixed(0), endsOf(report)],
      ],
    ],
  )
}

interface Scene extends AsyncDisposable {
  readonly databaseUrl: string
  readonly subscribers: Subscribers
  /** So far, by the index of the bot agent. */
  readonly changes: readonly Change[]
  /** Makes the next change. */
  change(): Promise<void>
  /** Kills the first gateway, and starts it again on its port. */
  killAndRestart(): Promise<void>
}

/** Gateways, and subscribers that all have a cursor. */
async function openScene(
  site: Site,
  options: { gateways: number; subscribers: number; changes: number },
): Promise<Scene> {
  await using parts = new AsyncDisposableStack()
  const databaseUrl = await site.createDatabase()
  const gateways: SpawnedGateway[] = []
  for (let index = 0; index < options.gateways; index += 1) gateways.push(await site.startGateway({ databaseUrl }))
  parts.defer(async () => void (await Promise.all(gateways.map((gateway) => gateway.stop()))))
  const [first] = gateways
  if (!first) throw new Error('There is no gateway')

  const tokens = Math.ceil(options.subscribers / SUBSCRIBERS_PER_TOKEN)
  const authorizations = await Promise.all(
    Array.from({ length: tokens }, () => site.authorization({ licenseId: LICENSE })),
  )
  const [authorization = ''] = authorizations
  const botAgentIds = await createBotAgents(first, authorization, options.changes + 1)
  const urls = gateways.map(({ url }) => url.replace(/^http/, 'ws'))
  const subscribers = parts.use(
    await openSubscribers({ count: options.subscribers, urls, authorizations, botAgentIds }),
  )

  const changes: Change[] = []
  const change = async () => {
    changes.push(await changeStatus(gateways, authorization, botAgentIds[changes.length] ?? ''))
  }
  await change()
  await subscribers.tell({ do: 'await', changes: 1, limitMs: CATCH_UP_LIMIT_MS })

  const opened = parts.move()
  return {
    databaseUrl,
    subscribers,
    changes,
    change,
    async killAndRestart() {
      const [killed] = gateways
      await killed?.kill()
      gateways[0] = await site.startGateway({ databaseUrl, port: killed?.port ?? 0 })
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Such as `1006 × 12`; empty if nothing has ended but by a cut. */
function endsOf({ ends }: Report): string {
  return ends.length === 0 ? 'none' : ends.map(([why, times]) => `${why} × ${times}`).join(', ')
}
