import pg from 'pg'
import { sql } from './database.ts'

/** A statement that ran, and how. */
export interface Ran {
  readonly query: string
  readonly plan: PlanNode
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Loops'?: number
  readonly 'Actual Rows'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

/**
 * Has PostgreSQL explain every statement that this process runs on a database from now on, on connections that are opened after this.
 * The plans come as notices on the connection that ran the statement.
 */
export async function explainAll(databaseUrl: string): Promise<{ ran: readonly Ran[]; stop: () => void }> {
  const name = new URL(databaseUrl).pathname.slice(1)
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_format': 'json',
    'auto_explain.log_level': 'notice',
    // Tables are small in a test: so a scan of a whole table is left only where no index serves the statement.
    enable_seqscan: 'off',
  }
  for (const [setting, value] of Object.entries(settings)) {
    await sql(databaseUrl, `alter database ${name} set ${setting} = '${value}'`)
  }
  const ran: Ran[] = []
  const { emit } = pg.Client.prototype
  pg.Client.prototype.emit = function (event: string | symbol, ...args: unknown[]) {
    const [, explained] = event === 'notice' ? (/plan:\n(\{.*)/s.exec(String((args[0] as Error).message)) ?? []) : []
    if (explained) {
      const { 'Query Text': query, Plan: plan } = JSON.parse(explained) as { 'Query Text': string; Plan: PlanNode }
      ran.push({ query, plan })
    }
    return emit.call(this, event, ...args)
  }
  const stop = () => {
    pg.Client.prototype.emit = emit
  }
  return { ran, stop }
}

/** @returns how many rows of a table the scans of a plan return or drop */
export function rowsRead(plan: PlanNode, table: string): number {
  const { 'Relation Name': relation, 'Actual Loops': loops = 1, 'Actual Rows': rows = 0 } = plan
  const own = relation === table ? loops * (rows + (plan['Rows Removed by Filter'] ?? 0)) : 0
  return own + (plan.Plans ?? []).reduce((sum, child) => sum + rowsRead(child, table), 0)
}

/**
 * @param options.large tables that must not be scanned from end to end
 * @param options.most rows that one step of a plan may read and drop: as many as one batch of a sweep
 * @returns what is wrong with a plan, a line for each step that reads too much
 */
export function wasteOf(plan: PlanNode, options: { large: readonly string[]; most: number }): string[] {
  const { 'Node Type': type, 'Relation Name': table = '', 'Index Name': index = '', 'Actual Loops': loops = 1 } = plan
  // A function such as pg_locks returns what the whole server has, whatever else runs there.
  const dropped =
    type === 'Function Scan'
      ? 0
      : loops * ((plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0))
  const what = [type, table, index].filter(Boolean).join(' ')
  return [
    ...(dropped > options.most ? [`${what} drops ${dropped} rows`] : []),
    ...(/Seq Scan/.test(type) && options.large.includes(table) ? [`${what} reads the whole table`] : []),
    ...(plan.Plans ?? []).flatMap((child) => wasteOf(child, options)),
  ]
}
