import type { GraphQLError, Result } from './request.ts'

/** How many events are shown. */
const MOST_SHOWN = 50
/** Milliseconds without an event after which a resumed stream has caught up; and after which it has in any case. */
const PAUSE = 500
const LONGEST_CATCH_UP = 10_000

/** The events of a subscription as the page shows them: newest first. */
export class EventList {
  #state = 'connecting'
  #errors: readonly GraphQLError[] | undefined
  #count = 0
  #events: object[] = []
  #caughtUp: number | undefined
  #catchingUp = { from: 0, until: 0 }
  readonly #now: () => Date

  constructor(now = () => new Date()) {
    this.#now = now
  }

  /** The gateway has subscribed: for the first time, or again; then either after a cursor, or from now on. */
  opened({ isResumed, fromCursor }: { isResumed: boolean; fromCursor: boolean }): void {
    const now = this.#now()
    this.#errors = undefined
    this.#caughtUp = fromCursor ? 0 : undefined
    this.#state = `listening ${isResumed ? 'again ' : ''}since ${timeOf(now)}`
    this.#catchingUp = { from: now.getTime(), until: now.getTime() + PAUSE }
  }

  add(event: Result): void {
    const now = this.#now()
    this.#count += 1
    this.#events = [{ time: timeOf(now), ...event }, ...this.#events.slice(0, MOST_SHOWN - 1)]
    const { from, until } = this.#catchingUp
    if (this.#caughtUp === undefined || now.getTime() > until) return
    this.#caughtUp += 1
    this.#catchingUp.until = Math.min(now.getTime() + PAUSE, from + LONGEST_CATCH_UP)
  }

  /** @param state what happens now, or has to be done */
  interrupted(state: string, errors: readonly GraphQLError[] = []): void {
    this.#state = state
    this.#errors = errors.length > 0 ? errors : undefined
  }

  get shown(): object {
    const isQuiet = this.#count === 0 && this.#state.startsWith('listening')
    return {
      stream: `${this.#state}${isQuiet ? ', no event yet' : ''}${this.#told}`,
      ...(this.#errors && { errors: this.#errors }),
      count: this.#count,
      events: this.#events,
    }
  }

  get #told(): string {
    if (this.#caughtUp === undefined || !this.#state.startsWith('listening')) return ''
    return this.#caughtUp === 1 ? ', caught up 1 event' : `, caught up ${this.#caughtUp} events`
  }

  get count(): number {
    return this.#count
  }
}

function timeOf(date: Date): string {
  return date.toLocaleTimeString('en-GB')
}
