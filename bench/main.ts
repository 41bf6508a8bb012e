import type { Benchmark } from './benchmark.ts'
import { chaos } from './chaos.ts'
import { now } from './clock.ts'
import { readCommandLine, usage, WrongUsage } from './command-line.ts'
import { consolePage } from './console.ts'
import { deliveryLog } from './delivery-log.ts'
import { fanOut } from './fan-out.ts'
import { growth } from './growth.ts'
import { intake } from './intake.ts'
import { latency } from './latency.ts'
import { methods } from './methods.ts'
import { plans } from './plans.ts'
import { propertySearch } from './property-search.ts'
import { requests } from './requests.ts'
import { soak } from './soak.ts'
import { start } from './start.ts'
import { streams } from './streams.ts'
import { webhooks } from './webhooks.ts'

const benchmarks: Readonly<Record<string, Benchmark>> = {
  webhooks,
  intake,
  latency,
  requests,
  methods,
  growth,
  start,
  'property-search': propertySearch,
  plans,
  'delivery-log': deliveryLog,
  console: consolePage,
  streams,
  'fan-out': fanOut,
  chaos,
  soak,
}

/** `npm run bench`: runs the benchmarks that are named, or all that need not be. */
try {
  const asked = readCommandLine(benchmarks, process.argv.slice(2))
  if (asked) await runAll(asked)
  else process.stdout.write(usage(benchmarks))
} catch (error) {
  if (!(error instanceof WrongUsage)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}

async function runAll({ names, flags }: { names: readonly string[]; flags: Record<string, number> }): Promise<void> {
  const begun = now()
  for (const name of names) {
    const { measures, run } = benchmarks[name] as Benchmark
    const started = now()
    process.stdout.write(`\n${name}: ${measures}\n`)
    await run(flags)
    process.stdout.write(`\n${name} took ${spent(started)}.\n`)
  }
  if (names.length > 1) process.stdout.write(`\nAll of it took ${spent(begun)}.\n`)
  const left = Object.keys(benchmarks).filter((name) => !names.includes(name))
  if (left.length > 0) process.stdout.write(`Not run: ${left.join(', ')}. Name one to run it; --help lists all.\n`)
}

function spent(since: number): string {
  const seconds = Math.round((now() - since) / 1_000)
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
