import { type CryptoKey, errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { isStorable } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import { ALGORITHM, AUDIENCE, ISSUER } from './sso.ts'
import { Unauthenticated } from './unauthenticated.ts'
import type { Viewer } from './viewer.ts'

/** RFC 9068, section 2.2, and the license. */
const claims = z.object({
  client_id: z.string().min(1).max(255).refine(isStorable),
  license_id: z.int32().nonnegative(),
  scope: z.string().default(''),
  jti: z.string().min(1),
  /** Seconds; the last moment that a Date can hold. */
  exp: z.number().max(8_640_000_000_000),
})

/** Tells who bears an `Authorization` header (`Bearer …`). @throws Unauthenticated that says which way it fails. */
export type Authenticate = (authorization: string | null | undefined) => Promise<Viewer>

export function accessTokens(options: { publicKey: CryptoKey; encryption: Encryption }): Authenticate {
  return async (authorization) => {
    const token = bearer(authorization)
    const { payload } = await jwtVerify(token, options.publicKey, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: 'at+jwt',
      requiredClaims: ['exp', 'jti'],
    }).catch(explain)

    const { success, data, error } = claims.safeParse(payload)
    if (!success) {
      const names = error.issues.map(({ path }) => `\`${path.join('.')}\``)
      throw new Unauthenticated('malformed', `The access token lacks a usable ${names.join(', ')} claim.`)
    }
    return {
      licenseId: data.license_id,
      clientId: data.client_id,
      scopes: data.scope.split(' ').filter(Boolean),
      expiresAt: new Date(data.exp * 1_000),
      accessTokenHash: options.encryption.hash(`${ISSUER} ${data.jti}`),
    }
  }
}

/** RFC 6750, section 2.1. */
function bearer(authorization: string | null | undefined): string {
  if (!authorization) {
    throw new Unauthenticated('missing', 'An access token is needed: send it as `Authorization: Bearer <token>`.')
  }
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization) ?? []
  if (!token) throw new Unauthenticated('malformed', 'The authorization is not of the form `Bearer <token>`.')
  return token
}

function explain(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw new Unauthenticated('expired', 'The access token has expired.')
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    throw new Unauthenticated('malformed', 'The access token is malformed: it is not a signed JWT.')
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw new Unauthenticated(
      'foreign',
      `The access token is not for this gateway: its \`${error.claim}\` does not fit.`,
    )
  }
  if (error instanceof errors.JOSEError) {
    throw new Unauthenticated('foreign', 'The access token was not signed by an issuer that this gateway trusts.')
  }
  throw error
}
