const TICK_MS = 1_000
/** Ticks for which a result may lie unread. */
const MOST_TICKS = 5

/**
 * The reader of a stream: notices when it has stopped reading, that is, takes a result and does not ask for the next one for five
 * seconds. The time in which the gateway reads and executes does not count. Seconds are counted one by one, so that a gateway that stands
 * still for a while does not blame its readers.
 */
export class Reader {
  readonly #timer: NodeJS.Timeout
  #stopped = false
  #holdsResult = false
  #ticks = 0

  /** @param onStuck called once */
  constructor(onStuck: () => void) {
    this.#timer = setTimeout(() => {
      if (!this.#holdsResult) return
      this.#ticks += 1
      if (this.#ticks < MOST_TICKS) this.#timer.refresh()
      else onStuck()
    }, TICK_MS).unref()
  }

  /** It asks for the next result. */
  asks(): void {
    this.#holdsResult = false
  }

  /** It was given a result. */
  holds(): void {
    if (this.#stopped) return
    this.#holdsResult = true
    this.#ticks = 0
    this.#timer.refresh()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }
}
