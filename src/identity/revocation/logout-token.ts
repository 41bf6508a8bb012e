import { errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { ALGORITHMS, CLOCK_TOLERANCE } from '../issuers/openid-issuer.ts'
import type { OpenIdProvider } from '../issuers/openid-provider.ts'
import { Unauthenticated } from '../unauthenticated.ts'
import type { RevocationKeys } from './revocation-key.ts'
import type { Revoke } from './revocation-service.ts'
import type { Revocation } from './revocations.ts'

/** A logout token that is refused. */
export class InvalidLogoutToken extends Error {
  override name = 'InvalidLogoutToken'
}

/** By then the tokens of a session or subject have ended by themselves; longer ones the provider is not expected to give out. */
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

/** Takes in a logout token. @throws InvalidLogoutToken, Replayed, or Unauthenticated `unavailable` where it can't be checked now */
export type TakeLogout = (logoutToken: string) => Promise<void>

/**
 * OpenID Connect Back-Channel Logout 1.0, section 2.6. A session that is named ends: its tokens, and those of its subject that name no
 * session; where none is named, all of the subject that were issued up to then.
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
    const all = (of: readonly string[], until: Date | null): Revocation[] =>
      of.map((key) => ({ key, issuedUntil: until, keptUntil }))
    const revocations =
      sid === undefined
        ? all(keys.subject(iss, sub ?? ''), issuedUntil)
        : [
            ...all(keys.session(iss, sid), null),
            ...(sub === undefined ? [] : all(keys.sessionless(iss, sub), issuedUntil)),
          ]
    const keptOf = new Date((exp + 2 * CLOCK_TOLERANCE) * 1_000)
    await revoke(revocations, { logoutToken: { hashes: keys.logoutToken(iss, jti), keptUntil: keptOf } })
  }
}

function read(payload: JWTPayload) {
  if ('nonce' in payload) throw new InvalidLogoutToken('The logout token holds a `nonce`: it is an ID token.')
  const { success, data, error } = claims.safeParse(payload)
  if (!success) {
    const names = [...new Set(error.issues.map(({ path }) => `\`${String(path[0])}\``))]
    throw new InvalidLogoutToken(`The logout token lacks a usable ${names.join(', ')} claim.`)
  }
  if (data.sub === undefined && data.sid === undefined) {
    throw new InvalidLogoutToken('The logout token names neither a `sub` nor a `sid`: who logs out can not be told.')
  }
  return data
}

/** Tokens of another kind, signed with the same key, are no logout tokens. That they may go without a type, section 2.4 says. */
function demandTyped(typ: string | undefined): void {
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (type === undefined || type === 'logout+jwt' || type === 'jwt') return
  throw new InvalidLogoutToken('The logout token is of another kind: its `typ` is not logout+jwt.')
}

function explain(error: unknown): never {
  if (error instanceof Unauthenticated) throw error
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw new InvalidLogoutToken(`The logout token does not fit: its \`${error.claim}\` is missing or another one.`)
  }
  if (error instanceof errors.JWTExpired) throw new InvalidLogoutToken('The logout token has expired.')
  if (error instanceof errors.JOSEError) {
    throw new InvalidLogoutToken('The logout token is not signed by the OpenID provider, or not as it should be.')
  }
  throw error
}
