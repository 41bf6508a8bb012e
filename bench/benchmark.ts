/** A benchmark, as `npm run bench` lists and runs it. */
export interface Benchmark {
  /** What it measures, in one line. */
  readonly measures: string
  /** Its flags, such as `--rounds 3`, with their defaults. Those that are given are positive numbers; a default of 0 means: not at all. */
  readonly flags: Readonly<Record<string, number>>
  /** Whether it runs only when it is named: it takes long, or breaks things on purpose. */
  readonly onlyByName: boolean
  run(flags: Readonly<Record<string, number>>): Promise<void>
}

/** Declares a benchmark: `run` gets a number for each of its flags. */
export function benchmark<Flag extends string>(options: {
  measures: string
  flags: Readonly<Record<Flag, number>>
  onlyByName?: boolean
  run: (flags: Readonly<Record<Flag, number>>) => Promise<void>
}): Benchmark {
  const { measures, flags, onlyByName = false, run } = options
  return { measures, flags, onlyByName, run: (given) => run({ ...flags, ...given }) }
}
