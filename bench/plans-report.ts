import { type Explained, readExplained } from './explained.ts'
import type { Around } from './plans-fill.ts'
import { nameOf } from './plans-statements.ts'

/** Tables that no statement may read from end to end. */
const LARGE =
  /^(?:Parallel )?Seq Scan on (?:webhook_delivery|webhook_attempt|webhook_listener|chat_event|chat_event_key|feed_entry|audit_entry|bot_agent)\b/
/** Rows that a step may read and drop: one batch of a sweep. */
const MOST_DROPPED = 500
const WIDEST = 200
/** Lines of a plan that say how a step has used its memory. */
const OF_MEMORY = /^ *(?:Storage|Sort Method|Buckets|Batches|Cache Mode|Hits|Full-sort Groups): /

/** A statement, and how often it was run. */
export interface Counted {
  readonly query: string
  readonly calls: number
}

/** All runs of one statement, in all its forms. */
interface Group {
  readonly name: string
  readonly file: string
  readonly shown: boolean
  readonly place: number
  readonly times: number[]
  /** The one that has read most. */
  worst: Explained
  dropped: number
  readonly scans: Set<string>
}

async function grouped(file: string): Promise<Group[]> {
  const groups = new Map<string, Group>()
  for await (const explained of readExplained(file)) {
    const { text, ms, buffers, steps } = explained
    const named = nameOf(text)
    const group = groups.get(named.name) ?? {
      ...named,
      times: [],
      worst: explained,
      dropped: 0,
      scans: new Set(),
    }
    groups.set(named.name, group)
    group.times.push(ms)
    group.dropped = Math.max(group.dropped, ...steps.map(({ dropped }) => dropped))
    for (const { what, rows } of steps) if (LARGE.test(what) && rows > 0) group.scans.add(what)
    if (buffers > group.worst.buffers) group.worst = explained
  }
  return [...groups.values()].sort((one, other) => one.place - other.place || one.name.localeCompare(other.name))
}

/** Prints markdown: a row for each statement, those of an idle minute, and the plans. */
export async function report(
  file: string,
  { around, sizes, alone, beside }: { around: Around; sizes: string[][]; alone: Counted[]; beside: Counted[] },
): Promise<void> {
  const groups = await grouped(file)
  const suspects = groups.filter(({ dropped, scans }) => dropped > MOST_DROPPED || scans.size > 0)
  const [calls, texts] = [groups.reduce((sum, { times }) => sum + times.length, 0), groups.length]
  print(`\n## Around\n\n${JSON.stringify(around)}\n`)
  print(markdown(['table', 'rows', 'with indexes'], sizes))
  print(`\n## Statements\n\n${calls} statements, ${texts} kinds.\n`)
  print(
    markdown(
      ['statement', 'calls', 'ms, median', 'ms, worst', 'rows', 'buffers', 'dropped', 'scans'],
      groups.map(rowOf),
    ),
  )
  print(`\n## Idle\n\nIn a minute, alone: ${callsOf(alone)}; beside all this: ${callsOf(beside)}.\n`)
  print(markdown(['alone', 'statement'], alone.map(countedRow)))
  print(`\n${markdown(['beside', 'statement'], beside.map(countedRow))}`)
  print('\n## Plans')
  for (const group of groups.filter(({ shown }) => shown)) printPlan(group)
  print(`\n## Suspects: ${suspects.length}`)
  for (const group of suspects.filter(({ shown }) => !shown)) {
    print(`\n\`${group.worst.text}\``)
    printPlan(group)
  }
}

function rowOf({ name, file, times, worst, dropped, scans }: Group): (string | number)[] {
  const sorted = times.toSorted((one, other) => one - other)
  const rows = Math.max(...worst.steps.map((step) => step.rows))
  const what = file ? `${name} (\`src/${file}\`)` : name
  const [median = 0, longest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  return [
    what,
    times.length,
    median.toFixed(2),
    longest.toFixed(1),
    rows,
    worst.buffers,
    dropped,
    [...scans].join(', '),
  ]
}

const callsOf = (counted: readonly Counted[]) => counted.reduce((sum, { calls }) => sum + calls, 0)

function countedRow({ calls, query }: Counted): (string | number)[] {
  const text = query.replaceAll(/\s+/g, ' ').trim()
  const { name, file } = nameOf(text)
  return [calls, file ? `${name} (\`src/${file}\`)` : `\`${text.slice(0, 100).replaceAll('|', '¦')}\``]
}

function printPlan({ name, worst }: Group): void {
  print(`\n### ${name}\n\n${worst.ms.toFixed(2)} ms, ${worst.buffers} buffers\n\n\`\`\`text`)
  for (const line of worst.plan.split('\n').filter((line) => !OF_MEMORY.test(line))) {
    print(line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line)
  }
  print('```')
}

function markdown(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
