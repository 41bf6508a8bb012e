import { setTimeout as delay } from 'node:timers/promises'
import { endPostgreSql } from './end-postgresql.ts'
import { connect } from './sessions.ts'
import type { Site } from './site.ts'
import type { SpawnedGateway } from './spawned-gateway.ts'

/** What a fault can strike. */
interface Scene {
  readonly site: Site
  readonly databaseUrl: string
  /** A gateway that is started in place of another is added. */
  readonly gateways: SpawnedGateway[]
  /** A bot agent with a backlog. */
  readonly botAgentId: string
  /** How long a fault that does not end by itself lasts. */
  readonly holdMs: number
}

export interface Fault {
  readonly name: string
  /** How many gateways run. */
  readonly gateways: number
  /** Resolves when it is over: when PostgreSQL is up again, or the sessions in the way have ended. */
  strike(scene: Scene): Promise<void>
}

export const faults: readonly Fault[] = [
  { name: 'PostgreSQL is restarted', gateways: 1, strike: restart('SIGINT') },
  { name: 'PostgreSQL crashes', gateways: 1, strike: restart('SIGQUIT') },
  { name: 'all its backends are killed', gateways: 1, strike: killBackends },
  { name: 'all connections are used up', gateways: 1, strike: useUpConnections },
  { name: 'a transaction is left open', gateways: 1, strike: leaveTransactionOpen },
  { name: 'a gateway is killed, another lives', gateways: 2, strike: ({ gateways: [first] }) => kill(first) },
  { name: 'a gateway is killed and restarted', gateways: 1, strike: killAndRestart },
]

function restart(signal: 'SIGINT' | 'SIGQUIT'): Fault['strike'] {
  return ({ site, databaseUrl }) => endPostgreSql(site, databaseUrl, signal)
}

async function killBackends({ databaseUrl }: Scene): Promise<void> {
  await using client = await connect(databaseUrl)
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
  )
}

/** Takes each connection that becomes free. */
async function useUpConnections({ databaseUrl, holdMs }: Scene): Promise<void> {
  await using sessions = new AsyncDisposableStack()
  for (const end = Date.now() + holdMs; Date.now() < end; ) {
    const session = await connect(databaseUrl).catch(() => undefined)
    if (session) sessions.use(session)
    else await delay(20)
  }
}

/** With a transaction id and a lock on a bot agent. */
async function leaveTransactionOpen({ databaseUrl, botAgentId, holdMs }: Scene): Promise<void> {
  await using client = await connect(databaseUrl)
  await client.query('begin')
  await client.query('select pg_current_xact_id()')
  await client.query('select from bot_agent where id = $1 for update', [botAgentId])
  await delay(holdMs)
}

async function kill(gateway: SpawnedGateway | undefined): Promise<void> {
  await gateway?.kill()
}

async function killAndRestart({ site, databaseUrl, gateways }: Scene): Promise<void> {
  const [killed] = gateways
  await killed?.kill()
  gateways.push(await site.startGateway({ databaseUrl, port: killed?.port ?? 0 }))
}
