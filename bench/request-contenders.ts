import { pino } from 'pino'
import { migrate } from '../src/database/migrations.ts'
import { forkServer } from './forked-server.ts'
import { type Bots, createBots } from './request-bots.ts'
import { startRequestGateway } from './request-gateway.ts'
import type { Shot, Target } from './request-load.ts'
import { authorizationOf } from './request-peers/bearer.ts'
import { postgraphileDocuments } from './request-peers/postgraphile-documents.ts'
import type { RequestPeerName } from './request-peers/request-peers.ts'
import { fillNormalised, fillOneRow } from './request-peers/tables.ts'
import { fill, LICENSES } from './request-rows.ts'
import {
  type Call,
  oneBotAgent,
  pageOfBotAgents,
  updateOfStatus,
  type Workload,
  workloads,
} from './request-workloads.ts'
import type { Site } from './site.ts'

/** Something that answers requests, in a process of its own with a database of its own. */
export interface RequestContender {
  /** By which `BENCH_CONTENDERS` names it. */
  readonly key: string
  readonly name: string
  /** Those that it takes part in. */
  readonly workloads: readonly Workload[]
  /** The documents of a contender whose schema has another shape; absent: those of the workloads. */
  readonly documents?: ReadonlyMap<Workload, string>
  start(options: {
    site: Site
    /** How many bot agents each license has. */
    perLicense: number
    /** Stop what is started with them. */
    parts: AsyncDisposableStack
  }): Promise<Started>
}

export interface Started extends Target {
  /** Those of its database. */
  readonly bots: Bots
  /** How it is asked. */
  shotOf(workload: Workload, call: Call): Shot
}

/** The gateway as `npm start` runs it. */
export const gateway: RequestContender = {
  key: 'gateway',
  name: 'gateway',
  workloads,
  async start({ site, perLicense }) {
    const { databaseUrl, url, authorizations } = await startRequestGateway(site)
    await fill(databaseUrl, perLicense)
    const { origin, pathname: path } = new URL(url)
    return {
      name: 'gateway',
      origin,
      authorizations,
      bots: createBots(perLicense),
      shotOf: (workload, call) => operation(path, workload, call),
    }
  },
}

/** A server that only runs one prepared statement for each request: see request-limit-process.ts. */
export const limit = bareServer({ key: 'limit', name: 'limit', workloads })

/** The same, where PostgreSQL makes the JSON of the answer. */
export const limitInJson = bareServer({
  key: 'limit-in-json',
  name: 'limit, JSON of PostgreSQL',
  workloads: workloads.filter((workload) => workload.limit?.inJson),
})

function bareServer(options: Pick<RequestContender, 'key' | 'name' | 'workloads'>): RequestContender {
  const { key, name } = options
  return {
    ...options,
    async start({ site, perLicense, parts }) {
      const databaseUrl = await site.createDatabase()
      await migrate(databaseUrl, { log: pino({ level: 'warn' }) })
      await fill(databaseUrl, perLicense)
      const form = key === 'limit-in-json' ? ['in-json'] : []
      const { origin } = await forkServer('request-limit-process.ts', [databaseUrl, ...form], parts)
      const authorizations = Array.from({ length: LICENSES }, (_, licenseId) => String(licenseId))
      const shotOf = (workload: Workload, call: Call) => operation('/', workload, call)
      return { name, origin, authorizations, bots: createBots(perLicense), shotOf }
    },
  }
}

/** @param options.documents of a server whose schema has another shape; absent: those of the workloads */
function peer(options: {
  key: RequestPeerName
  name: string
  workloads: readonly Workload[]
  /** Makes its tables, with the bot agents that the gateway has. */
  fill: (databaseUrl: string, perLicense: number) => Promise<void>
  documents?: ReadonlyMap<Workload, string>
}): RequestContender {
  const { key, name, documents } = options
  return {
    ...options,
    async start({ site, perLicense, parts }) {
      const databaseUrl = await site.createDatabase()
      await options.fill(databaseUrl, perLicense)
      const { origin } = await forkServer('request-peer-process.ts', [key, databaseUrl], parts)
      const authorizations = Array.from({ length: LICENSES }, (_, licenseId) => authorizationOf(licenseId))
      const shotOf = (workload: Workload, call: Call) =>
        operation('/graphql', { document: documents?.get(workload) ?? workload.document }, call)
      return { name, origin, authorizations, bots: createBots(perLicense), shotOf }
    },
  }
}

const reads = [oneBotAgent, pageOfBotAgents]
const readsAndWrites = [...reads, updateOfStatus]

export const peers: readonly RequestContender[] = [
  peer({ key: 'mercurius', name: 'mercurius', workloads: readsAndWrites, fill: fillNormalised }),
  peer({ key: 'mercurius-one-row', name: 'mercurius, one row', workloads: readsAndWrites, fill: fillOneRow }),
  peer({
    key: 'postgraphile',
    name: 'postgraphile',
    workloads: reads,
    fill: fillNormalised,
    documents: postgraphileDocuments,
  }),
  peer({ key: 'yoga-pothos-prisma', name: 'yoga + pothos + prisma', workloads: readsAndWrites, fill: fillNormalised }),
]

function operation(
  path: string,
  { document }: Pick<Workload, 'document'>,
  { licenseId, variables, isAnswer }: Call,
): Shot {
  return { licenseId, path, body: JSON.stringify({ query: document, variables }), isAnswer }
}
