import { Overloaded } from '../contract/request-error.ts'

/** The right to work. */
export interface Turn {
  /** May be called more than once. */
  end(): void
  /** Gives up the place until the other turn begins. From then on, both turns end together. @throws Overloaded */
  waitFor(other: Promise<Turn>): Promise<void>
}

/** For work that needs no turn. */
export const noTurn: Turn = { end() {}, waitFor: async (other) => (await other).end() }

export interface TurnLimits {
  /** Operations running at a time. */
  readonly atOnce: number
  /** Operations of one caller running at a time: so there is always room for others. */
  readonly ofOne: number
  /** Operations of one caller waiting. */
  readonly waitingOfOne: number
  /** Operations waiting. */
  readonly waiting: number
  /** Milliseconds that an operation waits; absent: without limit. */
  readonly longest?: number
}

export const turnLimits = {
  atOnce: 16,
  ofOne: 8,
  waitingOfOne: 2_000,
  waiting: 10_000,
  longest: 10_000,
} satisfies TurnLimits

/**
 * For requests that are not operations yet. They end their turn as soon as it begins: so they are only spread over iterations of the event
 * loop. There are as many as connections.
 */
export const turnsOfArrivals = {
  atOnce: 1,
  ofOne: 1,
  waitingOfOne: 10_000,
  waiting: 20_000,
  longest: 10_000,
} satisfies TurnLimits

interface Waiting {
  readonly start: () => void
}

interface Caller {
  running: number
  readonly waiting: Set<Waiting>
}

/** Milliseconds after which no more operations begin in the same turn of the event loop. */
const LONG = 1

/**
 * Shares the capacity of a gateway: waiting callers take turns, so that the requests of one do not delay the others. Operations begin one
 * after the other, and after a millisecond the next one waits for the next turn of the event loop: their first steps (parsing, validating)
 * may take long and can't be interrupted. See docs/decisions/fair-shares.md.
 */
export class Turns {
  readonly #limits: TurnLimits
  /** Waiting callers are in the order in which they will be served. */
  readonly #callers = new Map<string, Caller>()
  #running = 0
  #waiting = 0
  /** When the first one began in this turn of the event loop. */
  #begunAt: number | undefined
  /** Whether the first steps of one are still ahead. */
  #isBeginning = false

  constructor(limits: TurnLimits = turnLimits) {
    this.#limits = limits
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting
  }

  /**
   * Resolves when it is the caller's turn.
   * @param caller an application of a license, or the address of a caller that is not authenticated
   * @throws Overloaded when too many are waiting, or it has waited too long
   */
  take(caller: string): Promise<Turn> {
    const known = this.#callers.get(caller) ?? { running: 0, waiting: new Set() }
    this.#callers.set(caller, known)
    if (this.#waiting === 0 && this.#mayBegin() && this.#hasRoom(known))
      return Promise.resolve(this.#begin(caller, known))
    if (known.waiting.size >= this.#limits.waitingOfOne || this.#waiting >= this.#limits.waiting) {
      this.#forgetIfIdle(caller, known)
      return Promise.reject(new Overloaded())
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (timer) clearTimeout(timer)
        known.waiting.delete(waiting)
        this.#waiting -= 1
      }
      const waiting: Waiting = {
        start: () => {
          leave()
          resolve(this.#begin(caller, known))
        },
      }
      const giveUp = () => {
        leave()
        this.#forgetIfIdle(caller, known)
        reject(new Overloaded())
      }
      const timer = this.#limits.longest === undefined ? undefined : setTimeout(giveUp, this.#limits.longest)
      known.waiting.add(waiting)
      this.#waiting += 1
      this.#next()
    })
  }

  /** Resolves when it is the caller's turn, and ends it: for work that is only spread over iterations of the event loop. @throws Overloaded */
  async pass(caller: string): Promise<void> {
    const turn = await this.take(caller)
    turn.end()
  }

  #hasRoom({ running }: Caller): boolean {
    return this.#running < this.#limits.atOnce && running < this.#limits.ofOne
  }

  #begin(caller: string, known: Caller): Turn {
    const others = new Set<Turn>()
    let leave = this.#occupy(caller, known)
    let ended = false
    return {
      end() {
        ended = true
        for (const other of others) other.end()
        leave()
      },
      waitFor: async (other) => {
        leave()
        const come = await other
        if (ended) return come.end()
        others.add(come)
        const again = await this.take(caller)
        if (ended) again.end()
        else leave = again.end
      },
    }
  }

  /** @returns a function that frees the place; it may be called more than once */
  #occupy(caller: string, known: Caller): () => void {
    this.#noteBegin()
    this.#running += 1
    known.running += 1
    let left = false
    return () => {
      if (left) return
      left = true
      this.#running -= 1
      known.running -= 1
      this.#forgetIfIdle(caller, known)
      this.#next()
    }
  }

  #mayBegin(): boolean {
    return !this.#isBeginning && (this.#begunAt === undefined || performance.now() - this.#begunAt < LONG)
  }

  #noteBegin(): void {
    this.#isBeginning = true
    // By then the operation has come to its first statement. A tick alone would come before promises that have resolved.
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#isBeginning = false
        this.#next()
      }),
    )
    if (this.#begunAt !== undefined) return
    this.#begunAt = performance.now()
    setImmediate(() => {
      this.#begunAt = undefined
      this.#next()
    })
  }

  #next(): void {
    if (this.#waiting === 0 || !this.#mayBegin()) return
    for (const [caller, known] of this.#callers) {
      if (this.#running >= this.#limits.atOnce) return
      const [first] = known.waiting
      if (!first || !this.#hasRoom(known)) continue
      // The caller moves behind the others, so they are served before it is served again.
      this.#callers.delete(caller)
      this.#callers.set(caller, known)
      first.start()
      return
    }
  }

  #forgetIfIdle(caller: string, { running, waiting }: Caller): void {
    if (running === 0 && waiting.size === 0) this.#callers.delete(caller)
  }
}
