import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { IntrospectionResponse } from 'openid-client'
import { z } from 'zod'
import { expired, inactive, notYet, otherAudience, otherIssuer, revoked, Unauthenticated } from '../unauthenticated.ts'
import type { Introspection, Issuer, TokenClaims } from './issuer.ts'
import { createTokenCheck, isJwt } from './jwt-access-token.ts'
import type { OpenIdProvider } from './openid-provider.ts'
import { type ClaimNames, readCaller, readClaims, readScopes } from './token-claims.ts'

/** RFC 7518 and RFC 8037. Algorithms with shared secrets are not accepted: anyone who can check such a token can also make one. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** Seconds that the provider's clock may be ahead of ours. */
export const CLOCK_TOLERANCE = 30

/** Opaque tokens whose last introspection is cached. */
const MOST_KEPT = 10_000
/** Characters of the cached responses and their tokens: a token has up to 8,192. */
const MOST_CHARACTERS_KEPT = 32 * 1024 * 1024

/** Milliseconds for which a rejected token is rejected again without asking. */
const REJECTED_FOR = 1_000

/** An OpenID provider as the only issuer. JWTs are checked with its keys (RFC 9068). For other tokens, the provider is asked (RFC 7662). */
export function createOpenIdIssuer(options: {
  provider: OpenIdProvider
  audience: string
  claims: ClaimNames
  /** Whether the gateway is a client of the provider, which may ask it about tokens. */
  asks: boolean
  /** Whether a token is known to be revoked. If so, the provider is not asked about it. */
  isRevoked: (issuer: string, identity: string) => boolean
  /** Milliseconds for which a response about an opaque token may be cached. */
  keepFor: number
}): Issuer {
  const { provider, audience, claims: names, asks, isRevoked, keepFor } = options

  /** @returns `undefined` if the token is not active */
  const introspect = async (token: string, known: boolean): Promise<TokenClaims | undefined> => {
    const answer = await provider.introspect(token, known)
    if (!answer)
      throw new Unauthenticated('foreign', 'The issuer of the access token does not introspect tokens of this kind.')
    if (!answer.active) return undefined
    const issuer = await provider.issuer()
    demandForUs(answer, { issuer, audience, names })
    const claims = readClaims({ ...answer, iss: issuer }, names, token)
    if (claims.expiresAt <= new Date()) throw expired(claims)
    return claims
  }

  const kept = new LRUCache<string, TokenClaims, { token: string; known: boolean }>({
    max: MOST_KEPT,
    maxSize: MOST_CHARACTERS_KEPT,
    sizeCalculation: ({ identity, scopes }) => identity.length + scopes.join(' ').length + 1,
    async fetchMethod(_key, _stale, { options, context: { token, known } }) {
      const claims = await introspect(token, known)
      if (claims) options.ttl = ttlOf(claims)
      return claims
    },
  })
  const ttlOf = ({ expiresAt }: TokenClaims) => Math.max(1, Math.min(keepFor, expiresAt.getTime() - Date.now()))
  const rejected = new LRUCache<string, Unauthenticated>({ max: MOST_KEPT, ttl: REJECTED_FOR })
  /** Scopes that the provider has reported for JWTs. They replace those in the tokens. */
  const reportedScopes = new LRUCache<string, readonly string[]>({
    max: MOST_KEPT,
    maxSize: MOST_CHARACTERS_KEPT,
    sizeCalculation: (scopes) => scopes.join(' ').length + 1,
  })
  const checkJwt = createTokenCheck()
  const keyOf = (token: string) => createHash('sha256').update(token).digest('base64')

  const checkOpaque = async (token: string, known: boolean): Promise<TokenClaims> => {
    const key = keyOf(token)
    const rejection = rejected.get(key)
    if (rejection) throw rejection
    try {
      const claims = await kept.fetch(key, { context: { token, known } })
      if (claims) return claims
      throw inactive()
    } catch (error) {
      if (error instanceof Unauthenticated && error.reason !== 'unavailable') rejected.set(key, error)
      throw error
    }
  }

  const introspectNow = async (token: string): Promise<Introspection | undefined> => {
    if (!(await provider.canIntrospect())) return undefined
    if (!isJwt(token)) {
      // Through the cache: a log-in that waits for the same response would fail if the entry were replaced.
      const claims = await kept.fetch(keyOf(token), { context: { token, known: true }, forceRefresh: true })
      if (!claims) kept.delete(keyOf(token))
      return claims ? { active: true, claims } : { active: false }
    }
    const answer = await provider.introspect(token, true)
    if (!answer) return undefined
    if (!answer.active) return { active: false }
    // If the response has no scopes, those in the token apply.
    const scopes = readScopes(answer[names.scope])
    if (scopes) reportedScopes.set(keyOf(token), scopes)
    return { active: true, claims: scopes ? { scopes } : {} }
  }

  return {
    identifier: () => provider.issuer(),
    introspect: asks ? introspectNow : undefined,

    async check(token, { known = false } = {}) {
      if (isJwt(token)) {
        const issuer = await provider.issuer()
        const clockTolerance = CLOCK_TOLERANCE
        const trust = { key: provider.key, algorithms: ALGORITHMS, issuer, audience, clockTolerance, names }
        const claims = await checkJwt(token, trust)
        const scopes = reportedScopes.size > 0 ? reportedScopes.get(keyOf(token)) : undefined
        return scopes ? { ...claims, scopes } : claims
      }
      if (!(await provider.canIntrospect())) {
        throw new Unauthenticated('malformed', 'The access token is malformed: it is not a signed JWT.')
      }
      if (isRevoked(await provider.issuer(), token)) throw revoked()
      return checkOpaque(token, known)
    },
  }
}

const answer = z.object({
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  nbf: z.number().optional(),
  token_type: z.string().optional(),
})

/** The provider also introspects tokens that are not access tokens for this gateway: those are rejected. */
function demandForUs(
  response: IntrospectionResponse,
  { issuer, audience, names }: { issuer: string; audience: string; names: ClaimNames },
): void {
  const caller = readCaller(response, names)
  const { data, error } = answer.safeParse(response)
  if (!data) {
    const wrong = [...new Set(error.issues.map(({ path: [name] }) => `\`${String(name)}\``))].join(', ')
    throw new Unauthenticated('malformed', `The access token has no valid ${wrong} claim.`, caller)
  }
  const { iss, aud, nbf, token_type: type } = data
  if (iss !== undefined && iss !== issuer) throw otherIssuer(issuer, caller)
  if (![aud].flat().includes(audience)) throw otherAudience(audience, caller)
  if (nbf !== undefined && nbf * 1_000 > Date.now() + CLOCK_TOLERANCE * 1_000) throw notYet(caller)
  if (type !== undefined && !/^bearer$/i.test(type)) {
    const named = type.slice(0, 16)
    const message = `The access token is not a Bearer token: its \`token_type\` is ${named}.`
    throw new Unauthenticated('foreign', message, caller)
  }
}
