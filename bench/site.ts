import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { startEmbeddedServer } from '../src/database/embedded/embedded-server.ts'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'
import { type SpawnedGateway, spawnGateway } from './spawned-gateway.ts'

const TOKEN_SECONDS = 86_400

/** Where a benchmark runs: a PostgreSQL, with a database for each contender, and gateways as `npm start` runs them. */
export interface Site extends AsyncDisposable {
  /** @param template the URL of a database to copy, to which nobody is connected; absent: an empty one */
  createDatabase(template?: string): Promise<string>
  dropDatabase(url: string): Promise<void>
  /**
   * @param options.port of a gateway that was here before; absent: any free one
   * @param options.env further settings @param options.program absent: the one that `npm start` runs
   */
  startGateway(options: {
    databaseUrl: string
    port?: number
    env?: Readonly<Record<string, string>>
    program?: string
  }): Promise<SpawnedGateway>
  /** `Bearer` and an access token with all scopes. */
  authorization(claims: { licenseId: number; clientId?: string }): Promise<string>
  /** The process id of PostgreSQL. It is started again when it ends. */
  postmaster(): Promise<number>
}

/** @param options.quiet says nothing about PostgreSQL, not even that it has ended */
export async function startSite({ quiet = false } = {}): Promise<Site> {
  await using parts = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-bench-'))
  parts.defer(() => rm(dataDir, { recursive: true }))
  const server = await startEmbeddedServer({ dataDir, log: pino({ level: quiet ? 'silent' : 'warn' }) })
  parts.defer(() => server.stop())

  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: server.connectionString })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
  const nameOf = (url: string) => new URL(url).pathname.slice(1)
  let databases = 0

  const started = parts.move()
  return {
    async createDatabase(template) {
      databases += 1
      await run(`create database bench_${databases} ${template ? `template ${nameOf(template)}` : ''}`)
      const url = new URL(server.connectionString)
      url.pathname = `bench_${databases}`
      return url.href
    },
    dropDatabase: (url) => run(`drop database ${nameOf(url)} with (force)`),
    async startGateway({ databaseUrl, port = 0, env = {}, program }) {
      const settings = { DATA_DIR: dataDir, DATABASE_URL: databaseUrl, PORT: `${port}`, ...env }
      const gateway = await spawnGateway(settings, program)
      started.defer(() => gateway.stop())
      return gateway
    },
    async authorization({ licenseId, clientId = 'bench' }) {
      const sso = await openSso(dataDir)
      return `Bearer ${await sso.sign({ clientId, licenseId, scopes, expiresIn: TOKEN_SECONDS })}`
    },
    async postmaster() {
      const [pid = ''] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
      return Number(pid)
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
