import { openSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * Loaded into a gateway before its own code: writes down each notice of PostgreSQL, a line of JSON for each. See explained.ts. A log file
 * of PostgreSQL would do, but the launcher of the embedded server reads its log from standard error. The benchmarks have a `pg` of their
 * own, so this takes the gateway's.
 */
const { Client }: typeof import('pg') = createRequire(new URL('../package.json', import.meta.url))('pg')
const file = openSync(process.env.NOTICES_FILE ?? '', 'a')
const { emit } = Client.prototype
Client.prototype.emit = function (event: string | symbol, ...args: unknown[]) {
  if (event === 'notice') writeSync(file, `${JSON.stringify((args[0] as Error).message)}\n`)
  return emit.call(this, event, ...args)
}
