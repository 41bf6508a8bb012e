import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'

/** The command line asks for something that does not exist. The message says what there is. */
export class WrongUsage extends Error {
  override name = 'WrongUsage'
}

type Benchmarks = Readonly<Record<string, Benchmark>>

/**
 * @returns the benchmarks to run, and the flags that were given; `undefined` if the command line asks for help
 * @throws WrongUsage
 */
export function readCommandLine(
  benchmarks: Benchmarks,
  args: readonly string[],
): { names: readonly string[]; flags: Record<string, number> } | undefined {
  const named = args.filter((arg, index) => !arg.startsWith('--') && !isValue(args, index))
  const unknown = named.filter((name) => !Object.hasOwn(benchmarks, name))
  if (unknown.length > 0) throw new WrongUsage(`There is no benchmark ${unknown.join(', ')}.\n\n${usage(benchmarks)}`)
  const names = named.length > 0 ? named : Object.keys(benchmarks).filter((name) => !benchmarks[name]?.onlyByName)

  const known = new Set(names.flatMap((name) => Object.keys(benchmarks[name]?.flags ?? {})))
  const text = { type: 'string' } as const
  const options = Object.fromEntries([...known].map((flag) => [flag, text]))
  try {
    const help = { type: 'boolean' } as const
    const { values } = parseArgs({ args: [...args], options: { ...options, help }, allowPositionals: true })
    if (values.help) return undefined
    const given = Object.entries(values).map(([flag, value]) => [flag, positive(flag, value)])
    return { names, flags: Object.fromEntries(given) }
  } catch (error) {
    throw new WrongUsage(`${(error as Error).message}\n\n${usage(benchmarks)}`)
  }
}

function isValue(args: readonly string[], index: number): boolean {
  const before = args[index - 1]
  return before !== undefined && /^--[a-z-]+$/.test(before) && before !== '--help'
}

function positive(flag: string, value: unknown): number {
  const number = Number(value)
  if (!(number > 0 && number < Number.POSITIVE_INFINITY)) {
    throw new WrongUsage(`--${flag} must be a number above 0; it is ${value}.`)
  }
  return number
}

/** The benchmarks and their flags. */
export function usage(benchmarks: Benchmarks): string {
  const all = Object.entries(benchmarks)
  const width = Math.max(...all.map(([name]) => name.length))
  const lines = all.flatMap(([name, { measures, flags, onlyByName }]) => [
    `  ${name.padEnd(width)}  ${measures}${onlyByName ? ' *' : ''}`,
    `  ${''.padEnd(width)}    ${Object.entries(flags)
      .map(([flag, value]) => `--${flag} ${value}`)
      .join('  ')}`,
  ])
  return [
    'npm run bench -- [benchmark …] [--flag number …]',
    '',
    ...lines.filter((line) => line.trim() !== ''),
    '',
    'The flags are shown with their defaults. Those with * run only when they are named.',
    '',
  ].join('\n')
}
