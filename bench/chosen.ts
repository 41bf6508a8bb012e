import { WrongUsage } from './command-line.ts'

/**
 * Those that a variable of the environment names, such as `BENCH_WORKLOADS=A,B`, for short runs; absent: all.
 * @throws WrongUsage
 */
export function chosen<Named extends { readonly key: string }>(
  variable: string,
  all: readonly Named[],
): readonly Named[] {
  const names = process.env[variable]?.split(',').map((name) => name.trim())
  if (!names) return all
  const unknown = names.filter((name) => all.every(({ key }) => key !== name))
  if (unknown.length === 0) return all.filter(({ key }) => names.includes(key))
  throw new WrongUsage(`${variable}: there is no ${unknown.join(', ')}, only ${all.map(({ key }) => key).join(', ')}.`)
}
