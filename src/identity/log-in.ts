import { createHash } from 'node:crypto'
import type { RateLimits } from '../rate-limits.ts'
import type { Authenticate } from './access-token.ts'
import { Unauthenticated } from './unauthenticated.ts'
import type { Viewer } from './viewer.ts'

/**
 * Tells who bears an `Authorization` header and calls from an address.
 * @throws Unauthenticated, or RateLimited where too many tokens from that address did not hold
 */
export type LogIn = (authorization: string | null | undefined, address: string) => Promise<Viewer>

/** Tokens that have held, of which this many are remembered. */
const MOST_HELD = 10_000

/** One that has expired or was revoked was good once, and one that can't be checked now may be. */
const noGuess: ReadonlySet<Unauthenticated['reason']> = new Set(['expired', 'revoked', 'unavailable'])

/** A token that has held is looked at all the same: neighbours behind one address can't lock it out. */
export function limitedLogIn(authenticate: Authenticate, rates: RateLimits): LogIn {
  const held = new Set<string>()
  const remember = (token: string) => {
    // The one used last is the last to be forgotten.
    held.delete(token)
    held.add(token)
    const [oldest] = held
    if (held.size > MOST_HELD && oldest) held.delete(oldest)
  }

  return async (authorization, address) => {
    if (!authorization) return authenticate(authorization)
    const token = createHash('sha256').update(authorization).digest('base64')
    if (!held.has(token)) await rates.demandLogIn(address)
    try {
      const viewer = await authenticate(authorization)
      remember(token)
      return viewer
    } catch (error) {
      if (error instanceof Unauthenticated && !noGuess.has(error.reason)) await rates.noteLogInFailure(address)
      throw error
    }
  }
}
