import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Issuer } from '../issuers/issuer.ts'
import { Unauthenticated } from '../unauthenticated.ts'
import type { AccessToken } from '../viewer.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import type { Revoke } from './revocation-service.ts'
import type { TokensInUse, Use } from './tokens-in-use.ts'

/** Concurrent requests about tokens: fewer than the connections to the provider, so that some are left for log-ins. */
const AT_A_TIME = 6
/** Rounds in a period, so that the gateway does not ask at once about all tokens that were first used together. */
const ROUNDS = 10

/**
 * An inactive token that would expire within this time may have been revoked, or may have expired already by the issuer's clock. It
 * counts as expired.
 */
export const ABOUT_TO_END_MS = 2_000

interface Options {
  readonly introspect: NonNullable<Issuer['introspect']>
  readonly tokensInUse: TokensInUse
  readonly tokens: AccessTokenStore
  readonly revoke: Revoke
  /** Milliseconds. */
  readonly period: number
  readonly log: Logger
}

/**
 * Asks the issuer once in every period about each token that has open sockets or streams at this gateway, or with which bot agents are
 * logged in. A token that the issuer has ended early is revoked, and a change of its scopes takes effect.
 */
export class IntrospectionRounds {
  readonly #options: Options
  readonly #dueAt = new WeakMap<Use, number>()
  /** Tokens that the issuer does not introspect. */
  readonly #notIntrospected = new WeakSet<Use>()
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined

  constructor(options: Options) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { period, log } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await delay(period / ROUNDS, undefined, { signal }).catch(() => {})
      await this.#round().catch((error) => log.error({ err: error }, 'a round of introspection failed'))
    }
  }

  async #round(): Promise<void> {
    const { tokensInUse, period, log } = this.#options
    const uses = this.#due()
    for (const use of uses) this.#dueAt.set(use, Date.now() + period * (0.9 + Math.random() * 0.1))
    const waiting = (await this.#claim(uses)).filter((use) => !this.#notIntrospected.has(use)).values()
    const askInSequence = async () => {
      for (const use of waiting) {
        await this.#ask(use).catch((error) => {
          // If the provider does not respond, it has already logged that.
          if (!(error instanceof Unauthenticated)) log.error({ err: error }, 'could not ask the issuer about a token')
          else if (error.reason !== 'unavailable') tokensInUse.end(use, error)
        })
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, askInSequence))
  }

  #due(): Use[] {
    const { tokensInUse, period } = this.#options
    const now = Date.now()
    return tokensInUse.all().filter((use) => {
      if (!this.#dueAt.has(use)) this.#dueAt.set(use, now + Math.random() * period)
      return use.token && (this.#dueAt.get(use) ?? 0) <= now
    })
  }

  /** A gateway asks about every token with open sockets itself, because it has to know the scopes. One gateway asks about each other token. */
  async #claim(uses: readonly Use[]): Promise<Use[]> {
    const { tokensInUse, tokens, period } = this.#options
    const [held, others] = [
      uses.filter(({ holders }) => holders.size > 0),
      uses.filter(({ holders }) => holders.size === 0),
    ]
    if (held.length > 0) await tokens.noteIntrospection(tokensOf(held))
    if (others.length === 0) return held
    const seen = others.map(({ seen }) => seen)
    const { claimed, loggedIn } = await tokens.claimForIntrospection(tokensOf(others), period * (1 - 1 / ROUNDS))
    for (const [index, use] of others.entries()) {
      // It is not idle if it was seen meanwhile: a bot agent may have been logged in with it since the query.
      const isIdle = use.holders.size === 0 && use.seen === seen[index]
      if (loggedIn.has(use.id)) tokensInUse.keep(use)
      else if (isIdle) tokensInUse.forget(use)
    }
    return [...held, ...others.filter(({ id }) => claimed.has(id))]
  }

  async #ask(use: Use): Promise<void> {
    const { introspect, tokensInUse, revoke, log } = this.#options
    const answer = await introspect(use.token)
    const { viewer } = use
    if (!answer) this.#notIntrospected.add(use)
    else if (answer.active) {
      const { licenseId, clientId, scopes } = { ...viewer, ...answer.claims }
      tokensInUse.renew(use, { ...viewer, licenseId, clientId, scopes })
    } else if (viewer.expiresAt.getTime() > Date.now() + ABOUT_TO_END_MS) {
      log.info({ client: viewer.clientId, license: viewer.licenseId }, 'an access token was revoked by its issuer')
      await revoke(viewer.accessToken.ownKeys.map((key) => ({ key, issuedUntil: null, keptUntil: viewer.expiresAt })))
    }
  }
}

function tokensOf(uses: readonly Use[]): AccessToken[] {
  return uses.map(({ viewer }) => viewer.accessToken)
}
