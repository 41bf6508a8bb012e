import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import { migrate } from '../src/database/migrations.ts'
import { nodeFlags } from './node-flags.ts'
import { type Bots, createBots } from './request-bots.ts'
import type { Shot, Target } from './request-load.ts'
import { authorizationOf } from './request-peers/bearer.ts'
import { type RequestPeerName, requestPeers } from './request-peers/request-peers.ts'
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

/** Limits are on, but so high that the benchmark does not reach them. */
const manyRequests = {
  RATE_LIMIT_QUERY_COST: '1000000000',
  RATE_LIMIT_MUTATIONS: '1000000000',
  RATE_LIMIT_CHAT_EVENTS: '1000000000',
}

/** The gateway as `npm start` runs it. */
export const gateway: RequestContender = {
  key: 'gateway',
  name: 'gateway',
  workloads,
  async start({ site, perLicense }) {
    const databaseUrl = await site.createDatabase()
    const { url } = await site.startGateway({ databaseUrl, env: { LOG_LEVEL: 'info', ...manyRequests } })
    await fill(databaseUrl, perLicense)
    const tokens = Array.from({ length: LICENSES }, (_, licenseId) => site.authorization({ licenseId }))
    const { origin, pathname: path } = new URL(url)
    return {
      name: 'gateway',
      origin,
      authorizations: await Promise.all(tokens),
      bots: createBots(perLicense),
      shotOf: (workload, call) => operation(path, workload, call),
    }
  },
}

/** A server that only runs one prepared statement for each request: see request-limit-process.ts. */
export const limit: RequestContender = {
  key: 'limit',
  name: 'limit',
  workloads,
  async start({ site, perLicense, parts }) {
    const databaseUrl = await site.createDatabase()
    await migrate(databaseUrl, { log: pino({ level: 'warn' }) })
    await fill(databaseUrl, perLicense)
    const origin = await startServer('request-limit-process.ts', [databaseUrl], parts)
    const authorizations = Array.from({ length: LICENSES }, (_, licenseId) => String(licenseId))
    return {
      name: 'limit',
      origin,
      authorizations,
      bots: createBots(perLicense),
      shotOf: (workload, call) => operation('/', workload, call),
    }
  },
}

function peer(key: RequestPeerName, name: string, answers: readonly Workload[]): RequestContender {
  return {
    key,
    name,
    workloads: answers,
    async start({ site, perLicense, parts }) {
      const databaseUrl = await site.createDatabase()
      const { fill: fillTables } = await requestPeers[key]()
      await fillTables(databaseUrl, perLicense)
      const origin = await startServer('request-peer-process.ts', [key, databaseUrl], parts)
      const authorizations = Array.from({ length: LICENSES }, (_, licenseId) => authorizationOf(licenseId))
      return {
        name,
        origin,
        authorizations,
        bots: createBots(perLicense),
        shotOf: (workload, call) => operation('/graphql', workload, call),
      }
    },
  }
}

export const peers: readonly RequestContender[] = [
  peer('mercurius', 'mercurius', [oneBotAgent, pageOfBotAgents, updateOfStatus]),
  peer('mercurius-one-row', 'mercurius, one row', [oneBotAgent, pageOfBotAgents, updateOfStatus]),
]

function operation(path: string, { document }: Workload, { licenseId, variables, isAnswer }: Call): Shot {
  return { licenseId, path, body: JSON.stringify({ query: document, variables }), isAnswer }
}

/** @param file of a process that sends its port when it listens, and ends when it is disconnected @returns its origin */
async function startServer(file: string, args: readonly string[], parts: AsyncDisposableStack): Promise<string> {
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = fork(join(import.meta.dirname, file), args, { execArgv: [...nodeFlags], env })
  const ended = once(child, 'exit')
  parts.defer(async () => {
    if (child.connected) child.disconnect()
    await ended
  })
  const failed = ended.then(([code]) => {
    throw new Error(`${file} ${args.join(' ')} ended with ${code}`)
  })
  const [port] = (await Promise.race([once(child, 'message'), failed])) as [number]
  failed.catch(() => {})
  return `http://127.0.0.1:${port}`
}
