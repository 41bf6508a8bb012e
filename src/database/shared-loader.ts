import DataLoader from 'dataloader'

/** Milliseconds after which a batch no longer keeps others from running: its connection may be dead without a word. */
const STUCK = 250

interface SharedLoaderOptions {
  readonly maxBatchSize: number
  /** Batches that run at a time. */
  readonly atOnce: number
}

/**
 * A DataLoader that all operations of the gateway share. It remembers nothing. Few of its batches run at a time, so what is asked for
 * meanwhile is loaded together: the busier the gateway, the fewer statements for each operation.
 * @param load returns a value for each of the keys, in their order; it begins after each of them was asked for
 */
export function sharedLoader<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly Value[]>,
  { maxBatchSize, atOnce }: SharedLoaderOptions,
): DataLoader<Key, Value> {
  let running = 0
  const waiting: (() => void)[] = []
  const begin = (dispatch: () => void) => {
    running += 1
    // What other requests ask for in this turn of the event loop belongs to the batch.
    setImmediate(dispatch)
  }
  const end = () => {
    running -= 1
    const next = waiting.shift()
    if (next) begin(next)
  }
  const run = async (keys: readonly Key[]) => {
    let isStuck = false
    const timer = setTimeout(() => {
      isStuck = true
      end()
    }, STUCK)
    try {
      return await load(keys)
    } finally {
      clearTimeout(timer)
      if (!isStuck) end()
    }
  }
  return new DataLoader<Key, Value>(run, {
    cache: false,
    maxBatchSize,
    batchScheduleFn: (dispatch) => void (running < atOnce ? begin(dispatch) : waiting.push(dispatch)),
  })
}
