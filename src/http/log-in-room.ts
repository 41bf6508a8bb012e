import { Overloaded } from '../request-error.ts'
import { siteOf } from '../webhooks/addresses.ts'

/** Connections that have not logged in yet: all, and from one network. */
const MOST = 8_192
const MOST_OF_ONE = 4_096

/** Counts the connections of strangers, each of which costs memory until it has borne a token that holds, or its time is up. */
export class LogInRoom {
  readonly #ofSite = new Map<string, number>()
  #all = 0

  /**
   * @returns what is to be called when the connection has logged in, or is gone; it may be called more than once
   * @throws Overloaded
   */
  take(address: string): () => void {
    const site = siteOf(address)
    const ofSite = this.#ofSite.get(site) ?? 0
    if (this.#all >= MOST || ofSite >= MOST_OF_ONE) throw new Overloaded()
    this.#all += 1
    this.#ofSite.set(site, ofSite + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#all -= 1
      const left = (this.#ofSite.get(site) ?? 1) - 1
      if (left > 0) this.#ofSite.set(site, left)
      else this.#ofSite.delete(site)
    }
  }
}
