import type { Sso } from '../identity/issuers/sso.ts'
import { Replayed } from '../identity/revocation/access-token-store.ts'
import { InvalidLogoutToken, type TakeLogout } from '../identity/revocation/logout-token.ts'
import type { RevokeToken } from '../identity/revocation/token-revocation.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import type { AddressOf } from './request/address.ts'
import { formRoute, OAuthError, required } from './request/form.ts'
import type { Route } from './request/route.ts'
import { tokenRoute } from './token-route.ts'

export const TOKEN = '/oauth/token'
export const REVOKE = '/oauth/revoke'

/**
 * Where the built-in SSO issues tokens, and where revocations are reported: by a client that has a token, or by the OpenID provider. If an
 * option is absent, its route does not exist.
 */
export function oauthRoutes(options: {
  sso: Sso | undefined
  revokeToken: RevokeToken | undefined
  takeLogout: TakeLogout | undefined
  addressOf: AddressOf
}): Record<string, Route> {
  const { sso, revokeToken, takeLogout, addressOf } = options
  return {
    ...(sso && { [TOKEN]: tokenRoute(sso, addressOf) }),
    ...(revokeToken && { [REVOKE]: revocationRoute(revokeToken, addressOf) }),
    ...(takeLogout && { '/oauth/backchannel-logout': logoutRoute(takeLogout) }),
  }
}

/** RFC 7009, section 2. */
function revocationRoute(revokeToken: RevokeToken, addressOf: AddressOf): Route {
  return formRoute(async (form, request) => {
    await revokeToken(required(form, 'token'), addressOf(request))
  })
}

/** OpenID Connect Back-Channel Logout 1.0, sections 2.5 and 2.8. */
function logoutRoute(takeLogout: TakeLogout): Route {
  return formRoute(async (form) => {
    const logoutToken = required(form, 'logout_token')
    try {
      await takeLogout(logoutToken)
    } catch (error) {
      if (error instanceof InvalidLogoutToken || error instanceof Replayed) {
        throw new OAuthError('invalid_request', error.message)
      }
      if (error instanceof Unauthenticated && error.reason === 'unavailable') {
        const message = 'The logout token cannot be checked now because the keys of the provider cannot be fetched.'
        throw new OAuthError('temporarily_unavailable', message, { status: 503 })
      }
      throw error
    }
  })
}
