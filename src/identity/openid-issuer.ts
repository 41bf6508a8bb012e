import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { IntrospectionResponse } from 'openid-client'
import type { Issuer, Standing, TokenClaims } from './issuer.ts'
import { isJwt, verifyAccessToken } from './jwt-access-token.ts'
import type { OpenIdProvider } from './openid-provider.ts'
import { type ClaimNames, readClaims, readScopes } from './token-claims.ts'
import { expired, notYet, otherAudience, otherIssuer, revoked, Unauthenticated } from './unauthenticated.ts'

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

/** Opaque tokens of which the provider's last answer is kept. */
const MOST_KEPT = 10_000

/** An OpenID provider as the one issuer: JWTs are checked with its keys (RFC 9068), other tokens it is asked about (RFC 7662). */
export function openIdIssuer(options: {
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
  const introspect = async (token: string): Promise<TokenClaims | undefined> => {
    const answer = await provider.introspect(token)
    if (!answer?.active) return undefined
    const issuer = await provider.issuer()
    demandForUs(answer, issuer, audience)
    const claims = readClaims({ ...answer, iss: issuer }, names, token)
    if (claims.expiresAt <= new Date()) throw expired()
    return claims
  }

  const kept = new LRUCache<string, TokenClaims, string>({
    max: MOST_KEPT,
    async fetchMethod(_key, _stale, { options, context: token }) {
      const claims = await introspect(token)
      if (claims) options.ttl = ttlOf(claims)
      return claims
    },
  })
  const ttlOf = ({ expiresAt }: TokenClaims) => Math.max(1, Math.min(keepFor, expiresAt.getTime() - Date.now()))
  /** Scopes of JWTs that the provider has told, in place of those that they carry. */
  const told = new LRUCache<string, readonly string[]>({ max: MOST_KEPT })
  const keyOf = (token: string) => createHash('sha256').update(token).digest('base64')

  const standing = async (token: string): Promise<Standing | undefined> => {
    if (!(await provider.canIntrospect())) return undefined
    if (!isJwt(token)) {
      // Through the cache, as a log-in that waits for the same answer would fail if it were replaced.
      const claims = await kept.fetch(keyOf(token), { context: token, forceRefresh: true })
      if (!claims) kept.delete(keyOf(token))
      return claims ? { active: true, claims } : { active: false }
    }
    const answer = await provider.introspect(token)
    if (!answer) return undefined
    if (!answer.active) return { active: false }
    // What the answer leaves out holds as it stands in the token itself.
    const scopes = readScopes(answer[names.scope])
    if (scopes) told.set(keyOf(token), scopes)
    return { active: true, claims: scopes ? { scopes } : {} }
  }

  return {
    standing: asks ? standing : undefined,

    async check(token) {
      if (isJwt(token)) {
        const issuer = await provider.issuer()
        const trust = { key: provider.key, algorithms: ALGORITHMS, issuer, audience, clockTolerance: CLOCK_TOLERANCE }
        const claims = readClaims(await verifyAccessToken(token, trust), names)
        const scopes = told.size > 0 ? told.get(keyOf(token)) : undefined
        return scopes ? { ...claims, scopes } : claims
      }
      if (!(await provider.canIntrospect())) {
        throw new Unauthenticated('malformed', 'The access token is malformed: it is not a signed JWT.')
      }
      if (isRevoked(await provider.issuer(), token)) throw revoked()
      const claims = await kept.fetch(keyOf(token), { context: token })
      if (claims) return claims
      throw new Unauthenticated(
        'foreign',
        'The access token is not active: its issuer does not know it, or has ended it.',
      )
    },
  }
}

/** The provider knows many tokens: only access tokens for this gateway will do. */
function demandForUs(
  { iss, aud, nbf, token_type: type }: IntrospectionResponse,
  issuer: string,
  audience: string,
): void {
  if (iss !== undefined && iss !== issuer) throw otherIssuer(issuer)
  if (![aud].flat().includes(audience)) throw otherAudience(audience)
  if (nbf !== undefined && nbf * 1_000 > Date.now() + CLOCK_TOLERANCE * 1_000) throw notYet()
  if (type !== undefined && !/^bearer$/i.test(type)) {
    throw new Unauthenticated('foreign', `The access token is not to be sent as Bearer: its \`token_type\` is ${type}.`)
  }
}
