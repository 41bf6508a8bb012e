import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import { Pool } from 'undici'
import { migrate } from '../src/database/migrations.ts'
import { benchmark } from './benchmark.ts'
import { now } from './clock.ts'
import { fill, LICENSES } from './request-rows.ts'
import { type Workload, workloads } from './request-workloads.ts'
import { startSite } from './site.ts'
import { table } from './table.ts'

const CONNECTIONS = 32
/** The first round fills caches, and is not counted. */
const WARM_UP_MS = 2_000

/** A server that answers the workloads. */
interface Contender {
  readonly name: string
  readonly origin: string
  readonly path: string
  /** The `Authorization` of each license. */
  readonly authorizations: readonly string[]
}

interface Measured {
  readonly perSecond: number
  /** Milliseconds of the contender's processor for each request. */
  readonly cpu: number
  readonly p99: number
}

/**
 * What a request costs: the gateway as it is shipped, beside a server that only runs one prepared statement. Contenders take turns, in
 * several rounds; the medians count. The load comes from this process, over 32 connections, with a token for each license.
 */
export const requests = benchmark({
  measures: 'what requests cost, beside a bare server that runs one prepared statement for each',
  flags: { rounds: 3, seconds: 4 },
  run: measure,
})

async function measure({ rounds: count, seconds }: { rounds: number; seconds: number }): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const site = parts.use(await startSite())
  const databaseUrl = await site.createDatabase()
  const gateway = await site.startGateway({ databaseUrl, env: { LOG_LEVEL: 'info', ...manyRequests } })
  await fill(databaseUrl)
  const { origin, pathname: path } = new URL(gateway.url)
  const tokens = Array.from({ length: LICENSES }, (_, licenseId) => site.authorization({ licenseId }))
  const contenders: Contender[] = [
    { name: 'gateway', origin, path, authorizations: await Promise.all(tokens) },
    await startLimit(await site.createDatabase(), parts),
  ]

  const rows: (string | number)[][] = []
  for (const workload of workloads) {
    const rounds = new Map(contenders.map((contender) => [contender, [] as Measured[]]))
    for (const contender of contenders) await load(contender, workload, WARM_UP_MS)
    for (let round = 0; round < count; round += 1) {
      for (const contender of contenders) rounds.get(contender)?.push(await load(contender, workload, 1_000 * seconds))
    }
    const [ours = [], limit = []] = rounds.values()
    const ratios = ours.map(({ perSecond }, round) => perSecond / (limit[round]?.perSecond ?? Number.NaN))
    rows.push([
      workload.name,
      median(limit.map(({ perSecond }) => perSecond)).toFixed(0),
      median(ours.map(({ perSecond }) => perSecond)).toFixed(0),
      `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
      median(limit.map(({ cpu }) => cpu)).toFixed(3),
      median(ours.map(({ cpu }) => cpu)).toFixed(3),
      median(ours.map(({ p99 }) => p99)).toFixed(0),
    ])
  }
  table(
    `${CONNECTIONS} connections; medians of ${count} rounds`,
    ['', 'limit/s', 'gateway/s', 'of the limit', 'limit CPU ms', 'gateway CPU ms', 'gateway p99 ms'],
    rows,
  )
}

/** Limits are on, but so high that the benchmark does not reach them. */
const manyRequests = {
  RATE_LIMIT_QUERY_COST: '1000000000',
  RATE_LIMIT_MUTATIONS: '1000000000',
  RATE_LIMIT_CHAT_EVENTS: '1000000000',
}

async function startLimit(databaseUrl: string, parts: AsyncDisposableStack): Promise<Contender> {
  await migrate(databaseUrl, { log: pino({ level: 'warn' }) })
  await fill(databaseUrl)
  const child = fork(join(import.meta.dirname, 'request-limit-process.ts'), [databaseUrl])
  parts.defer(async () => {
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  })
  const [port] = (await once(child, 'message')) as [number]
  const authorizations = Array.from({ length: LICENSES }, (_, licenseId) => String(licenseId))
  return { name: 'limit', origin: `http://127.0.0.1:${port}`, path: '/', authorizations }
}

async function load(contender: Contender, workload: Workload, ms: number): Promise<Measured> {
  const { origin, path, authorizations } = contender
  const pool = new Pool(origin, { connections: CONNECTIONS })
  const latencies: number[] = []
  let sent = 0
  const cpuBefore = await cpuSeconds(pool)
  const begun = now()
  const call = async () => {
    while (now() < begun + ms) {
      const { licenseId, variables } = workload.of(sent)
      sent += 1
      const from = now()
      const { body } = await pool.request({
        path,
        method: 'POST',
        headers: { authorization: authorizations[licenseId] ?? '', 'content-type': 'application/json' },
        body: JSON.stringify({ query: workload.document, variables }),
      })
      const answer = await body.text()
      latencies.push(now() - from)
      if (!workload.isAnswer(answer, variables)) throw new Error(`${contender.name}: ${workload.name}: ${answer}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, call))
  const seconds = (now() - begun) / 1_000
  const cpu = (await cpuSeconds(pool)) - cpuBefore
  await pool.close()
  latencies.sort((one, other) => one - other)
  return {
    perSecond: latencies.length / seconds,
    cpu: (1_000 * cpu) / latencies.length,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  }
}

async function cpuSeconds(pool: Pool): Promise<number> {
  const { body } = await pool.request({ path: '/metrics', method: 'GET' })
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(await body.text())?.[1])
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}
