import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { examples } from './examples.ts'

export interface ExampleProcess {
  child: ChildProcess
  /** What it has printed. */
  lines: string[]
  /** What it has complained of. */
  complaints: string[]
  /** Resolves when `lines` are as they should be. */
  until(test: (lines: readonly string[]) => boolean): Promise<void>
  /** Resolves to its exit code. */
  ended: Promise<number | null>
}

/** Starts a program of `examples/`. */
export function startExample(file: string, program: string, env: Record<string, string>): ExampleProcess {
  const child = spawn(program, [join(examples, file)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [lines, complaints]: [string[], string[]] = [[], []]
  const printed = new EventEmitter()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    printed.emit('line')
  })
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line))
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
  return {
    child,
    lines,
    complaints,
    ended,
    async until(test) {
      const gone = ended.then((code) => {
        throw new Error(`${file} ended with ${code}: ${complaints.join('\n')}`)
      })
      gone.catch(() => {})
      while (!test(lines)) await Promise.race([once(printed, 'line'), gone])
    },
  }
}
