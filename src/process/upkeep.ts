import type { Logger } from 'pino'

/** A regular task of a part of the gateway, such as removing old data or finishing interrupted work. */
export interface Upkeep {
  /** For the log, such as `removing old feed entries`. */
  readonly what: string
  readonly everyMs: number
  /** @param signal aborts when the gateway stops */
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

/** How often old data is removed, and how often interrupted work is looked for. */
export const HOURLY = 3_600_000
export const EVERY_MINUTE = 60_000

/**
 * Runs each task now and then at its interval. A task that is still running is not started again. Failures are logged.
 * @returns a function that stops all tasks; it resolves when none is running any more
 */
export function startUpkeep(tasks: readonly Upkeep[], log: Logger): () => Promise<void> {
  const stopping = new AbortController()
  const running = new Map<Upkeep, Promise<void>>()

  const start = (task: Upkeep) => {
    if (running.has(task)) return
    const run = Promise.resolve()
      .then(() => task.run(stopping.signal))
      .then(
        () => {},
        (error: unknown) => log.error({ err: error }, `${task.what} failed`),
      )
      .finally(() => running.delete(task))
    running.set(task, run)
  }

  const timers = tasks.map((task) => {
    start(task)
    return setInterval(() => start(task), task.everyMs)
  })
  return async () => {
    stopping.abort()
    for (const timer of timers) clearInterval(timer)
    await Promise.all(running.values())
  }
}
