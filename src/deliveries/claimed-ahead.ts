import type { Claimed } from './claimed.ts'

/** Claimed deliveries whose origin has no room yet. They begin in order, one for each attempt to that origin that ends. */
export class ClaimedAhead {
  readonly #atATime: number
  /** Attempts under way, by origin. */
  readonly #sending = new Map<string, number>()
  readonly #waiting = new Map<string, Claimed[]>()

  /** @param atATime attempts to one origin */
  constructor(atATime: number) {
    this.#atATime = atATime
  }

  /** @returns whether the attempt begins now; if not, the delivery waits */
  beginOrWait(delivery: Claimed): boolean {
    const { origin } = delivery
    const sending = this.#sending.get(origin) ?? 0
    if (sending < this.#atATime) {
      this.#sending.set(origin, sending + 1)
      return true
    }
    const waiting = this.#waiting.get(origin)
    if (waiting) waiting.push(delivery)
    else this.#waiting.set(origin, [delivery])
    return false
  }

  /**
   * To be called when an attempt has ended.
   * @returns the delivery that begins in its place: the first one that may
   */
  nextAfter({ origin }: Claimed, mayBegin: (delivery: Claimed) => boolean): Claimed | undefined {
    const waiting = this.#waiting.get(origin) ?? []
    const index = waiting.findIndex(mayBegin)
    if (index >= 0) {
      const [next] = waiting.splice(index, 1)
      if (waiting.length === 0) this.#waiting.delete(origin)
      return next
    }
    const sending = (this.#sending.get(origin) ?? 1) - 1
    if (sending > 0) this.#sending.set(origin, sending)
    else this.#sending.delete(origin)
    return undefined
  }

  /** @returns the deliveries that have waited too long. They wait no more. */
  giveUp(isTooLate: (delivery: Claimed) => boolean): Claimed[] {
    const givenUp: Claimed[] = []
    for (const [origin, waiting] of this.#waiting) {
      // Asks once: the answer changes with time.
      const stay = waiting.filter((delivery) => {
        const isOut = isTooLate(delivery)
        if (isOut) givenUp.push(delivery)
        return !isOut
      })
      if (stay.length > 0) this.#waiting.set(origin, stay)
      else this.#waiting.delete(origin)
    }
    return givenUp
  }
}
