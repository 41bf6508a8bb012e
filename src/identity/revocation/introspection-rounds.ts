import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Database } from '../../database/database.ts'
import type { Issuer } from '../issuers/issuer.ts'
import { Unauthenticated } from '../unauthenticated.ts'
import type { AccessToken } from '../viewer.ts'
import { claimForIntrospection, noteIntrospection } from './access-token-store.ts'
import type { Revoke } from './revocation-service.ts'
import type { TokensInUse, Use } from './tokens-in-use.ts'

/** Tokens asked about at a time: fewer than there are connections to the provider, so that log-ins find one. */
const AT_A_TIME = 6
/** A period is cut into so many rounds, so that tokens that came together are not all asked about at once. */
const ROUNDS = 10

/** Of a token that would end within this time anyway, it can't be told whether it was revoked or has ended by the issuer's clock. */
export const ABOUT_TO_END_MS = 2_000

/**
 * Asks the issuer, once in a period, about each token that has open sockets and streams at this gateway or has logged in bot agents
 * here: one that it has ended before its time is revoked, and a change of its scopes takes effect.
 */
export function createIntrospectionRounds(options: {
  introspect: NonNullable<Issuer['introspect']>
  tokensInUse: TokensInUse
  database: Database
  revoke: Revoke
  /** Milliseconds. */
  period: number
  log: Logger
}): { start(): void; stop(): Promise<void> } {
  const { introspect, tokensInUse, database, revoke, period, log } = options
  const dueAt = new WeakMap<Use, number>()
  /** Of which the issuer has told nothing. */
  const silent = new WeakSet<Use>()
  const stopping = new AbortController()
  let running: Promise<void> | undefined

  const due = (): Use[] => {
    const now = Date.now()
    return tokensInUse.all().filter((use) => {
      if (!dueAt.has(use)) dueAt.set(use, now + Math.random() * period)
      return use.token && (dueAt.get(use) ?? 0) <= now
    })
  }

  /** Those with open sockets each gateway asks about itself: it has to know their scopes. The others are for one of all gateways. */
  const claim = async (uses: readonly Use[]): Promise<Use[]> => {
    const [held, others] = [
      uses.filter(({ holders }) => holders.size > 0),
      uses.filter(({ holders }) => holders.size === 0),
    ]
    if (held.length > 0) await noteIntrospection(database, tokensOf(held))
    if (others.length === 0) return held
    const seen = others.map(({ seen }) => seen)
    const { claimed, loggedIn } = await claimForIntrospection(database, tokensOf(others), period * (1 - 1 / ROUNDS))
    for (const [index, use] of others.entries()) {
      // Not if it was seen meanwhile: a bot agent may have been logged in with it since the database was asked.
      const isIdle = use.holders.size === 0 && use.seen === seen[index]
      if (loggedIn.has(use.id)) tokensInUse.keep(use)
      else if (isIdle) tokensInUse.forget(use)
    }
    return [...held, ...others.filter(({ id }) => claimed.has(id))]
  }

  const ask = async (use: Use): Promise<void> => {
    const answer = await introspect(use.token)
    const { viewer } = use
    if (!answer) silent.add(use)
    else if (answer.active) {
      const { licenseId, clientId, scopes } = { ...viewer, ...answer.claims }
      tokensInUse.renew(use, { ...viewer, licenseId, clientId, scopes })
    } else if (viewer.expiresAt.getTime() > Date.now() + ABOUT_TO_END_MS) {
      log.info({ client: viewer.clientId, license: viewer.licenseId }, 'an access token was revoked by its issuer')
      await revoke(viewer.accessToken.ownKeys.map((key) => ({ key, issuedUntil: null, keptUntil: viewer.expiresAt })))
    }
  }

  const round = async (): Promise<void> => {
    const asked = due()
    for (const use of asked) dueAt.set(use, Date.now() + period * (0.9 + Math.random() * 0.1))
    const waiting = (await claim(asked)).filter((use) => !silent.has(use)).values()
    const askOneAfterTheOther = async () => {
      for (const use of waiting) {
        await ask(use).catch((error) => {
          // Where the provider does not answer, it has told so itself.
          if (!(error instanceof Unauthenticated)) log.error({ err: error }, 'a token could not be asked about')
          else if (error.reason !== 'unavailable') tokensInUse.end(use, error)
        })
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, askOneAfterTheOther))
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await delay(period / ROUNDS, undefined, { signal: stopping.signal }).catch(() => {})
      await round().catch((error) => log.error({ err: error }, 'tokens could not be asked about'))
    }
  }

  return {
    start: () => {
      running = run()
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

function tokensOf(uses: readonly Use[]): AccessToken[] {
  return uses.map(({ viewer }) => viewer.accessToken)
}
