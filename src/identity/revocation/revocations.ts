import { z } from 'zod'
import type { Database } from '../../database/database.ts'
import type { Feed } from '../../feed/feed.ts'
import type { AccessToken } from '../viewer.ts'

/**
 * Which tokens are revoked: those with this revocation key that were issued up to a moment; null: all of them. Of those that do not say
 * when they were issued, each that is meant has a revocation of its own: see revocation-service.ts.
 */
export interface Revocation {
  readonly key: string
  readonly issuedUntil: Date | null
  /** By then they have all ended by themselves. */
  readonly keptUntil: Date
}

const notice = z.object({
  key: z.string(),
  issuedUntil: z.coerce.date().nullable(),
  keptUntil: z.coerce.date(),
})

/**
 * Every revocation that matters still, in the memory of this gateway: asked for each request and each event of a stream, so no
 * query is. Loaded at the start and kept true by the feed, which tells of those of all gateways.
 */
export class Revocations {
  readonly #byKey = new Map<string, Revocation>()
  readonly #listeners = new Set<(revocation: Revocation) => void>()

  cover({ revocationKeys, issuedAt }: AccessToken): boolean {
    return revocationKeys.some((key) => {
      const revocation = this.#byKey.get(key)
      return revocation !== undefined && means(revocation, issuedAt)
    })
  }

  /** Whether it is the very token that was revoked, by the key of its own. */
  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** Calls back for each one that is added from now on; perhaps more than once. */
  onAdded(act: (revocation: Revocation) => void): void {
    this.#listeners.add(act)
  }

  add(revocation: Revocation): void {
    const known = this.#byKey.get(revocation.key)
    this.#byKey.set(revocation.key, known ? joined(known, revocation) : revocation)
    for (const act of this.#listeners) act(revocation)
  }

  /** To be called when the feed has started: what is revoked later comes by the feed. */
  async follow(database: Database, feed: Feed): Promise<void> {
    feed.onNotice(({ topic, data }) => {
      if (topic === 'TOKEN_REVOCATION') this.add(notice.parse(data))
    })
    const stored = await database.tokenRevocation.findMany({ where: { keptUntil: { gt: new Date() } } })
    for (const { key, ...revocation } of stored) this.add({ ...revocation, key: Buffer.from(key).toString('hex') })
  }

  /** Forgets those that matter no more. */
  prune(now = new Date()): void {
    for (const { key, keptUntil } of this.#byKey.values()) if (keptUntil < now) this.#byKey.delete(key)
  }
}

export function means({ issuedUntil }: Revocation, issuedAt: Date | undefined): boolean {
  return issuedUntil === null || (issuedAt !== undefined && issuedAt <= issuedUntil)
}

function joined(one: Revocation, other: Revocation): Revocation {
  const issuedUntil = one.issuedUntil && other.issuedUntil && later(one.issuedUntil, other.issuedUntil)
  return { key: one.key, issuedUntil, keptUntil: later(one.keptUntil, other.keptUntil) }
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other
}
