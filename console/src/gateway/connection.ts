/** How the live streams fare, all of which share one socket. */
export type Connection =
  /** No screen follows anything. */
  | { readonly state: 'idle' }
  | { readonly state: 'connecting' }
  /** `caughtUp`: how many events came late, after an interruption; until the next one. */
  | { readonly state: 'live'; readonly caughtUp?: number | undefined }
  | { readonly state: 'reconnecting'; readonly reason: string }
  /** The browser says that there is no network. */
  | { readonly state: 'offline' }

/** Milliseconds after an interruption in which the first event that was missed may come: a gateway that has just started is slow. */
const FIRST = 3_000
/** Milliseconds without an event after which what came since an interruption counts as caught up. */
const QUIET = 600
/** Milliseconds after which it does so even if events keep coming. */
const LONGEST_CATCH_UP = 4_000

export class ConnectionMonitor {
  #connection: Connection = { state: 'idle' }
  readonly #listeners = new Set<() => void>()
  #interrupted = false
  #late = 0
  #since = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  readonly current = (): Connection => this.#connection

  connecting(): void {
    if (this.#connection.state === 'idle') this.#set({ state: 'connecting' })
  }

  connected(): void {
    this.#late = 0
    this.#since = Date.now()
    this.#set({ state: 'live' })
    if (this.#interrupted) this.#settleAfter(FIRST)
  }

  interrupted(reason: string): void {
    clearTimeout(this.#timer)
    this.#interrupted = true
    this.#set(navigator.onLine ? { state: 'reconnecting', reason } : { state: 'offline' })
  }

  /** Nothing is followed any more. */
  left(): void {
    clearTimeout(this.#timer)
    this.#interrupted = false
    this.#set({ state: 'idle' })
  }

  event(): void {
    if (!this.#interrupted || this.#connection.state !== 'live') return
    this.#late += 1
    if (Date.now() - this.#since < LONGEST_CATCH_UP) this.#settleAfter(QUIET)
  }

  #settleAfter(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#interrupted = false
      this.#set({ state: 'live', caughtUp: this.#late })
    }, milliseconds)
  }

  #set(connection: Connection): void {
    this.#connection = connection
    for (const listener of this.#listeners) listener()
  }
}
