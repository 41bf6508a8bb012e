import { z } from 'zod'
import type { Database } from '../../database/database.ts'
import type { Feed } from '../../feed/feed.ts'
import type { AccessToken } from '../viewer.ts'

/**
 * Revokes the tokens with this revocation key that were issued until `issuedUntil`; null: all of them. A token that does not say when it
 * was issued gets a revocation of its own: see revocation-service.ts.
 */
export interface Revocation {
  readonly key: string
  readonly issuedUntil: Date | null
  /** By then all these tokens have expired. */
  readonly keptUntil: Date
}

const notice = z.object({
  key: z.string(),
  issuedUntil: z.coerce.date().nullable(),
  keptUntil: z.coerce.date(),
})

/**
 * Every revocation of tokens that have not expired, in the memory of this gateway: it is checked for each request and each event of a
 * stream, without a query. Loaded at the start and kept up to date by the feed, which reports the revocations of all gateways.
 */
export class Revocations {
  readonly #byKey = new Map<string, Revocation>()
  readonly #listeners = new Set<(revocation: Revocation) => void>()

  /** @returns whether the token is revoked */
  cover({ revocationKeys, issuedAt }: AccessToken): boolean {
    return revocationKeys.some((key) => {
      const revocation = this.#byKey.get(key)
      return revocation !== undefined && appliesTo(revocation, issuedAt)
    })
  }

  /** @returns whether there is a revocation with exactly this key */
  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** Calls `act` with each revocation that is added from now on; perhaps more than once. */
  onAdded(act: (revocation: Revocation) => void): void {
    this.#listeners.add(act)
  }

  add(revocation: Revocation): void {
    const known = this.#byKey.get(revocation.key)
    this.#byKey.set(revocation.key, known ? joined(known, revocation) : revocation)
    for (const act of this.#listeners) act(revocation)
  }

  /** Loads the revocations. To be called when the feed has started: later ones arrive through the feed. */
  async follow(database: Database, feed: Feed): Promise<void> {
    feed.onNotice(({ topic, data }) => {
      if (topic === 'TOKEN_REVOCATION') this.add(notice.parse(data))
    })
    const stored = await database.tokenRevocation.findMany({ where: { keptUntil: { gt: new Date() } } })
    for (const { key, ...revocation } of stored) this.add({ ...revocation, key: Buffer.from(key).toString('hex') })
  }

  /** Forgets the revocations of tokens that have expired. */
  prune(now = new Date()): void {
    for (const { key, keptUntil } of this.#byKey.values()) if (keptUntil < now) this.#byKey.delete(key)
  }
}

/** @param issuedAt of a token with the revocation's key */
export function appliesTo({ issuedUntil }: Revocation, issuedAt: Date | undefined): boolean {
  return issuedUntil === null || (issuedAt !== undefined && issuedAt <= issuedUntil)
}

function joined(one: Revocation, other: Revocation): Revocation {
  const issuedUntil = one.issuedUntil && other.issuedUntil && later(one.issuedUntil, other.issuedUntil)
  return { key: one.key, issuedUntil, keptUntil: later(one.keptUntil, other.keptUntil) }
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other
}
