import type { DeliveryQueue } from './delivery-queue.ts'
import { type DeliverySession, partitions } from './delivery-session.ts'

/** For how many milliseconds a worker that has lost its session may come back before others take over what it had under way. */
const GRACE_MS = 1_000
/** How often the worker looks for claims of workers of which it has never heard. */
const LOOK_MS = 30_000
/** Partitions that are given up in one look although something of them is under way. */
const BUSY_AT_ONCE = 4

/**
 * The partitions of one worker. Each worker takes its share of those that are free, and gives up what is more than its share when
 * another worker comes. So there is no leader, and whoever lives sends everything.
 */
export class Partitions {
  readonly #queue: DeliveryQueue
  readonly #number: number
  #held = new Set<number>()
  /** Held, but no more claimed from: others shall have them. */
  #leaving = new Set<number>()
  /** The other workers that were there at the last look. */
  #others = new Set<number>()
  /** Workers that are gone and may have claims, and since when. */
  readonly #gone = new Map<number, number>()
  #nextLook = 0

  constructor({ queue, number }: { queue: DeliveryQueue; number: number }) {
    this.#queue = queue
    this.#number = number
  }

  /** Whether this worker sends the deliveries of the partition. */
  has(partition: number): boolean {
    return this.#held.has(partition) && !this.#leaving.has(partition)
  }

  /** @returns the partitions that a new session should take at once */
  wanted(): number[] {
    return [...this.#held]
  }

  /** To be called when a new session holds these. @returns what was held before and is lost */
  reset(taken: readonly number[]): Set<number> {
    const lost = this.#held.difference(new Set(taken))
    this.#held = new Set(taken)
    this.#leaving.clear()
    this.#nextLook = 0
    return lost
  }

  /**
   * Looks who is there, and takes and gives up partitions.
   * @param underWay the partitions of which something is claimed and not yet written
   * @returns the partitions that are left, whether there are new ones, and whether to look again soon
   */
  async see(
    session: DeliverySession,
    underWay: ReadonlySet<number>,
  ): Promise<{ left: Set<number>; isNew: boolean; waits: boolean }> {
    const { workers, held } = await session.census()
    await this.#takeOver(session, new Set(workers))
    const share = Math.ceil(partitions.length / Math.max(1, workers.length))
    const left = this.#leave(this.#held.size - this.#leaving.size - share, underWay)
    const released = [...this.#leaving].filter((partition) => !underWay.has(partition))
    await session.release(released)
    for (const partition of released) {
      this.#leaving.delete(partition)
      this.#held.delete(partition)
    }
    // What a worker that is gone had under way may be in any partition that nobody holds.
    const free = this.#gone.size > 0 ? [] : partitions.filter((partition) => !held.includes(partition))
    const taken = await session.take(free.slice(0, Math.max(0, share - this.#held.size)))
    for (const partition of taken) this.#held.add(partition)
    return { left, isNew: taken.length > 0, waits: this.#gone.size > 0 || this.#leaving.size > 0 }
  }

  /** Gives up those first of which nothing is under way: the lanes of the others stand still until that has ended. */
  #leave(most: number, underWay: ReadonlySet<number>): Set<number> {
    if (most <= 0) return new Set()
    const kept = [...this.#held.difference(this.#leaving)]
    const idle = kept.filter((partition) => !underWay.has(partition))
    const busy = kept.filter((partition) => underWay.has(partition))
    const left = new Set([...idle, ...busy.slice(0, BUSY_AT_ONCE)].slice(0, most))
    for (const partition of left) this.#leaving.add(partition)
    return left
  }

  async #takeOver(session: DeliverySession, present: ReadonlySet<number>): Promise<void> {
    const time = performance.now()
    for (const worker of this.#others.difference(present)) this.#gone.set(worker, time)
    this.#others = new Set([...present].filter((worker) => worker !== this.#number))
    if (time >= this.#nextLook) {
      this.#nextLook = time + LOOK_MS
      for (const worker of await this.#queue.absent(session, [...present])) {
        if (!this.#gone.has(worker)) this.#gone.set(worker, time)
      }
    }
    for (const worker of present) this.#gone.delete(worker)
    const dead = [...this.#gone].filter(([, since]) => time - since >= GRACE_MS).map(([worker]) => worker)
    if (dead.length === 0) return
    await this.#queue.takeOver(session, dead)
    for (const worker of dead) this.#gone.delete(worker)
  }
}
