import { RequestError } from '../contract/request-error.ts'
import type { FeedEntry } from './feed-entry.ts'

/** How many entries may wait for one subscriber. */
const QUEUE = 1_000

/**
 * One subscriber's place at the hub: a bounded queue. A subscriber begins behind: it reads the log at its own pace until it has
 * caught up. When its queue is full, the queue is dropped and the subscriber is behind again. If it then reads nothing for
 * `stuckAfter` milliseconds, it is ended with SLOW_CONSUMER and `onStuck` is called, because its reader may never call `next` again.
 */
export class Subscriber {
  readonly #stuckAfter: number
  readonly #onStuck: () => void
  #queue: FeedEntry[] = []
  #behind = true
  #ended: 'closed' | RequestError | undefined
  #stuck: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined

  constructor(options: { stuckAfter: number; onStuck: () => void }) {
    this.#stuckAfter = options.stuckAfter
    this.#onStuck = options.onStuck
  }

  /** @returns whether the subscriber keeps up; if not, it accepts no more entries */
  push(entry: FeedEntry): boolean {
    if (this.#queue.length < QUEUE) {
      this.#queue.push(entry)
    } else {
      this.#queue = []
      this.#behind = true
      this.#stuck = setTimeout(() => this.#giveUp(), this.#stuckAfter)
    }
    this.#wake?.()
    return !this.#behind
  }

  get behind(): boolean {
    return this.#behind
  }

  /** To be called when the reader asks for the next entry. */
  progress(): void {
    this.#stuck?.refresh()
  }

  caughtUp(): void {
    this.#behind = false
    clearTimeout(this.#stuck)
    this.#stuck = undefined
  }

  /** Drops the queue; a pending `next` returns at once. If it is called again, the first reason stays. */
  end(reason: 'closed' | RequestError): void {
    this.#ended ??= reason
    this.caughtUp()
    this.#queue = []
    this.#wake?.()
  }

  /** @returns the oldest entry of the queue, as soon as there is one; or whether the subscriber is behind or closed */
  async next(): Promise<FeedEntry | 'behind' | 'closed'> {
    for (;;) {
      if (this.#ended === 'closed') return this.#ended
      if (this.#ended) throw this.#ended
      if (this.#behind) return 'behind'
      const entry = this.#queue.shift()
      if (entry) return entry
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #giveUp(): void {
    this.end(
      new RequestError(
        'SLOW_CONSUMER',
        'The stream ended because its events were not read in time. Subscribe again with the cursor of the last event as `after`.',
      ),
    )
    this.#onStuck()
  }
}
