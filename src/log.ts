import { AsyncLocalStorage } from 'node:async_hooks'
import { type Logger, pino } from 'pino'
import type { Config } from './config.ts'

/** What the work at hand is done for: stands on every line that is logged meanwhile. */
export const workingFor = new AsyncLocalStorage<{ requestId: string }>()

/** Lines of JSON on standard output. */
export function createLog(level: Config['logLevel']): Logger {
  return pino({ level, base: null, mixin: () => workingFor.getStore() ?? {} })
}
