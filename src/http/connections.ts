import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { siteOf } from '../webhooks/addresses.ts'

/** Connections that have not borne a valid token yet: all, and from one network. */
const MOST_STRANGERS = 8_192
const MOST_STRANGERS_OF_ONE = 4_096

/**
 * Every connection of a server, whatever has become of it: Node.js lets go of those that are upgraded. Strangers have a part of them,
 * and each network of strangers a part of that.
 */
export class Connections {
  readonly #all = new Set<Socket>()
  readonly #strangers = new Map<Duplex, string>()
  readonly #ofSite = new Map<string, number>()

  /** Whether there is room for one more. */
  admit(socket: Socket): boolean {
    const site = siteOf(socket.remoteAddress ?? '')
    const ofSite = this.#ofSite.get(site) ?? 0
    if (this.#strangers.size >= MOST_STRANGERS || ofSite >= MOST_STRANGERS_OF_ONE) return false
    this.#all.add(socket)
    this.#strangers.set(socket, site)
    this.#ofSite.set(site, ofSite + 1)
    socket.once('close', () => {
      this.#all.delete(socket)
      this.trust(socket)
    })
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
