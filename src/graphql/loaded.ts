import { Line } from '../admission/line.ts'
import { RequestError } from '../contract/request-error.ts'

/** Bytes that one operation, or one event of a subscription, may load and return. */
const MOST_LOADED = 8 * 1_024 * 1_024
/** Reads that one operation runs at a time: few, so that it takes few connections and does not load much beyond its limit. */
const AT_A_TIME = 2
/** Waiting reads need no limit: the size of an operation and the time of a statement are limited already. */
const limits = {
  atATime: () => AT_A_TIME,
  mostWaiting: Number.POSITIVE_INFINITY,
  longestWait: Number.POSITIVE_INFINITY,
}

/**
 * Counts the bytes that one operation loads. The number of values that it asks for is limited beforehand, but their size is known only
 * once they are read. Beyond the limit nothing more is read, and the operation is refused as a whole when it has run: otherwise thousands
 * of fields would each report the same error.
 */
export class Loaded {
  readonly #line = new Line(limits)
  #bytes = 0

  /** Reads rows and counts their bytes. Beyond the limit it reads none. */
  read<Row>(query: () => Promise<readonly Row[]>, bytesOf: (row: Row) => number): Promise<readonly Row[]> {
    return this.#line.run(async () => {
      if (this.#bytes > MOST_LOADED) return []
      const rows = await query()
      this.spend(rows.reduce((bytes, row) => bytes + bytesOf(row), 0))
      return rows
    })
  }

  /** Counts a value that is returned: one value may be selected under many names. */
  spend(bytes: number): void {
    this.#bytes += bytes
  }

  /** That were loaded and returned so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** The error to refuse the operation with, if it has loaded too much. */
  get refusal(): RequestError | undefined {
    if (this.#bytes <= MOST_LOADED) return undefined
    return new RequestError(
      'BAD_USER_INPUT',
      `The operation loads too much data; the limit is ${MOST_LOADED} bytes. Ask for fewer nodes, or leave out large fields.`,
    )
  }
}

/** @returns about how many bytes a value takes as JSON */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  let size = 2
  if (Array.isArray(value)) for (const item of value) size += 1 + sizeOf(item)
  else for (const name in value) size += name.length + 4 + sizeOf((value as Record<string, unknown>)[name])
  return size
}
