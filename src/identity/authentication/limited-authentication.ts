import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Line, NoPlace } from '../../admission/line.ts'
import type { RateLimits } from '../../admission/rate-limits.ts'
import type { Turns } from '../../admission/turns.ts'
import { RateLimited } from '../../contract/request-error.ts'
import { siteOf } from '../../outbound/addresses.ts'
import { type Caller, Unauthenticated, unavailable } from '../unauthenticated.ts'
import type { Viewer } from '../viewer.ts'
import type { Authenticate } from './access-token.ts'

/**
 * Finds the viewer of an `Authorization` header that was sent from an address.
 * @throws Unauthenticated, or RateLimited if too many tokens from that address were not valid, or are waiting to be checked
 */
export type LimitedAuthentication = (authorization: string | null | undefined, address: string) => Promise<Viewer>

/** The number of valid tokens that are remembered: those used last. */
const MOST_KNOWN = 10_000

/** How many new tokens of one site (an IPv4 address or an IPv6 network) are checked at a time. */
const AT_A_TIME = 4
/** How many new tokens of one site may wait to be checked. */
const MOST_WAITING = 1_000
/** How many new tokens of all sites may be waiting or being checked. */
const MOST_UNDER_WAY = 5_000
/** How long a new token may wait to be checked. */
const LONGEST_WAIT_MS = 10_000

/** A token that has expired or was revoked was valid once, and one that can't be checked now may be valid. */
const noGuess: ReadonlySet<Unauthenticated['reason']> = new Set(['expired', 'revoked', 'unavailable'])

/**
 * Limits how often an address can guess tokens. A token that was valid before is exempt: others behind the same address can't lock it
 * out or make it wait.
 */
export function limitAuthentication(
  authenticate: Authenticate,
  rates: Pick<RateLimits, 'logInsLeft' | 'logInFailed'>,
  arrivals: Turns,
): LimitedAuthentication {
  const known = new LRUCache<string, Caller>({ max: MOST_KNOWN })
  /** Only sites with new tokens in progress have a line. */
  const lines = new Map<string, Line>()
  let underWay = 0

  const attempt = async (authorization: string, key: string, site: string): Promise<Viewer> => {
    const caller = known.get(key)
    try {
      const viewer = await authenticate(authorization, { known: caller !== undefined })
      if (!caller) known.set(key, { licenseId: viewer.licenseId, clientId: viewer.clientId })
      return viewer
    } catch (error) {
      if (error instanceof Unauthenticated) {
        error.caller ??= caller
        if (error.reason !== 'unavailable') known.delete(key)
        if (!noGuess.has(error.reason)) rates.logInFailed(site)
      }
      throw error
    }
  }

  /** Never checks more tokens at a time than may still fail: so the limit is exact, and valid tokens do not count against it. */
  const lineOf = (site: string): Line => {
    const line = lines.get(site)
    if (line) return line
    const atATime = () => Math.max(1, Math.min(AT_A_TIME, left(site)))
    const made = new Line({ atATime, mostWaiting: MOST_WAITING, longestWait: LONGEST_WAIT_MS })
    lines.set(site, made)
    return made
  }
  const left = (site: string) => rates.logInsLeft(site).count

  const demandLeft = (site: string) => {
    const { count, refusal } = rates.logInsLeft(site)
    if (count <= 0 && refusal) throw refusal
  }

  const inLine = async (authorization: string, key: string, site: string): Promise<Viewer> => {
    demandLeft(site)
    if (underWay >= MOST_UNDER_WAY) throw busy()
    const line = lineOf(site)
    underWay += 1
    try {
      return await line.run(async () => {
        // A thousand refusals, one right after the other, would block the event loop.
        await arrivals.pass(site)
        demandLeft(site)
        return attempt(authorization, key, site)
      })
    } catch (error) {
      if (!(error instanceof NoPlace)) throw error
      // Guesses fail quickly: if the line does not move, the issuer does not respond.
      throw error.reason === 'late' ? unavailable() : busy()
    } finally {
      underWay -= 1
      if (line.isIdle && lines.get(site) === line) lines.delete(site)
    }
  }

  return async (authorization, address) => {
    if (!authorization) return authenticate(authorization)
    const key = hash('sha256', authorization, 'base64')
    const site = siteOf(address)
    const caller = known.get(key)
    await arrivals.pass(caller ? `${caller.licenseId} ${caller.clientId}` : site)
    if (caller) return attempt(authorization, key, site)
    return inLine(authorization, key, site)
  }
}

function busy(): RateLimited {
  const seconds = LONGEST_WAIT_MS / 1_000
  const message = 'Too many new access tokens are waiting to be checked.'
  return new RateLimited(`${message} Try again in ${seconds} s.`, seconds)
}
