import { type Delivery, MOST_ROWS } from './delivery-log.ts'

/** The last update of each delivery that is not shown yet. */
export class WaitingUpdates {
  readonly #updates = new Map<string, Delivery>()

  get count(): number {
    return this.#updates.size
  }

  /** There may have been more than are kept. Only reading the log again tells what has happened. */
  get isFull(): boolean {
    return this.#updates.size >= MOST_ROWS
  }

  add(delivery: Delivery): void {
    if (!this.isFull) this.#updates.set(delivery.id, delivery)
  }

  take(): Delivery[] {
    const updates = [...this.#updates.values()]
    this.#updates.clear()
    return updates
  }
}
