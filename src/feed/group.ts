import { type FeedEntry, type FeedFilter, matcher } from './feed-entry.ts'
import { firstAfter } from './recent.ts'
import type { Subscriber } from './subscriber.ts'

/** How many entries a group keeps for its slower subscribers. */
const MOST = 1_000

/**
 * Subscribers with equal filters. An entry is matched once for all of them and kept once: a subscriber is a position in the log that
 * they share.
 */
export class Group {
  /** Equal for equal filters of one license. */
  readonly key: string
  readonly filter: FeedFilter
  readonly matches: (entry: FeedEntry) => boolean
  readonly subscribers = new Set<Subscriber>()
  /** Called with each entry. */
  readonly #followers = new Set<(entry: FeedEntry) => void>()
  /** Those that have read everything. */
  readonly #waiting = new Map<Subscriber, (entry: FeedEntry) => void>()
  #entries: FeedEntry[] = []
  /** Every entry after it that matches is here. */
  #floor: bigint

  constructor(key: string, filter: FeedFilter, floor: bigint) {
    this.key = key
    this.filter = filter
    this.matches = matcher(filter)
    this.#floor = floor
  }

  begin(floor: bigint): void {
    this.#floor = floor
    this.#entries = []
  }

  /** Adds an entry that matches. */
  push(entry: FeedEntry): void {
    this.#entries.push(entry)
    if (this.#entries.length > MOST) {
      const dropped = this.#entries.splice(0, MOST / 2)
      this.#floor = dropped.at(-1)?.position ?? this.#floor
    }
    for (const tell of this.#waiting.values()) tell(entry)
    this.#waiting.clear()
    for (const tell of this.#followers) tell(entry)
  }

  /** Calls `tell` with each entry from now on. @returns a function that stops it */
  follow(tell: (entry: FeedEntry) => void): () => void {
    this.#followers.add(tell)
    return () => this.#followers.delete(tell)
  }

  /** @returns the first entry after the position; undefined if there is none yet; `behind` if it may no longer be here */
  after(position: bigint): FeedEntry | 'behind' | undefined {
    if (position < this.#floor) return 'behind'
    return this.#entries[firstAfter(this.#entries, position)]
  }

  /** Resolves to the next entry that matches. */
  next(subscriber: Subscriber): Promise<FeedEntry> {
    return new Promise((resolve) => {
      this.#waiting.set(subscriber, resolve)
    })
  }

  leave(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber)
    this.#waiting.delete(subscriber)
  }
}
