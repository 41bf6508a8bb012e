import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type AllowedNetworks, liesIn, siteOf } from '../../outbound/addresses.ts'

/** Connections that have not borne a valid token yet: all, and from one network. */
const MOST_STRANGERS = 8_192
const MOST_STRANGERS_OF_ONE = 4_096

/**
 * Every connection of a server, whatever has become of it: Node.js lets go of those that are upgraded. Strangers have a part of them,
 * and each network of strangers a part of that.
 */
export class Connections {
  readonly #proxies: AllowedNetworks
  readonly #all = new Set<Duplex>()
  readonly #strangers = new Map<Duplex, string>()
  readonly #ofSite = new Map<string, number>()

  /** @param proxies whose connections are those of others: they see to it themselves how many they open */
  constructor(proxies: AllowedNetworks) {
    this.#proxies = proxies
  }

  /** Whether there is room for one more. */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress ?? ''
    if (!liesIn(this.#proxies, address) && !this.count(socket, address)) return false
    this.#all.add(socket)
    socket.once('close', () => {
      this.#all.delete(socket)
      this.trust(socket)
    })
    return true
  }

  /** Counts it as a stranger's from the address, unless it is counted already; false if there are too many. */
  count(socket: Duplex, address: string): boolean {
    if (this.#strangers.has(socket)) return true
    const site = siteOf(address)
    const ofSite = this.#ofSite.get(site) ?? 0
    if (this.#strangers.size >= MOST_STRANGERS || ofSite >= MOST_STRANGERS_OF_ONE) return false
    this.#strangers.set(socket, site)
    this.#ofSite.set(site, ofSite + 1)
    return true
  }

  /** To be called when the connection has borne a valid token: it is no stranger's any more. */
  trust(socket: Duplex): void {
    const site = this.#strangers.get(socket)
    if (site === undefined) return
    this.#strangers.delete(socket)
    const left = (this.#ofSite.get(site) ?? 1) - 1
    if (left > 0) this.#ofSite.set(site, left)
    else this.#ofSite.delete(site)
  }

  /** Cuts all of them off. */
  destroy(): void {
    for (const socket of this.#all) socket.destroy()
  }
}
