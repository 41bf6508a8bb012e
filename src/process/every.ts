import type { Logger } from 'pino'

/**
 * Acts at once, and again every so many milliseconds; a turn that comes while the last one is under way is left out. Failures are
 * logged, with what it is `called`. Answers what calls it off, which resolves when nothing is under way any more.
 */
export function every(
  milliseconds: number,
  act: () => Promise<unknown>,
  { log, called }: { log: Logger; called: string },
): () => Promise<void> {
  let underWay: Promise<void> | undefined
  const turn = () => {
    underWay ??= act()
      .then(
        () => {},
        (error: unknown) => log.error({ err: error }, `${called} failed`),
      )
      .finally(() => {
        underWay = undefined
      })
  }
  turn()
  const timer = setInterval(turn, milliseconds)
  return async () => {
    clearInterval(timer)
    await underWay
  }
}
