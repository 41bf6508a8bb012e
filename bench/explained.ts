import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type pg from 'pg'

/** A statement that a gateway ran, with the plan that PostgreSQL has made and what it has measured. */
export interface Explained {
  /** On one line. Lists of parameters, which differ in their length, are written as one. */
  readonly text: string
  readonly ms: number
  /** As `explain (analyze, buffers)` prints it. */
  readonly plan: string
  readonly steps: readonly Step[]
  /** Pages of 8 KiB that it read, in memory or not. */
  readonly buffers: number
}

/** A node of a plan. */
interface Step {
  /** Such as `Seq Scan on bot_agent`. */
  readonly what: string
  /** Rows that it has returned in all its loops; 0 if it was never executed. */
  readonly rows: number
  /** Rows that it has read and dropped in all its loops. */
  readonly dropped: number
  readonly buffers: number
  /** The part of the statement (`with name as`) that begins with this node. */
  readonly part: string | undefined
}

/** Has PostgreSQL explain every statement, including those of triggers and foreign keys, on connections opened from now on. */
export async function explainAll(client: pg.Client): Promise<void> {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
    // Reading the clock at each step would take longer than the steps.
    'auto_explain.log_timing': 'off',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_parameter_max_length': '0',
    'auto_explain.log_format': 'text',
    'auto_explain.log_level': 'notice',
  }
  for (const [setting, value] of Object.entries(settings)) {
    await client.query(`alter database ${client.database} set ${setting} = '${value}'`)
  }
}

/**
 * How to start a gateway that writes into the file what PostgreSQL explains: from its sources, because the `pg` of the built one is part
 * of its file.
 */
export function explainingTo(file: string) {
  const loaded = pathToFileURL(join(import.meta.dirname, 'explained-process.ts')).href
  return { program: 'src/main.ts', env: { NODE_OPTIONS: `--import ${loaded}`, NOTICES_FILE: file } }
}

export async function* readExplained(file: string): AsyncGenerator<Explained> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const explained = parse(JSON.parse(line) as string)
    if (explained) yield explained
  }
}

function parse(notice: string): Explained | undefined {
  const [, ms, told = ''] = /^duration: ([\d.]+) ms {2}plan:\n(.*)$/s.exec(notice) ?? []
  const begin = /^[A-Z].*\(cost=/m.exec(told)?.index
  if (begin === undefined) return undefined
  const plan = told.slice(begin).trimEnd()
  const steps = stepsOf(plan)
  return {
    text: normal(told.slice('Query Text: '.length, begin)),
    ms: Number(ms),
    plan,
    steps,
    buffers: buffersOf(steps),
  }
}

function normal(text: string): string {
  return text
    .replaceAll(/--.*$/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\(\$\d+(?:, ?\$\d+)+\)(?:, ?\(\$\d+(?:, ?\$\d+)+\))*/g, '($…)')
    .trim()
}

function stepsOf(plan: string): Step[] {
  const steps: {
    what: string
    rows: number
    dropped: number
    buffers: number
    part: string | undefined
    loops: number
  }[] = []
  let part: string | undefined
  for (const line of plan.split('\n')) {
    const [, name] = /^\s*CTE (\S+)$/.exec(line) ?? []
    const [, what, measured = ''] = /^\s*(?:-> +)?(\S.*?) +\(cost=[^)]*\) ?(.*)$/.exec(line) ?? []
    const step = steps.at(-1)
    if (name) part = name
    else if (what) {
      const [, rows = 0, loops = 0] = /rows=([\d.]+) loops=(\d+)/.exec(measured) ?? []
      steps.push({
        what,
        rows: Math.round(Number(rows) * Number(loops)),
        dropped: 0,
        buffers: 0,
        part,
        loops: Number(loops),
      })
      part = undefined
    } else if (step) {
      const [, dropped = 0] = /^\s*Rows Removed by (?:Filter|Join Filter|Index Recheck): (\d+)/.exec(line) ?? []
      step.dropped += Number(dropped) * step.loops
      const [, shared = ''] = /^\s*Buffers: shared (.*)$/.exec(line) ?? []
      step.buffers += [...shared.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
    }
  }
  return steps
}

/** Those of the first node, and of parts that write and that nothing reads: PostgreSQL runs these when the others have ended. */
function buffersOf(steps: readonly Step[]): number {
  const isRead = (part: string) => steps.some(({ what }) => new RegExp(`CTE Scan on ${part}\\b`).test(what))
  const alone = steps.filter(({ what, part }) => part && /^(?:Insert|Update|Delete) on/.test(what) && !isRead(part))
  return [...steps.slice(0, 1), ...alone].reduce((sum, { buffers }) => sum + buffers, 0)
}
