import type { Slice } from './pagination.ts'

/** How many rows a page looks at in one statement after the other, until it is full. Few if many pass, and few statements if few do. */
const LOOKS = [500, 2_500, 10_000]
/** As how many bytes that were loaded each row is taken that a page may look at and not show: see `Loaded`. */
export const LOOKED_SIZE = 16

/** Rows that pass a filter. */
interface Looked<Row, Key> {
  /** In the order in which they were looked at. */
  readonly rows: readonly Row[]
  /** The place up to which was looked; null: there are no more. */
  readonly through: Key | null
}

/**
 * Reads a page of a list with a filter that no index serves. It stops when it has looked at many rows that do not pass.
 * @param scan looks at the next `look` rows of a slice
 * @returns the rows in the order of the list, and where it stopped; null: the page is full, or there are no more
 */
export async function lookThrough<Row, Key>(
  slice: Slice<Key>,
  scan: (slice: Slice<Key>, look: number) => Promise<Looked<Row, Key>>,
): Promise<{ rows: Row[]; through: Key | null }> {
  const { take, backwards } = slice
  const found: Row[] = []
  let through: Key | null = null
  for (const look of LOOKS) {
    const next = through === null ? slice : { ...slice, [backwards ? 'before' : 'after']: through }
    const looked = await scan({ ...next, take: take - found.length }, look)
    found.push(...looked.rows)
    through = looked.through
    if (through === null || found.length === take) break
  }
  return { rows: backwards ? found.reverse() : found, through: found.length === take ? null : through }
}
