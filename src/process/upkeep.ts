import type { Logger } from 'pino'

/** Work that keeps a part of the gateway in order, such as removing what is old. */
export interface UpkeepTask {
  /** For the log, such as `removing old feed entries`. */
  readonly what: string
  readonly everyMs: number
  /** @param signal aborts when the gateway stops */
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

/** How often old rows are removed, and how often unfinished work is looked for. */
export const HOURLY = 3_600_000
export const EVERY_MINUTE = 60_000

/** Runs each task at the start, and again in its interval; one that still runs is not started again. Failures are logged. */
export class Upkeep {
  readonly #tasks: readonly UpkeepTask[]
  readonly #log: Logger
  readonly #stopping = new AbortController()
  readonly #running = new Map<UpkeepTask, Promise<void>>()
  #timers: NodeJS.Timeout[] = []

  constructor(tasks: readonly UpkeepTask[], log: Logger) {
    this.#tasks = tasks
    this.#log = log
  }

  start(): void {
    for (const task of this.#tasks) this.#run(task)
    this.#timers = this.#tasks.map((task) => setInterval(() => this.#run(task), task.everyMs))
  }

  /** Resolves when no task runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#running.values())
  }

  #run(task: UpkeepTask): void {
    if (this.#running.has(task)) return
    const run = Promise.resolve()
      .then(() => task.run(this.#stopping.signal))
      .then(
        () => {},
        (error: unknown) => this.#log.error({ err: error }, `${task.what} failed`),
      )
      .finally(() => this.#running.delete(task))
    this.#running.set(task, run)
  }
}
