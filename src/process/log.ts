import { AsyncLocalStorage } from 'node:async_hooks'
import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

/** The least that is logged. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** The work at hand. Its id stands on every line that is logged meanwhile; the rest on the line that tells how it ended. */
export interface Work {
  readonly requestId: string
  /** Who asked for it, as far as that is known by now. */
  client?: string
  license?: number
  /** `extensions.code` of the error that it ended with. */
  code?: string
}

export const workingFor = new AsyncLocalStorage<Work>()

/** @param destination by default standard output: lines of JSON, or, in a terminal, lines for people. */
export function createLog(level: LogLevel, destination: DestinationStream = standardOutput()): Logger {
  return pino(
    {
      level,
      base: null,
      mixin: () => {
        const { requestId } = workingFor.getStore() ?? {}
        return requestId ? { requestId } : {}
      },
      serializers: { err: describe },
    },
    destination,
  )
}

/** What a log tells of an error, and nothing else that a library has hung on it: clients, connections, requests with their secrets. */
function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error).slice(0, MOST_TOLD)
  const { name, code, stack, message, cause, meta } = error as Error & {
    code?: unknown
    meta?: { code?: unknown; message?: unknown }
  }
  return {
    type: name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: message.slice(0, MOST_TOLD),
    stack: stack?.slice(0, MOST_TOLD),
    ...(meta && { database: { code: meta.code, message: String(meta.message ?? '').slice(0, MOST_TOLD) } }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: describe(cause, depth + 1) }),
  }
}

const MOST_TOLD = 8_192
const DEEPEST_CAUSE = 5

function standardOutput(): DestinationStream {
  return process.stdout.isTTY
    ? pretty({ translateTime: 'SYS:HH:MM:ss.l', sync: true })
    : pino.destination({ sync: true })
}
