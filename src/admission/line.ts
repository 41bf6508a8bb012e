/** The line is full, or the wait was too long. */
export class NoPlace extends Error {
  override name = 'NoPlace'
  readonly reason: 'full' | 'late'

  constructor(reason: NoPlace['reason']) {
    super(reason === 'full' ? 'The line is full' : 'The wait was too long')
    this.reason = reason
  }
}

/** Runs a limited number of tasks at a time. Others wait in line: a limited number, for a limited time. */
export class Line {
  #running = 0
  /** Starts waiting tasks, in the order in which they came. */
  readonly #line = new Set<() => void>()
  readonly #options: { readonly atATime: () => number; readonly mostWaiting: number; readonly longestWait: number }

  /**
   * @param options.atATime returns how many may run now
   * @param options.longestWait milliseconds; may be infinite
   */
  constructor(options: { atATime: () => number; mostWaiting: number; longestWait: number }) {
    this.#options = options
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#line.size === 0
  }

  /** @throws NoPlace without having run anything */
  async run<Value>(act: () => Promise<Value>): Promise<Value> {
    if (this.#running < this.#options.atATime()) this.#running += 1
    else await this.#turn()
    try {
      return await act()
    } finally {
      this.#running -= 1
      this.#callNext()
    }
  }

  #turn(): Promise<void> {
    const { mostWaiting, longestWait } = this.#options
    if (this.#line.size >= mostWaiting) throw new NoPlace('full')
    return new Promise((resolve, reject) => {
      const call = () => {
        if (tooLong) clearTimeout(tooLong)
        this.#line.delete(call)
        this.#running += 1
        resolve()
      }
      const giveUp = () => {
        this.#line.delete(call)
        reject(new NoPlace('late'))
      }
      const tooLong = Number.isFinite(longestWait) ? setTimeout(giveUp, longestWait) : undefined
      this.#line.add(call)
    })
  }

  #callNext(): void {
    for (const call of this.#line) {
      if (this.#running >= this.#options.atATime()) return
      call()
    }
  }
}
