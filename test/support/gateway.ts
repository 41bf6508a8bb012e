import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { startGateway as start } from '../../src/gateway.ts'
import { openSso } from '../../src/identity/issuers/sso.ts'
import { scopes } from '../../src/identity/scope.ts'
import { gatewayId, newGatewayNumber } from '../../src/process/gateway-id.ts'
import { createLog } from '../../src/process/log.ts'
import { createDatabase } from './database.ts'

export interface Claims {
  clientId?: string
  licenseId?: number
  scopes?: readonly string[]
  expiresIn?: number
}

let lastLicense = 1_000

/** The number of a license that no other test of the file uses. */
export function newLicense(): number {
  lastLicense += 1
  return lastLicense
}

export interface TestGateway {
  /** Its GraphQL endpoint. */
  url: string
  databaseUrl: string
  dataDir: string
  /** Its log, one parsed line each. */
  logged: Record<string, unknown>[]
  /** Resolves to the first line with this message, as soon as there is one. */
  logs(message: string): Promise<Record<string, unknown>>
  /** An access token of its SSO. Unless the claims say otherwise: of the application `my-bots` in license 1, with all scopes. */
  token(claims?: Claims): Promise<string>
  stop(): Promise<void>
}

interface Options {
  env?: Record<string, string>
  /** A database of the test; absent: one of its own. */
  databaseUrl?: string
  beside?: Pick<TestGateway, 'databaseUrl' | 'dataDir'>
}

/** A gateway for the length of one test. */
export async function gatewayForTest(options: Options = {}): Promise<TestGateway> {
  const gateway = await startGateway(options)
  onTestFinished(gateway.stop)
  return gateway
}

/**
 * Starts a gateway with a database of its own on a free port; or, with the `databaseUrl` and `dataDir` of another one, a second
 * gateway of the same cluster.
 */
export async function startGateway({
  beside,
  databaseUrl = beside?.databaseUrl,
  env,
}: Options = {}): Promise<TestGateway> {
  const database = databaseUrl ? { url: databaseUrl, drop: async () => {} } : await createDatabase()
  const dataDir = beside?.dataDir ?? (await mkdtemp(join(tmpdir(), 'bot-agent-gateway-')))
  const logged: Record<string, unknown>[] = []
  const lines = new EventEmitter()
  const write = (line: string) => {
    logged.push(JSON.parse(line))
    lines.emit('line')
  }
  const config = readConfig({ PORT: '0', DATABASE_URL: database.url, DATA_DIR: dataDir, ...env })
  const number = newGatewayNumber()
  const log = createLog(config.logLevel, { write }).child({ gateway: gatewayId(number) })
  const gateway = await start(config, { number, log })

  return {
    url: gateway.url,
    databaseUrl: database.url,
    dataDir,
    logged,
    async logs(message) {
      for (;;) {
        const found = logged.find(({ msg }) => msg === message)
        if (found) return found
        await once(lines, 'line')
      }
    },
    token: async (claims = {}) =>
      (await openSso(dataDir)).sign({
        clientId: 'my-bots',
        licenseId: 1,
        scopes: [...scopes],
        expiresIn: 600,
        ...claims,
      }),
    async stop() {
      await gateway.stop()
      if (beside) return
      await database.drop()
      await rm(dataDir, { recursive: true })
    },
  }
}
