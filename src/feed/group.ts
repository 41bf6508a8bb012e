import { Overloaded } from '../contract/request-error.ts'
import { patiently } from '../process/patiently.ts'
import { type FeedEntry, type FeedFilter, matcher, tested } from './feed-entry.ts'
import { firstAfter } from './recent.ts'
import type { Subscriber } from './subscriber.ts'

/** How many entries a group keeps for its slower subscribers. */
const MOST = 1_000
/** How many entries may wait to be tested, and how many are tested at a time. */
const MOST_UNTESTED = 20_000
const TESTED_AT_ONCE = 100

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
  /** Entries that match and are yet to be tested. */
  #untested: FeedEntry[] = []
  #isTesting = false
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
    this.#untested = []
  }

  /** Adds an entry that matches. If the filter has a test, the entry comes when it has passed, after those before it. */
  push(entry: FeedEntry): void {
    if (!this.filter.where) {
      this.#add(entry)
      return
    }
    this.#untested.push(entry)
    if (this.#untested.length > MOST_UNTESTED) this.#endAll()
    else if (!this.#isTesting) void this.#test()
  }

  async #test(): Promise<void> {
    this.#isTesting = true
    try {
      for (let batch = this.#nextUntested(); batch.length > 0; batch = this.#nextUntested()) {
        const passed = await patiently(() => tested(this.filter, batch), {
          while: () => true,
          isOver: () => this.subscribers.size === 0,
        })
        // It may have begun anew meanwhile.
        if (this.#untested[0] !== batch[0]) continue
        this.#untested.splice(0, batch.length)
        for (const entry of passed) this.#add(entry)
      }
    } catch {
      // Nobody may miss an entry.
      this.#endAll()
    } finally {
      this.#isTesting = false
    }
  }

  #nextUntested(): readonly FeedEntry[] {
    return this.#untested.slice(0, TESTED_AT_ONCE)
  }

  /** Its subscribers come back with their cursors, and read what could not be tested by themselves. */
  #endAll(): void {
    this.#floor = this.#untested.at(-1)?.position ?? this.#floor
    this.#entries = []
    this.#untested = []
    const why = new Overloaded(
      'The next events could not be loaded. Subscribe again with the cursor of the last event as `after`.',
    )
    for (const subscriber of this.subscribers) subscriber.end(why)
  }

  #add(entry: FeedEntry): void {
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
