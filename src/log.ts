import { AsyncLocalStorage } from 'node:async_hooks'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.ts'

/** What the work at hand is done for: stands on every line that is logged meanwhile. */
export const workingFor = new AsyncLocalStorage<{ requestId: string }>()

/** On standard output: lines of JSON, or, in a terminal, lines for people. */
export function createLog(level: Config['logLevel']): Logger {
  const options = { level, base: null, mixin: () => workingFor.getStore() ?? {} }
  return process.stdout.isTTY ? pino(options, pretty({ translateTime: 'SYS:HH:MM:ss.l', sync: true })) : pino(options)
}
