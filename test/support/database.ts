import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'

/** Runs SQL on a connection of its own. */
export async function sql<Row extends object>(
  connectionString: string,
  text: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}

/** The name of the database that has all migrations, and nothing else. */
export const MIGRATED = 'migrated'

/** @returns the connection string of another database on the same server */
export function databaseOn(server: string, name: string): string {
  return new URL(`/${name}`, server).href
}

interface Options {
  /** Whether it has no migrations. Without that, it has all of them, as applying them takes a second. */
  readonly empty?: boolean
}

/** Creates a database. `drop` removes it even while clients are connected. */
export async function createDatabase(options: Options = {}): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await sql(server, `create database ${name} template ${options.empty ? 'template1' : MIGRATED} strategy file_copy`)
  return {
    url: databaseOn(server, name),
    drop: async () => {
      await sql(server, `drop database ${name} with (force)`)
    },
  }
}

/** A database for the length of one test. */
export async function databaseForTest(options: Options = {}): Promise<string> {
  const { url, drop } = await createDatabase(options)
  onTestFinished(drop)
  return url
}
