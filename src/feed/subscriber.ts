import { RequestError } from '../contract/request-error.ts'
import type { FeedEntry } from './feed-entry.ts'

/** How many entries may wait for one subscriber. */
export const QUEUE = 1_000

/**
 * One subscriber's place at the hub: a bounded queue. It begins behind: it has to read the log at its own pace until it has
 * caught up. When its queue is full, that is dropped and it is behind again. If it then takes nothing for `stuckAfter`
 * milliseconds it is ended with SLOW_CONSUMER, and `onStuck` is called, as its reader may never look again.
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

  /** Whether the subscriber keeps up: if not, it takes no more. */
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

  /** The reader asks for more. */
  progress(): void {
    this.#stuck?.refresh()
  }

  caughtUp(): void {
    this.#behind = false
    clearTimeout(this.#stuck)
    this.#stuck = undefined
  }

  /** Drops what waits; a pending `next` returns at once. The first reason stays. */
  end(reason: 'closed' | RequestError): void {
    this.#ended ??= reason
    this.caughtUp()
    this.#queue = []
    this.#wake?.()
  }

  /** The entry that has waited longest, as soon as there is one; or that it is behind, or was closed. */
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
        'The stream ended: its events were not read in time. Subscribe again with `after`: the cursor of the last one you read.',
      ),
    )
    this.#onStuck()
  }
}
