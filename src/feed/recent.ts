import type { FeedEntry } from './feed-entry.ts'

/** How many entries are kept, and about how many bytes. */
const MOST = 20_000
const MOST_BYTES = 16 * 1_024 * 1_024
/** About what an entry takes besides its data. */
const OVERHEAD = 400

/** Entries that follow a position. */
export interface Page {
  readonly entries: readonly FeedEntry[]
  /** Up to here there are no others. */
  readonly through: bigint
}

/** @returns the index of the first entry after the position */
export function firstAfter(entries: readonly FeedEntry[], position: bigint): number {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle]?.position ?? 0n) > position) high = middle
    else low = middle + 1
  }
  return low
}

/** The last entries of all licenses: whoever is behind reads them here, and only what is older from the database. */
export class Recent {
  /** Every entry after it is here. */
  floor = 0n
  /** How far the log was read. */
  through = 0n
  #entries: FeedEntry[] = []
  #sizes: number[] = []
  #bytes = 0

  begin(position: bigint): void {
    this.floor = position
    this.through = position
    this.#entries = []
    this.#sizes = []
    this.#bytes = 0
  }

  add(entries: readonly FeedEntry[], through: bigint): void {
    for (const entry of entries) {
      const size = OVERHEAD + 2 * JSON.stringify(entry.data).length
      this.#entries.push(entry)
      this.#sizes.push(size)
      this.#bytes += size
    }
    this.through = through
    // A little more than necessary, so that it does not have to be done for each entry.
    if (this.#entries.length > MOST || this.#bytes > MOST_BYTES) this.#shrink(0.9)
  }

  /**
   * @param most entries that the page may have
   * @returns the entries after the position that match; undefined if some of them are no longer here
   */
  page(matches: (entry: FeedEntry) => boolean, position: bigint, most: number): Page | undefined {
    if (position < this.floor) return undefined
    const found: FeedEntry[] = []
    for (let index = firstAfter(this.#entries, position); index < this.#entries.length; index++) {
      const entry = this.#entries[index] as FeedEntry
      if (!matches(entry)) continue
      found.push(entry)
      if (found.length === most) return { entries: found, through: entry.position }
    }
    return { entries: found, through: this.through }
  }

  #shrink(part: number): void {
    let dropped = 0
    let bytes = this.#bytes
    while (this.#entries.length - dropped > part * MOST || bytes > part * MOST_BYTES) {
      bytes -= this.#sizes[dropped] ?? 0
      dropped += 1
    }
    this.#drop(dropped)
  }

  #drop(count: number): void {
    if (count === 0) return
    this.floor = this.#entries[count - 1]?.position ?? this.floor
    this.#entries.splice(0, count)
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size
  }
}
