import { AsyncLocalStorage } from 'node:async_hooks'
import { type DestinationStream, type Logger, pino } from 'pino'
import { forPeople } from './terminal.ts'

/** The lowest level that is logged. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** A request or operation in progress. Its id is on every line that is logged for it; the rest is on the line that says how it ended. */
export interface Work {
  readonly requestId: string
  /** The caller, as far as it is known so far. */
  client?: string
  license?: number
  /** The name of its operation, or of the first field of one that has no name. */
  operation?: string
  /** `extensions.code` of the error that it ended with. */
  code?: string
  /** What was wrong, without the values that the caller sent, except for its host, origin and path. */
  message?: string
  /** Whether its response contains a secret. */
  confidential?: boolean
}

export const workingFor = new AsyncLocalStorage<Work>()

/** Notes for the log how the work in progress has failed. Its first error counts. */
export function noteFailure(code: string, message: string): void {
  const work = workingFor.getStore()
  if (!work || work.code !== undefined) return
  work.code = code
  work.message = message.replace(VALUE, '…').slice(0, LONGEST_MESSAGE)
}

/**
 * The rest of a message that quotes a value of the caller, which may be a secret. Names remain, and so do the host and the origin that are
 * refused: nobody finds out without them whom to allow.
 */
const VALUE = /(?:: (?=["{[])|; it is |\bfound |\bValue (?=")|\binvalid value |\brepresent |\bUnexpected (?=\w+ ")).*/s
const LONGEST_MESSAGE = 400

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

/** Only these fields of an error are logged. Libraries attach others: clients, connections, requests with their secrets. */
function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error).slice(0, LONGEST_TEXT)
  const { name, code, stack, message, cause, meta } = error as Error & {
    code?: unknown
    meta?: { code?: unknown; message?: unknown }
  }
  return {
    type: name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: message.slice(0, LONGEST_TEXT),
    stack: stack?.slice(0, LONGEST_TEXT),
    ...(meta && { database: { code: meta.code, message: String(meta.message ?? '').slice(0, LONGEST_TEXT) } }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: describe(cause, depth + 1) }),
  }
}

const LONGEST_TEXT = 8_192
const DEEPEST_CAUSE = 5

function standardOutput(): DestinationStream {
  return process.stdout.isTTY ? forPeople(process.stdout) : together()
}

/** Writes the lines of one turn of the event loop together: writing is the larger part of logging. */
function together(): DestinationStream {
  const output = pino.destination({ sync: true })
  let lines = ''
  const flush = () => {
    const text = lines
    lines = ''
    if (text) output.write(text)
  }
  process.once('exit', flush)
  return {
    write(line) {
      if (!lines) setImmediate(flush)
      lines += line
    },
  }
}
