import pg from 'pg'

/** A session of the benchmark's own, ended when it is disposed. Errors between statements do not end the benchmark. */
export async function connect(connectionString: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString, application_name: 'bench' })
  client.on('error', () => {})
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end().catch(() => {}) })
}
