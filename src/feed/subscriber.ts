import { RequestError } from '../request-error.ts'
import type { FeedEntry } from './feed-entry.ts'

/**
 * One subscriber's place at the hub: a queue of at most `limit` entries. Who does not read in time loses the queue, not the
 * gateway's memory: `next` throws SLOW_CONSUMER from then on, and `onOverflow` is called at once, as the reader may be stuck.
 */
export class Subscriber {
  readonly #limit: number
  readonly #onOverflow: () => void
  #queue: FeedEntry[] = []
  #ended: 'closed' | RequestError | undefined
  #wake: (() => void) | undefined

  constructor(options: { limit: number; onOverflow: () => void }) {
    this.#limit = options.limit
    this.#onOverflow = options.onOverflow
  }

  push(entry: FeedEntry): void {
    if (this.#ended) return
    if (this.#queue.length === this.#limit) {
      this.end(
        new RequestError(
          'SLOW_CONSUMER',
          `The stream ended: ${this.#limit} events waited to be read. Subscribe again with \`after\`: the cursor of the last event you read.`,
        ),
      )
      this.#onOverflow()
      return
    }
    this.#queue.push(entry)
    this.#wake?.()
  }

  /** Drops what waits; a pending `next` returns at once. The first reason stays. */
  end(reason: 'closed' | RequestError): void {
    this.#ended ??= reason
    this.#queue = []
    this.#wake?.()
  }

  /** The entries that wait, oldest first, as soon as there is one; `undefined` once closed. */
  async next(): Promise<readonly FeedEntry[] | undefined> {
    while (!this.#ended && this.#queue.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#ended === 'closed') return undefined
    if (this.#ended) throw this.#ended
    const entries = this.#queue
    this.#queue = []
    return entries
  }
}
