import type { Sink } from './follow.ts'

/** The results of a subscription as an iterator, which subscribes at once. It throws the error that ends the subscription. */
export function iterate<Result>(subscribe: (sink: Sink<Result>) => () => void): AsyncIterableIterator<Result> {
  const waiting: Result[] = []
  let ended = false
  let failure: { error: unknown } | undefined
  let wake = () => {}

  const unsubscribe = subscribe({
    next(result) {
      waiting.push(result)
      wake()
    },
    error(error) {
      failure = { error }
      wake()
    },
    complete() {
      ended = true
      wake()
    },
  })

  // A generator, because it queues calls of `next()`.
  async function* results() {
    for (;;) {
      while (waiting.length > 0) yield waiting.shift() as Result
      if (ended) return
      if (failure) throw failure.error
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const queue = results()

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => queue.next(),
    // Not that of the generator, which would wait until a call of `next()` has its result.
    async return() {
      unsubscribe()
      waiting.length = 0
      ended = true
      wake()
      return { done: true, value: undefined }
    },
  }
}
