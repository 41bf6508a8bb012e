import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { pino } from 'pino'
import { startEmbeddedServer } from '../src/database/embedded/embedded-server.ts'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'

/** Where a benchmark runs: a PostgreSQL, with a database for each contender, and gateways as `npm start` runs them. */
export interface Site extends AsyncDisposable {
  createDatabase(): Promise<string>
  /** @param env settings besides those of the site */
  startGateway(env?: Readonly<Record<string, string>>): Promise<{
    readonly url: string
    readonly databaseUrl: string
    /** An access token with all scopes. */
    readonly token: (licenseId: number) => Promise<string>
  }>
}

export async function startSite(): Promise<Site> {
  await using parts = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-bench-'))
  parts.defer(() => rm(dataDir, { recursive: true }))
  const server = await startEmbeddedServer({ dataDir, log: pino({ level: 'warn' }) })
  parts.defer(() => server.stop())

  let databases = 0
  const createDatabase = async () => {
    databases += 1
    const client = new pg.Client({ connectionString: server.connectionString })
    await client.connect()
    await client.query(`create database bench_${databases}`)
    await client.end()
    const url = new URL(server.connectionString)
    url.pathname = `bench_${databases}`
    return url.href
  }

  const started = parts.move()
  return {
    createDatabase,
    async startGateway(env = {}) {
      const databaseUrl = await createDatabase()
      const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
        env: { ...process.env, PORT: '0', DATA_DIR: dataDir, DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn', ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      started.defer(async () => {
        const ended = once(child, 'exit')
        if (child.exitCode === null && child.kill()) await ended
      })
      let url: string | undefined
      for await (const line of createInterface({ input: child.stdout })) {
        url = /^ready (\S+)$/.exec(line)?.[1]
        if (url) break
      }
      if (!url) throw new Error('The gateway did not start')
      // Reads the log, or the gateway would wait for it.
      child.stdout.resume()
      const sso = await openSso(dataDir)
      const token = (licenseId: number) => sso.sign({ clientId: 'bench', licenseId, scopes, expiresIn: 3_600 })
      return { url, databaseUrl, token }
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
