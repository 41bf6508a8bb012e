import type { BuiltInSso } from '../identity/issuers/sso.ts'
import type { RevocationKeys } from '../identity/revocation/revocation-key.ts'
import type { Revoke } from '../identity/revocation/revocation-service.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import type { AddressOf } from './request/address.ts'
import { formRoute } from './request/form.ts'

/**
 * The built-in SSO's endpoint for the revocation of access tokens: RFC 7009. Whoever holds a token may revoke it. One that is none of the
 * SSO's is answered like one that was revoked, as section 2.2 asks.
 */
export function tokenRevocation(options: {
  sso: BuiltInSso
  keys: RevocationKeys
  revoke: Revoke
  addressOf: AddressOf
}) {
  const { sso, keys, revoke, addressOf } = options
  return formRoute('token', async (token, request) => {
    const claims = await sso.recognise(token).catch((error) => {
      if (!(error instanceof Unauthenticated)) throw error
    })
    if (!claims) return
    const { issuer, identity, clientId, expiresAt } = claims
    const own = keys.token(issuer, identity)
    const by = { clientId, accessTokenHash: Buffer.from(own[0] ?? '', 'hex'), address: addressOf(request) }
    await revoke(
      own.map((key) => ({ key, issuedUntil: null, keptUntil: expiresAt })),
      { by },
    )
  })
}
