import { workingFor } from './log.ts'

/**
 * @returns a function that runs the work once for all who call it while the run before is under way: each gets the result of a run that
 *   began after its call. A run belongs to none of those who wait for it, so it is logged without the id of a request
 */
export function joinedRuns<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<Result> | undefined
  return () => {
    next ??= workingFor.exit(() =>
      last.then(() => {
        next = undefined
        const run = work()
        last = run.catch(() => {})
        return run
      }),
    )
    return next
  }
}
