import { Line } from '../admission/line.ts'
import { RequestError } from '../contract/request-error.ts'

/** Bytes that one operation, or one event of a subscription, may load and answer. */
const MOST_LOADED = 8 * 1_024 * 1_024
/** Reads of one operation at a time, so that it takes a small part of the connections, and does not load much beyond its limit. */
const AT_A_TIME = 2
/** What an operation asks for is limited before, and how long a statement may take, too: so those that wait need no limit. */
const unlimited = { mostWaiting: Number.POSITIVE_INFINITY, longestWait: Number.POSITIVE_INFINITY }

/**
 * What one operation has loaded: how many values it asks for is limited, and how large they are is not known before. Once it is too
 * much nothing more is read, and the operation is refused as a whole when it has run: thousands of its fields would say the same.
 */
export class Loaded {
  readonly #line = new Line({ atATime: () => AT_A_TIME, ...unlimited })
  #bytes = 0

  /** Reads rows, and counts their bytes; none are read once it is too much. */
  read<Row>(query: () => Promise<readonly Row[]>, bytesOf: (row: Row) => number): Promise<readonly Row[]> {
    return this.#line.run(async () => {
      if (this.#bytes > MOST_LOADED) return []
      const rows = await query()
      this.spend(rows.reduce((bytes, row) => bytes + bytesOf(row), 0))
      return rows
    })
  }

  /** Counts what is answered: the same value may be asked for under many names. */
  spend(bytes: number): void {
    this.#bytes += bytes
  }

  /** What to refuse the operation with, if it was too much. */
  get refusal(): RequestError | undefined {
    if (this.#bytes <= MOST_LOADED) return undefined
    return new RequestError(
      'BAD_USER_INPUT',
      `The operation would load more than the ${MOST_LOADED} bytes that one may: ask for fewer nodes, or leave out large fields.`,
    )
  }
}

/** About how many bytes a value takes as JSON. */
export function sizeOf(value: unknown): number {
  return typeof value === 'string' ? value.length : (JSON.stringify(value)?.length ?? 0)
}
