import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openSso } from '../../src/identity/issuers/sso.ts'
import { scopes } from '../../src/identity/scope.ts'
import { databaseForTest } from './database.ts'
import type { Claims } from './gateway.ts'
import { type GatewayProcess, spawnGateway } from './gateway-process.ts'

/** Gateways on one database, each in a process of its own that a test can kill. */
export interface Cluster {
  databaseUrl: string
  /** Starts a gateway. */
  start(env?: Record<string, string>): Promise<GatewayProcess>
  /** An access token for all of them, as `TestGateway.token`. */
  token(claims?: Claims): Promise<string>
}

/** A cluster for the length of one test, on a database of its own unless one is given. */
export async function clusterForTest(options: { databaseUrl?: string } = {}): Promise<Cluster> {
  const databaseUrl = options.databaseUrl ?? (await databaseForTest())
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  const started: Promise<GatewayProcess>[] = []
  onTestFinished(async () => {
    for (const gateway of await Promise.allSettled(started)) {
      if (gateway.status === 'fulfilled') await gateway.value.end('SIGKILL')
    }
  })
  const sso = await openSso(dataDir)
  return {
    databaseUrl,
    start(env) {
      const gateway = spawnGateway({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir, ...env })
      started.push(gateway)
      return gateway
    },
    token: (claims = {}) =>
      sso.sign({ clientId: 'my-bots', licenseId: 1, scopes: [...scopes], expiresIn: 600, ...claims }),
  }
}
