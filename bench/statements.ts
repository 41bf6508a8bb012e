import { endPostgreSql } from './end-postgresql.ts'
import { connect } from './sessions.ts'
import type { Site } from './site.ts'

/** Lets PostgreSQL count statements, for which it is restarted. */
export async function countStatements(site: Site): Promise<void> {
  const databaseUrl = await site.createDatabase()
  const client = await connect(databaseUrl)
  await client.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`)
  await client.end()
  await endPostgreSql(site, databaseUrl, 'SIGINT')
}

/** @returns a function that returns how many statements were run in the database so far, apart from its own */
export async function statementCounter(databaseUrl: string): Promise<AsyncDisposable & { read(): Promise<number> }> {
  const client = await connect(databaseUrl)
  await client.query('create extension if not exists pg_stat_statements')
  return {
    async read() {
      const { rows } = await client.query<{ calls: number }>(
        `select sum(calls)::float8 as calls from pg_stat_statements
        where dbid = (select oid from pg_database where datname = current_database())
          and query not like '%pg_stat_statements%'`,
      )
      return rows[0]?.calls ?? 0
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
