import { AsyncLocalStorage } from 'node:async_hooks'
import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.ts'

/** What the work at hand is done for: stands on every line that is logged meanwhile. */
export const workingFor = new AsyncLocalStorage<{ requestId: string }>()

/** @param destination by default standard output: lines of JSON, or, in a terminal, lines for people. */
export function createLog(level: Config['logLevel'], destination: DestinationStream = standardOutput()): Logger {
  return pino({ level, base: null, mixin: () => ({ ...workingFor.getStore() }) }, destination)
}

function standardOutput(): DestinationStream {
  return process.stdout.isTTY
    ? pretty({ translateTime: 'SYS:HH:MM:ss.l', sync: true })
    : pino.destination({ sync: true })
}
