import type { RequestError } from '../contract/request-error.ts'

/** One stream of the feed, which can be ended at any time, whatever it waits for. */
export class Subscriber {
  #ended: 'closed' | RequestError | undefined
  #wake: () => void = () => {}
  /** Called when it ends. */
  onEnd: () => void = () => {}

  /** A wait that is under way returns at once. If it is called again, the first reason stays. */
  end(reason: 'closed' | RequestError): void {
    this.#ended ??= reason
    this.#wake()
    this.onEnd()
  }

  /** Whether it has ended, for whatever reason. */
  get isOver(): boolean {
    return this.#ended !== undefined
  }

  /** @returns whether its reader has closed it @throws the error that it was ended with */
  isClosed(): boolean {
    if (this.#ended === undefined || this.#ended === 'closed') return this.#ended === 'closed'
    throw this.#ended
  }

  /** @returns what the promise resolves to; undefined if the subscriber ends before */
  wait<Value>(promise: Promise<Value>): Promise<Value | undefined> {
    const { promise: ended, resolve } = Promise.withResolvers<undefined>()
    this.#wake = () => resolve(undefined)
    if (this.#ended !== undefined) resolve(undefined)
    return Promise.race([promise, ended])
  }
}
