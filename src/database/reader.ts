import type { Pool } from 'pg'
import type { Logger } from 'pino'

/** A statement that only reads. */
export interface ReadStatement {
  /** Unique in the gateway: each connection prepares the statement once. Absent: it is planned each time, for its values. */
  readonly name?: string
  readonly text: string
}

/** Runs the reads that every request makes, on the connections that Prisma uses. See docs/decisions/speed.md. */
export interface Reader {
  /** @param values of `$1`, `$2` and so on */
  rows<Row extends object>(statement: ReadStatement, values: readonly unknown[]): Promise<Row[]>
}

export function createReader(pool: Pool, { log }: { log: Logger }): Reader {
  const traced = log.isLevelEnabled('trace')
  return {
    async rows<Row extends object>({ name, text }: ReadStatement, values: readonly unknown[]) {
      const begun = performance.now()
      const { rows } = await pool.query<Row>({ ...(name !== undefined && { name }), text, values: [...values] })
      // Not the parameters, as in database.ts.
      if (traced) log.trace({ query: text, ms: performance.now() - begun }, 'query')
      return rows
    },
  }
}
