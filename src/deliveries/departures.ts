import { setImmediate } from 'node:timers/promises'
import type { Claimed } from './claimed.ts'
import { ClaimedAhead } from './claimed-ahead.ts'
import type { Lanes } from './lanes.ts'
import { Pace, type Turn } from './pace.ts'
import { SHARES } from './shares.ts'

/** Attempts that are begun before responses, and whatever else the gateway does, have a turn. */
const BEGUN_AT_ONCE = 16
/** A claim is begun within this time, or not at all: if the process has stood still, another gateway may have taken it over. */
const LONGEST_PAUSE_MS = 5_000
/** What is claimed ahead begins within this time, or not at all: the origin may hang, and the bot agent may change. */
const LONGEST_WAIT_MS = 1_000

interface Options {
  readonly lanes: Lanes
  /** Makes the attempt, and calls `ended` afterwards. */
  readonly attempt: (delivery: Claimed) => void
  /** Takes back a delivery of which no attempt begins. */
  readonly giveUp: (delivery: Claimed) => void
  /** Whether nothing may begin any more. */
  readonly isOver: () => boolean
}

/** Claimed deliveries until their attempts begin: when their origin, and the limit per second of their bot agent, has room for them. */
export class Departures {
  readonly #options: Options
  readonly #ahead = new ClaimedAhead(SHARES.origin)
  readonly #pace = new Pace({ onTurn: (delivery) => this.#takeTurn(delivery) })

  constructor(options: Options) {
    this.#options = options
  }

  /**
   * Begins the attempts for which there is room, a few at a time. The others wait.
   * @param isLost whether what was claimed may belong to another gateway by now
   */
  async begin(claimed: readonly Claimed[], isLost: () => boolean): Promise<void> {
    const { lanes, attempt, giveUp } = this.#options
    const isTooLate = (delivery: Claimed) => isLost() || this.#isTooLate(delivery, LONGEST_PAUSE_MS)
    const begun: Claimed[] = []
    for (const delivery of claimed) {
      if (isTooLate(delivery)) giveUp(delivery)
      else if (delivery.spacingMs !== null) this.#pace.wait(delivery)
      else if (this.#ahead.beginOrWait(delivery)) begun.push(delivery)
      else lanes.waits(delivery)
    }
    for (const [index, delivery] of begun.entries()) {
      // Also lets the next statement go out first.
      if (index % BEGUN_AT_ONCE === 0) await setImmediate()
      if (isTooLate(delivery)) {
        giveUp(delivery)
        this.ended(delivery)
      } else attempt(delivery)
    }
  }

  /** Begins one that has waited for the attempt that has ended. */
  ended(delivery: Claimed): void {
    const { lanes, attempt } = this.#options
    const mayBegin = (waiting: Claimed) =>
      !this.#isTooLate(waiting, LONGEST_WAIT_MS) &&
      (waiting.application === delivery.application || lanes.hasRoom(waiting))
    const next = this.#ahead.nextAfter(delivery, mayBegin)
    if (!next) return
    lanes.waited(next)
    attempt(next)
    this.#pace.began(next)
  }

  /** Gives up what has waited too long. @param left what else is given up; absent: nothing */
  giveUp(left: (waiting: Claimed) => boolean = () => false): void {
    const { lanes, giveUp } = this.#options
    const isOver = (waiting: Claimed) => left(waiting) || this.#isTooLate(waiting, LONGEST_WAIT_MS)
    for (const delivery of this.#pace.giveUp(isOver)) giveUp(delivery)
    for (const delivery of this.#ahead.giveUp(isOver)) {
      lanes.waited(delivery)
      giveUp(delivery)
      this.#pace.gaveUp(delivery)
    }
  }

  /** One has waited for its turn in the pace of its bot agent. */
  #takeTurn(delivery: Claimed): Turn {
    const { lanes, attempt, giveUp } = this.#options
    if (this.#isTooLate(delivery, LONGEST_WAIT_MS)) {
      giveUp(delivery)
      return 'GIVEN_UP'
    }
    if (!this.#ahead.beginOrWait(delivery)) {
      lanes.waits(delivery)
      return 'WAITING'
    }
    attempt(delivery)
    return 'BEGUN'
  }

  #isTooLate({ claimedAt }: Claimed, after: number): boolean {
    return this.#options.isOver() || performance.now() > claimedAt + after
  }
}
