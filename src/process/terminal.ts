import { styleText } from 'node:util'
import type { DestinationStream } from 'pino'
import { prettyFactory } from 'pino-pretty'

/** The message of the line that says how a request ended. */
export const REQUEST = 'request'

/** Its fields that people see. */
interface RequestFacts {
  readonly time: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly ms: number
  /** False: the client left before the end. */
  readonly whole: boolean
  readonly operation?: string
  readonly client?: string
  readonly code?: string
  readonly message?: string
}

/** Writes the log for people. A request is one line, and is dimmed, so that everything else stands out. */
export function forPeople(output: Pick<NodeJS.WritableStream, 'write'>): DestinationStream {
  const format = prettyFactory({ translateTime: 'SYS:HH:MM:ss.l', ignore: 'gateway' })
  return {
    write(line) {
      const facts = JSON.parse(line, forTerminal)
      output.write(line.endsWith(END_OF_REQUEST) ? requestLine(facts) : (format(facts) ?? ''))
    },
  }
}

/** Items of a list that are shown. */
const MOST_ITEMS = 3

/**
 * Control and format characters of a caller could do something to the terminal, or to the order of its text. Stacks have lines. A long
 * list would fill the screen.
 */
function forTerminal(_name: string, value: unknown): unknown {
  if (Array.isArray(value) && value.length > MOST_ITEMS) {
    const last: unknown = value.at(-1)
    return `${value.length}, the last one ${typeof last === 'string' ? last : JSON.stringify(last)}`
  }
  return typeof value === 'string' ? value.replace(/[^\P{C}\n]/gu, '?') : value
}

/** Pino puts the message last. */
const END_OF_REQUEST = `"msg":"${REQUEST}"}\n`

/** @returns such as `[12:00:00.000] POST /graphql CreateBotAgent my-bots 200 23 ms` */
function requestLine({
  time,
  method,
  path,
  operation,
  client,
  status,
  ms,
  whole,
  code,
  message,
}: RequestFacts): string {
  const facts = [method, path, operation, client, status, `${ms} ms`].filter((fact) => fact !== undefined).join(' ')
  const ending = [...(whole ? [] : ['the client left']), ...(code === undefined ? [] : [`${code}: ${message}`])]
  const text = [facts, ...ending].join(', ')
  const line = `[${clock(new Date(time))}] ${text.replaceAll('\n', '?')}`
  return `${styleText(styleOf(status), line)}\n`
}

function styleOf(status: number) {
  if (status >= 500) return 'red'
  return status >= 400 ? 'yellow' : 'dim'
}

function clock(time: Date): string {
  return `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`
}
