import { timeoutAt } from '../../process/timeout-at.ts'
import { expired, revoked, Unauthenticated } from '../unauthenticated.ts'
import type { AccessToken, Viewer } from '../viewer.ts'
import { means, type Revocation, type Revocations } from './revocations.ts'

/** A token on which sockets, streams or the log-in of bot agents hang, at this gateway. */
export interface Use {
  readonly id: string
  /** As its issuer last told: its scopes may change. */
  viewer: Viewer
  /** The token itself, in memory alone, to ask its issuer about it. */
  readonly token: string
  /** Open sockets and streams: what each does when the token ends. */
  readonly holders: Set<(reason: Unauthenticated) => void>
  /** How often it was seen, apart from what it holds open: bot agents may have been logged in with it, here or before a restart. */
  seen: number
  /** Whether bot agents are known to be logged in with it. */
  bound: boolean
  readonly disarm: () => void
}

/** Tokens that were seen and on which, as far as is known, nothing hangs: the next rounds ask the database about them. */
const MOST_SEEN = 10_000

/**
 * The tokens that are used beyond one request. While a socket or stream is open, what its token may do is looked up here, and it
 * is told when the token ends. There are no more than open sockets and streams, bot agents that are logged in, and `MOST_SEEN`.
 */
export class TokensInUse {
  readonly #uses = new Map<string, Use>()
  readonly #byRevocationKey = new Map<string, Set<Use>>()
  /** Those that were seen only, the longest ago first. */
  readonly #seen = new Set<Use>()
  readonly #tokens = new WeakMap<AccessToken, string>()
  readonly #revocations: Revocations

  constructor(revocations: Revocations) {
    this.#revocations = revocations
    revocations.onAdded((revocation) => this.#revoke(revocation))
  }

  /** Remembers the token for as long as there is this viewer. What it says now is what is known of it. */
  know(viewer: Viewer, token: string): void {
    this.#tokens.set(viewer.accessToken, token)
    const use = this.#uses.get(viewer.accessToken.id)
    if (use) this.renew(use, viewer)
  }

  /** @returns the viewer with what its token allows now @throws Unauthenticated where it has ended or is revoked */
  recheck(viewer: Viewer): Viewer {
    if (this.#revocations.cover(viewer.accessToken)) throw revoked(viewer)
    const { viewer: now } = this.#uses.get(viewer.accessToken.id) ?? { viewer }
    if (now.expiresAt <= new Date()) throw expired(viewer)
    return now
  }

  /** How many sockets and streams are open on it. */
  holders({ accessToken }: Viewer): number {
    return this.#uses.get(accessToken.id)?.holders.size ?? 0
  }

  /**
   * For as long as a socket or stream is open.
   * @param end is called once if the token ends before
   * @returns what is to be called when it is closed
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

  /** Bot agents may be logged in with it: whether they are is to be looked up, and the issuer to be asked about it. */
  see(viewer: Viewer): void {
    const use = this.#use(viewer)
    use.seen += 1
    if (use.holders.size === 0 && !use.bound) this.#onlySeen(use)
  }

  /** A bot agent was logged in with it: the issuer is to be asked about it. */
  bind(viewer: Viewer): void {
    const use = this.#use(viewer)
    use.seen += 1
    this.keep(use)
  }

  /** Bot agents are logged in with it. */
  keep(use: Use): void {
    use.bound = true
    this.#seen.delete(use)
  }

  /** One that is forgotten is seen again when it comes by. */
  #onlySeen(use: Use): void {
    this.#seen.delete(use)
    this.#seen.add(use)
    const [oldest] = this.#seen
    if (this.#seen.size > MOST_SEEN && oldest) this.forget(oldest)
  }

  all(): readonly Use[] {
    return [...this.#uses.values()]
  }

  /** The issuer says something else than before. Where it is another application's now, nothing opened before goes on. */
  renew(use: Use, { licenseId, clientId, ...rest }: Viewer): void {
    if (licenseId === use.viewer.licenseId && clientId === use.viewer.clientId) {
      use.viewer = { licenseId, clientId, ...rest }
    } else {
      this.end(use, new Unauthenticated('expired', 'The access token stands for another application now.'))
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

  /** Lets go of all of them, and of their timers. */
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
      if (means(revocation, use.viewer.accessToken.issuedAt)) this.end(use, revoked(use.viewer))
    }
  }
}
