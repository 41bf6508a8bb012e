import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { startEmbeddedServer } from '../../src/database/embedded/embedded-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's connection to the PostgreSQL of this test run. */
    postgresUrl: string
  }
}

/** One PostgreSQL for the whole suite, on which tests create their databases. */
export default async function postgres({ provide }: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  const server = await startEmbeddedServer({ dataDir, log: pino({ level: 'warn' }) })
  provide('postgresUrl', server.connectionString)
  return async () => {
    await server.stop()
    await rm(dataDir, { recursive: true })
  }
}
