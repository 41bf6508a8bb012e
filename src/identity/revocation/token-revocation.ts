import type { BuiltInSso } from '../issuers/sso.ts'
import { Unauthenticated } from '../unauthenticated.ts'
import type { RevocationKeys } from './revocation-key.ts'
import type { Revoke } from './revocation-service.ts'

/** Revokes an access token for a client that has it. @param address the client's IP address, for the audit trail */
export type RevokeToken = (token: string, address: string) => Promise<void>

/** The built-in SSO's revocation of access tokens: RFC 7009. A token of another issuer is ignored, as section 2.2 requires. */
export function createTokenRevocation(options: { sso: BuiltInSso; keys: RevocationKeys; revoke: Revoke }): RevokeToken {
  const { sso, keys, revoke } = options
  return async (token, address) => {
    const claims = await sso.recognise(token).catch((error) => {
      if (!(error instanceof Unauthenticated)) throw error
    })
    if (!claims) return
    const { issuer, identity, clientId, expiresAt } = claims
    const own = keys.token(issuer, identity)
    const by = { clientId, accessTokenHash: Buffer.from(own[0] ?? '', 'hex'), address }
    await revoke(
      own.map((key) => ({ key, issuedUntil: null, keptUntil: expiresAt })),
      { by },
    )
  }
}
