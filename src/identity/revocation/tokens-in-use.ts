import { timeoutAt } from '../../process/timeout-at.ts'
import { expired, revoked, Unauthenticated } from '../unauthenticated.ts'
import type { AccessToken, Viewer } from '../viewer.ts'
import { appliesTo, type Revocation, type Revocations } from './revocations.ts'

/** A token that sockets, streams or log-ins of bot agents at this gateway are tied to. */
export interface Use {
  readonly id: string
  /** As the issuer last reported: its scopes may change. */
  viewer: Viewer
  /** The token itself, only in memory, to ask its issuer about it. */
  readonly token: string
  /** Open sockets and streams: what to call for each when the token ends. */
  readonly holders: Set<(reason: Unauthenticated) => void>
  /** How often it was seen in requests: bot agents may have been logged in with it, here or before a restart. */
  seen: number
  /** Whether bot agents are known to be logged in with it. */
  bound: boolean
  readonly disarm: () => void
}

/** Tokens that were used in requests, but are not known to have anything tied to them. The next rounds look them up in the database. */
const MOST_SEEN = 10_000

/**
 * The tokens that matter beyond one request. While a socket or stream is open, the gateway looks up here what its token allows, and the
 * socket or stream is notified when the token ends. The number of tokens is bounded by the open sockets and streams, the logged-in bot
 * agents and `MOST_SEEN`.
 */
export class TokensInUse {
  readonly #uses = new Map<string, Use>()
  readonly #byRevocationKey = new Map<string, Set<Use>>()
  /** Tokens that were only seen, least recently seen first. */
  readonly #seen = new Set<Use>()
  readonly #tokens = new WeakMap<AccessToken, string>()
  readonly #revocations: Revocations

  constructor(revocations: Revocations) {
    this.#revocations = revocations
    revocations.onAdded((revocation) => this.#revoke(revocation))
  }

  /** Remembers the token as long as the viewer is referenced, and updates the token's use from the viewer. */
  know(viewer: Viewer, token: string): void {
    this.#tokens.set(viewer.accessToken, token)
    const use = this.#uses.get(viewer.accessToken.id)
    if (use) this.renew(use, viewer)
  }

  /** @returns the viewer with what its token allows now @throws Unauthenticated if the token has ended or is revoked */
  recheck(viewer: Viewer): Viewer {
    if (this.#revocations.cover(viewer.accessToken)) throw revoked(viewer)
    const { viewer: now } = this.#uses.get(viewer.accessToken.id) ?? { viewer }
    if (now.expiresAt <= new Date()) throw expired(viewer)
    return now
  }

  /** @returns how many sockets and streams are open with its token */
  holders({ accessToken }: Viewer): number {
    return this.#uses.get(accessToken.id)?.holders.size ?? 0
  }

  /**
   * Registers an open socket or stream.
   * @param end is called once if the token ends first
   * @returns a function to call when the socket or stream is closed
   */
  hold(viewer: Viewer, end: (reason: Unauthenticated) => void): () => void {
    const use = this.#use(viewer)
    use.holders.add(end)
    this.#seen.delete(use)
    if (this.#revocations.cover(viewer.accessToken)) queueMicrotask(() => this.end(use, revoked(viewer)))
    return () => {
      use.holders.delete(end)
      if (this.#uses.get(use.id) !== use || use.holders.size > 0 || use.bound) return
      if (use.seen > 0) this.#onlySeen(use)
      else this.forget(use)
    }
  }

  /**
   * Notes a token that bot agents may be logged in with. The next round looks that up, and if they are, asks the issuer about the token.
   */
  see(viewer: Viewer): void {
    const use = this.#use(viewer)
    use.seen += 1
    if (use.holders.size === 0 && !use.bound) this.#onlySeen(use)
  }

  /** Notes that a bot agent was logged in with the token, so that the issuer is asked about the token. */
  bind(viewer: Viewer): void {
    const use = this.#use(viewer)
    use.seen += 1
    this.keep(use)
  }

  /** To be called when bot agents are known to be logged in with the token. */
  keep(use: Use): void {
    use.bound = true
    this.#seen.delete(use)
  }

  /** A token that is forgotten is noted again when it is used again. */
  #onlySeen(use: Use): void {
    this.#seen.delete(use)
    this.#seen.add(use)
    const [oldest] = this.#seen
    if (this.#seen.size > MOST_SEEN && oldest) this.forget(oldest)
  }

  all(): readonly Use[] {
    return [...this.#uses.values()]
  }

  /**
   * Updates the use from what the issuer now says. If the token now belongs to another application, closes everything that is open with
   * it.
   */
  renew(use: Use, { licenseId, clientId, ...rest }: Viewer): void {
    if (licenseId === use.viewer.licenseId && clientId === use.viewer.clientId) {
      use.viewer = { licenseId, clientId, ...rest }
    } else {
      this.end(use, new Unauthenticated('expired', 'The access token now belongs to another application.'))
    }
  }

  end(use: Use, reason: Unauthenticated): void {
    this.forget(use)
    const holders = [...use.holders]
    use.holders.clear()
    for (const end of holders) end(reason)
  }

  forget(use: Use): void {
    if (this.#uses.get(use.id) !== use) return
    use.disarm()
    this.#seen.delete(use)
    this.#uses.delete(use.id)
    for (const key of use.viewer.accessToken.revocationKeys) {
      const uses = this.#byRevocationKey.get(key)
      uses?.delete(use)
      if (uses?.size === 0) this.#byRevocationKey.delete(key)
    }
  }

  /** Forgets all tokens, and stops their timers. */
  close(): void {
    for (const use of this.all()) this.forget(use)
  }

  #use(viewer: Viewer): Use {
    const { id, revocationKeys } = viewer.accessToken
    const known = this.#uses.get(id)
    if (known) return known
    const use: Use = {
      id,
      viewer,
      token: this.#tokens.get(viewer.accessToken) ?? '',
      holders: new Set(),
      seen: 0,
      bound: false,
      disarm: timeoutAt(viewer.expiresAt, () => this.end(use, expired(viewer))),
    }
    this.#uses.set(id, use)
    for (const key of revocationKeys) {
      const uses = this.#byRevocationKey.get(key) ?? new Set()
      this.#byRevocationKey.set(key, uses.add(use))
    }
    return use
  }

  #revoke(revocation: Revocation): void {
    for (const use of this.#byRevocationKey.get(revocation.key) ?? []) {
      if (appliesTo(revocation, use.viewer.accessToken.issuedAt)) this.end(use, revoked(use.viewer))
    }
  }
}
