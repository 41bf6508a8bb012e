import type { Logger } from 'pino'

/** Work that keeps a part of the gateway in order: removing what is old, finishing what was left undone. */
export interface Upkeep {
  /** For the log, such as `removing old feed entries`. */
  readonly what: string
  readonly everyMs: number
  /** @param signal aborts when the gateway stops */
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

/** How often what is old is removed, and how often what was left undone is looked for. */
export const HOURLY = 3_600_000
export const EVERY_MINUTE = 60_000

/**
 * Runs each task now, and again in its interval; one that still runs is not started again. Failures are logged.
 * @returns a function that stops all of them; it resolves when nothing runs any more
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
