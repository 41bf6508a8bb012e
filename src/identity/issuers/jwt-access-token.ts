import { hash } from 'node:crypto'
import { type CryptoKey, decodeProtectedHeader, errors, type JWTHeaderParameters, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { type Caller, expired, notYet, otherAudience, otherIssuer, Unauthenticated } from '../unauthenticated.ts'
import type { TokenClaims } from './issuer.ts'
import { type ClaimNames, readCaller, readClaims } from './token-claims.ts'

/** Finds the key that has signed a JWT. It returns the same object for as long as that key is trusted. */
export type KeyOf = (header: JWTHeaderParameters) => Promise<CryptoKey>

/** Which tokens are accepted. */
export interface Trust {
  readonly key: KeyOf
  readonly algorithms: readonly string[]
  readonly issuer: string
  readonly audience: string
  /** Seconds that the issuer's clock may be ahead of ours. */
  readonly clockTolerance: number
  /** To find the caller of a rejected token, for the log. */
  readonly names: ClaimNames
}

/** Whether it looks like a signed JWT, even if its signature is missing: three parts, the first of which is a header. */
export function isJwt(token: string): boolean {
  return token.split('.').length === 3 && headerOf(token) !== undefined
}

/** Tokens whose signature is remembered, and the characters of what they say. */
const MOST_REMEMBERED = 10_000
const MOST_CHARACTERS_REMEMBERED = 8 * 1_024 * 1_024

interface Remembered {
  readonly header: JWTHeaderParameters
  readonly key: CryptoKey
  readonly issuer: string
  readonly claims: TokenClaims
}

/**
 * Checks JWT access tokens: RFC 9068, section 4. A signature takes longer to check than most requests, so it is remembered that a token
 * had a valid one. Whether the token has expired, and whether its key is still trusted, is checked each time.
 * @returns a function that returns the claims of a token, the same object while the token is remembered
 */
export function createTokenCheck() {
  const remembered = new LRUCache<string, Remembered>({
    max: MOST_REMEMBERED,
    maxSize: MOST_CHARACTERS_REMEMBERED,
    sizeCalculation: ({ claims }) => JSON.stringify(claims).length,
  })

  /**
   * @param until the time at which it must not have expired
   * @throws Unauthenticated with a message that says why the token is not valid
   */
  return async (token: string, trust: Trust, until = new Date()): Promise<TokenClaims> => {
    // Not the token: what is in memory must not be usable as one.
    const id = hash('sha256', token, 'base64')
    const known = remembered.get(id)
    if (known && known.issuer === trust.issuer && (await isTrusted(known, trust))) {
      if (known.claims.expiresAt > until) return known.claims
      throw expired(known.claims)
    }
    const { payload, protectedHeader: header, key } = await verify(token, trust, until)
    const claims = readClaims(payload, trust.names)
    remembered.set(id, { header, key, issuer: trust.issuer, claims })
    return claims
  }
}

async function isTrusted({ header, key }: Remembered, trust: Trust): Promise<boolean> {
  return (await trust.key(header).catch((error) => explain(error, trust))) === key
}

async function verify(token: string, trust: Trust, until: Date) {
  const header = headerOf(token)
  if (!header) throw malformed()
  demandSigned(token, header.alg, trust.algorithms)
  const verified = await jwtVerify(token, trust.key, {
    algorithms: [...trust.algorithms],
    issuer: trust.issuer,
    audience: trust.audience,
    typ: 'at+jwt',
    requiredClaims: ['exp', 'jti'],
    clockTolerance: trust.clockTolerance,
    currentDate: until,
  }).catch((error) => explain(error, trust))
  const { payload } = verified
  if ((payload.exp ?? 0) * 1_000 <= until.getTime()) throw expired(readCaller(payload, trust.names))
  return verified
}

const malformed = () => new Unauthenticated('malformed', 'The access token is malformed: it is not a signed JWT.')
const foreign = (message: string, caller?: Caller) => new Unauthenticated('foreign', message, caller)

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token)
  } catch {
    return undefined
  }
}

function demandSigned(token: string, alg: unknown, algorithms: readonly string[]): void {
  if (alg === 'none') throw foreign('The access token is not signed: its `alg` is none.')
  if (!algorithms.includes(alg as string)) {
    const named = String(alg).slice(0, 16)
    throw foreign(`The access token is signed with ${named}, which is not accepted. Use ${algorithms.join(', ')}.`)
  }
  if (token.endsWith('.')) throw foreign('The signature of the access token is missing.')
}

function explain(error: unknown, { issuer, audience, names }: Trust): never {
  if (error instanceof errors.JWTExpired) throw expired(readCaller(error.payload, names))
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) throw malformed()
  if (error instanceof errors.JWKSNoMatchingKey) {
    throw foreign('The issuer has no key that matches the `kid` and `alg` of the access token.')
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    throw foreign(
      'The issuer has several keys that match the `kid` and `alg` of the access token, so its signature cannot be checked.',
    )
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason, payload } = error
    // By then the signature has been checked.
    const caller = readCaller(payload, names)
    if (reason === 'check_failed' && claim === 'iss') throw otherIssuer(issuer, caller)
    if (reason === 'check_failed' && claim === 'aud') throw otherAudience(audience, caller)
    if (reason === 'check_failed' && claim === 'nbf') throw notYet(caller)
    if (claim === 'typ') throw foreign('The token is not an access token: its `typ` is not at+jwt.', caller)
    throw foreign(`The access token has no valid \`${claim}\` claim.`, caller)
  }
  if (error instanceof errors.JOSEError) {
    throw foreign('The access token was not signed by an issuer that this gateway trusts.')
  }
  throw error
}
