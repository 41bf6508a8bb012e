import { errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { ALGORITHMS, CLOCK_TOLERANCE } from '../issuers/openid-issuer.ts'
import type { OpenIdProvider } from '../issuers/openid-provider.ts'
import { Unauthenticated } from '../unauthenticated.ts'
import type { RevocationKeys } from './revocation-key.ts'
import type { Revoke } from './revocation-service.ts'
import type { Revocation } from './revocations.ts'

/** A logout token that is not valid. */
export class InvalidLogoutToken extends Error {
  override name = 'InvalidLogoutToken'
}

/** After this time the tokens of a session or subject have expired: the provider is not expected to issue longer-lived ones. */
const LONGEST_LIFE_MS = 90 * 86_400_000

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

const claims = z.object({
  iss: z.string(),
  jti: z.string().min(1),
  iat: z.number(),
  exp: z.number().max(8_640_000_000_000),
  sub: z.string().min(1).optional(),
  sid: z.string().min(1).optional(),
  events: z.object({ [EVENT]: z.looseObject({}) }),
})

/**
 * Revokes the tokens of the session or subject that a logout token names.
 * @throws InvalidLogoutToken, Replayed, or Unauthenticated `unavailable` if it can't be checked now
 */
export type TakeLogout = (logoutToken: string) => Promise<void>

/**
 * OpenID Connect Back-Channel Logout 1.0, section 2.6. If the logout token names a session, that session's tokens are revoked, and those
 * of its subject that name no session. If it names none, all tokens of the subject that were issued until then are revoked.
 */
export function createBackChannelLogout(options: {
  provider: OpenIdProvider
  clientId: string
  keys: RevocationKeys
  revoke: Revoke
}): TakeLogout {
  const { provider, clientId, keys, revoke } = options
  return async (logoutToken) => {
    const issuer = await provider.issuer()
    const { payload, protectedHeader } = await jwtVerify(logoutToken, provider.key, {
      algorithms: [...ALGORITHMS],
      issuer,
      audience: clientId,
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['iat', 'exp', 'jti'],
    }).catch(explain)
    demandTyped(protectedHeader.typ)
    const { iss, jti, sub, sid, iat, exp } = read(payload)
    const issuedUntil = new Date(iat * 1_000)
    const keptUntil = new Date(Date.now() + LONGEST_LIFE_MS)
    const all = (revocationKeys: readonly string[], until: Date | null): Revocation[] =>
      revocationKeys.map((key) => ({ key, issuedUntil: until, keptUntil }))
    const revocations =
      sid === undefined
        ? all(keys.subject(iss, sub ?? ''), issuedUntil)
        : [
            ...all(keys.session(iss, sid), null),
            ...(sub === undefined ? [] : all(keys.sessionless(iss, sub), issuedUntil)),
          ]
    const tokenKeptUntil = new Date((exp + 2 * CLOCK_TOLERANCE) * 1_000)
    await revoke(revocations, { logoutToken: { hashes: keys.logoutToken(iss, jti), keptUntil: tokenKeptUntil } })
  }
}

function read(payload: JWTPayload) {
  if ('nonce' in payload) throw new InvalidLogoutToken('The logout token has a `nonce`, so it is an ID token.')
  const { success, data, error } = claims.safeParse(payload)
  if (!success) {
    const names = [...new Set(error.issues.map(({ path }) => `\`${String(path[0])}\``))]
    throw new InvalidLogoutToken(`The logout token has no valid ${names.join(', ')} claim.`)
  }
  if (data.sub === undefined && data.sid === undefined) {
    throw new InvalidLogoutToken('The logout token has neither a `sub` nor a `sid`, so it does not say who logs out.')
  }
  return data
}

/** Rejects other kinds of tokens that are signed with the same key. Section 2.4 allows logout tokens without a type. */
function demandTyped(typ: string | undefined): void {
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (type === undefined || type === 'logout+jwt' || type === 'jwt') return
  throw new InvalidLogoutToken('The token is not a logout token: its `typ` is not logout+jwt.')
}

function explain(error: unknown): never {
  if (error instanceof Unauthenticated) throw error
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw new InvalidLogoutToken(`The logout token has no valid \`${error.claim}\` claim.`)
  }
  if (error instanceof errors.JWTExpired) throw new InvalidLogoutToken('The logout token has expired.')
  if (error instanceof errors.JOSEError) {
    throw new InvalidLogoutToken('The logout token has no valid signature of the OpenID provider.')
  }
  throw error
}
