import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Database } from '../database/database.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { Change, Changes } from '../feed/change.ts'
import { WakeSignal } from '../process/wake-signal.ts'
import { countOf, type FanOut, nextDeliveries } from './fan-out.ts'

/** How often a gateway looks for what another one has left behind. */
const POLL_MS = 5_000
const BACK_OFF_MS = 1_000

interface Options {
  readonly database: Database
  readonly changes: Changes
  readonly outbox: Outbox
  readonly log: Logger
}

/**
 * Makes the deliveries that were left when their event was committed: a batch at a time, each with the mark of how far it has come, in one
 * commit. So any gateway can go on where another one has stopped. Those that have waited longest are next.
 */
export class FanOutWorker {
  readonly #options: Options
  readonly #left = new WakeSignal()
  #stopping = false
  #looping: Promise<void> | undefined

  constructor(options: Options) {
    this.#options = options
  }

  start(): void {
    this.#looping = this.#loop()
  }

  /** Resolves when the batch under way is committed. Another gateway makes the others, or this one when it starts again. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#left.set()
    await this.#looping
  }

  /** Looks now: deliveries are left. */
  readonly wake = (): void => this.#left.set()

  /** What fails goes to the end of the line: the others must not wait for it. */
  async #next(): Promise<boolean> {
    const { database, changes, outbox } = this.#options
    let current: bigint | undefined
    const begun = (id: bigint) => {
      current = id
    }
    return changes
      .commit((change) => makeBatch(change, outbox, begun))
      .catch(async (error: unknown) => {
        if (current !== undefined) {
          await database.$executeRaw`update fan_out set worked_at = clock_timestamp() where id = ${current}`
        }
        throw error
      })
  }

  async #loop(): Promise<void> {
    const { database, log } = this.#options
    while (!this.#stopping) {
      this.#left.clear()
      try {
        const isAny = (await database.fanOut.findFirst({ select: { id: true } })) !== null
        while (isAny && !this.#stopping && (await this.#next())) {}
      } catch (error) {
        log.warn({ err: error }, 'deliveries that are left could not be made: trying again')
        await delay(BACK_OFF_MS)
        this.#left.set()
      }
      await this.#left.wait(POLL_MS)
    }
  }
}

/**
 * @param onBegun is called with the id of what is worked on
 * @returns whether there was anything to do that no other gateway is doing
 */
async function makeBatch(change: Change, outbox: Outbox, onBegun: (id: bigint) => void): Promise<boolean> {
  const { transaction } = change
  const [left] = await transaction.$queryRaw<(FanOut & { id: bigint; done: number })[]>`
    select id, action, chat_event_ids as "chatEventIds", chat_id as "chatId", recipients, done
    from fan_out order by worked_at limit 1 for update skip locked`
  if (!left) return false
  const { id, action, chatEventIds, chatId, recipients } = left
  onBegun(id)
  const deliveries = nextDeliveries(left, left.done)
  const done = left.done + deliveries.length
  if (deliveries.length > 0) {
    await transaction.$executeRaw`
      with ${outbox.insertParts(change, { action, chatId, ping: false }, deliveries)} select from reported`
  }
  if (done >= chatEventIds.length * countOf(recipients)) await transaction.fanOut.delete({ where: { id } })
  else await transaction.$executeRaw`update fan_out set done = ${done}, worked_at = clock_timestamp() where id = ${id}`
  return true
}
