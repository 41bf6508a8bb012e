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

/** Creates an empty database. `drop` removes it even while clients are connected. */
export async function createDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await sql(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: async () => {
      await sql(server, `drop database ${name} with (force)`)
    },
  }
}

/** A database for the length of one test. */
export async function databaseForTest(): Promise<string> {
  const { url, drop } = await createDatabase()
  onTestFinished(drop)
  return url
}
