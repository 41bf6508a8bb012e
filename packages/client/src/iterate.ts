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

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      while (waiting.length === 0 && !failure && !ended)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      const [value] = waiting.splice(0, 1)
      if (value !== undefined) return { done: false, value }
      if (!failure) return { done: true, value: undefined }
      const { error } = failure
      failure = undefined
      ended = true
      throw error
    },
    async return() {
      unsubscribe()
      waiting.length = 0
      return { done: true, value: undefined }
    },
  }
}
