import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { startEmbeddedServer } from '../../src/database/embedded/embedded-server.ts'
import { migrate } from '../../src/database/migrations.ts'
import { databaseOn, MIGRATED, sql } from './database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's connection to the PostgreSQL of this test run. */
    postgresUrl: string
  }
}

const log = pino({ level: 'warn' })

/** One PostgreSQL for the whole suite, on which tests create their databases: copies of one that has all migrations. */
export default async function postgres({ provide }: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  const server = await startEmbeddedServer({ dataDir, log })
  // What the machine's crash would lose is not missed, and databases come and go in a third of the time.
  for (const setting of ['fsync', 'full_page_writes']) {
    await sql(server.connectionString, `alter system set ${setting} = off`)
  }
  await sql(server.connectionString, 'select pg_reload_conf()')
  await sql(server.connectionString, `create database ${MIGRATED}`)
  await migrate(databaseOn(server.connectionString, MIGRATED), { log })
  provide('postgresUrl', server.connectionString)
  return async () => {
    await server.stop()
    await rm(dataDir, { recursive: true })
  }
}
