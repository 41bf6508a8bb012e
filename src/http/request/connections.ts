import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type AllowedNetworks, liesIn, siteOf } from '../../outbound/addresses.ts'

/** Strangers are connections on which no valid token has been sent yet. These are their limits: in all, and from one network. */
const MOST_STRANGERS = 8_192
const MOST_STRANGERS_OF_ONE = 4_096

/**
 * Every connection of a server, including upgraded ones, which Node.js does not keep track of. Strangers may use a share of the
 * connections, and each network a share of that.
 */
export class Connections {
  readonly #proxies: AllowedNetworks
  readonly #all = new Set<Duplex>()
  readonly #strangers = new Map<Duplex, string>()
  readonly #ofSite = new Map<string, number>()

  /** @param proxies open connections for others, and limit their number themselves */
  constructor(proxies: AllowedNetworks) {
    this.#proxies = proxies
  }

  /** Adds the connection. @returns whether there is room for it */
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

  /** Counts the connection as a stranger from the address, unless it is counted already. @returns false if there are too many */
  count(socket: Duplex, address: string): boolean {
    if (this.#strangers.has(socket)) return true
    const site = siteOf(address)
    const ofSite = this.#ofSite.get(site) ?? 0
    if (this.#strangers.size >= MOST_STRANGERS || ofSite >= MOST_STRANGERS_OF_ONE) return false
    this.#strangers.set(socket, site)
    this.#ofSite.set(site, ofSite + 1)
    return true
  }

  /** To be called when a valid token was sent on the connection: it is no longer a stranger. */
  trust(socket: Duplex): void {
    const site = this.#strangers.get(socket)
    if (site === undefined) return
    this.#strangers.delete(socket)
    const left = (this.#ofSite.get(site) ?? 1) - 1
    if (left > 0) this.#ofSite.set(site, left)
    else this.#ofSite.delete(site)
  }

  /** Closes all connections at once. */
  destroy(): void {
    for (const socket of this.#all) socket.destroy()
  }
}
