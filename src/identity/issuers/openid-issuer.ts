import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { IntrospectionResponse } from 'openid-client'
import { z } from 'zod'
import { expired, inactive, notYet, otherAudience, otherIssuer, revoked, Unauthenticated } from '../unauthenticated.ts'
import type { Introspection, Issuer, TokenClaims } from './issuer.ts'
import { isJwt, verifyAccessToken } from './jwt-access-token.ts'
import type { OpenIdProvider } from './openid-provider.ts'
import { type ClaimNames, readCaller, readClaims, readScopes } from './token-claims.ts'

/** RFC 7518 and RFC 8037. Those with shared secrets are not here: whoever can check such a token could make one. */
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

/** Opaque tokens of which the provider's last answer is kept, and the characters of these answers: a token has up to 8,192. */
const MOST_KEPT = 10_000
const MOST_CHARACTERS_KEPT = 32 * 1024 * 1024

/** Milliseconds for which a token that was refused is refused without asking again. */
const REFUSED_FOR = 1_000

/** An OpenID provider as the one issuer: JWTs are checked with its keys (RFC 9068), other tokens it is asked about (RFC 7662). */
export function createOpenIdIssuer(options: {
  provider: OpenIdProvider
  audience: string
  claims: ClaimNames
  /** Whether the gateway is a client of the provider, and so may ask it about tokens. */
  asks: boolean
  /** Whether it is known already that a token was revoked, so that nobody has to be asked. */
  isRevoked: (issuer: string, identity: string) => boolean
  /** Milliseconds for which an answer about an opaque token may be kept. */
  keepFor: number
}): Issuer {
  const { provider, audience, claims: names, asks, isRevoked, keepFor } = options

  /** Where the answer is no, `undefined`. */
  const introspect = async (token: string, known: boolean): Promise<TokenClaims | undefined> => {
    const answer = await provider.introspect(token, known)
    if (!answer) throw new Unauthenticated('foreign', 'The issuer of the access token does not tell about such tokens.')
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
  const refused = new LRUCache<string, Unauthenticated>({ max: MOST_KEPT, ttl: REFUSED_FOR })
  /** Scopes of JWTs that the provider has told, in place of those that they carry. */
  const told = new LRUCache<string, readonly string[]>({
    max: MOST_KEPT,
    maxSize: MOST_CHARACTERS_KEPT,
    sizeCalculation: (scopes) => scopes.join(' ').length + 1,
  })
  const keyOf = (token: string) => createHash('sha256').update(token).digest('base64')

  const checkOpaque = async (token: string, known: boolean): Promise<TokenClaims> => {
    const key = keyOf(token)
    const refusal = refused.get(key)
    if (refusal) throw refusal
    try {
      const claims = await kept.fetch(key, { context: { token, known } })
      if (claims) return claims
      throw inactive()
    } catch (error) {
      if (error instanceof Unauthenticated && error.reason !== 'unavailable') refused.set(key, error)
      throw error
    }
  }

  const introspectNow = async (token: string): Promise<Introspection | undefined> => {
    if (!(await provider.canIntrospect())) return undefined
    if (!isJwt(token)) {
      // Through the cache, as a log-in that waits for the same answer would fail if it were replaced.
      const claims = await kept.fetch(keyOf(token), { context: { token, known: true }, forceRefresh: true })
      if (!claims) kept.delete(keyOf(token))
      return claims ? { active: true, claims } : { active: false }
    }
    const answer = await provider.introspect(token, true)
    if (!answer) return undefined
    if (!answer.active) return { active: false }
    // What the answer leaves out holds as it stands in the token itself.
    const scopes = readScopes(answer[names.scope])
    if (scopes) told.set(keyOf(token), scopes)
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
        const claims = readClaims(await verifyAccessToken(token, trust), names)
        const scopes = told.size > 0 ? told.get(keyOf(token)) : undefined
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

/** The provider knows many tokens: only access tokens for this gateway will do. */
function demandForUs(
  response: IntrospectionResponse,
  { issuer, audience, names }: { issuer: string; audience: string; names: ClaimNames },
): void {
  const caller = readCaller(response, names)
  const { data, error } = answer.safeParse(response)
  if (!data) {
    const wrong = [...new Set(error.issues.map(({ path: [name] }) => `\`${String(name)}\``))].join(', ')
    throw new Unauthenticated('malformed', `The access token lacks a usable ${wrong} claim.`, caller)
  }
  const { iss, aud, nbf, token_type: type } = data
  if (iss !== undefined && iss !== issuer) throw otherIssuer(issuer, caller)
  if (![aud].flat().includes(audience)) throw otherAudience(audience, caller)
  if (nbf !== undefined && nbf * 1_000 > Date.now() + CLOCK_TOLERANCE * 1_000) throw notYet(caller)
  if (type !== undefined && !/^bearer$/i.test(type)) {
    const named = type.slice(0, 16)
    const message = `The access token is not to be sent as Bearer: its \`token_type\` is ${named}.`
    throw new Unauthenticated('foreign', message, caller)
  }
}
