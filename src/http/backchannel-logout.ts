import { Replayed } from '../identity/revocation/access-token-store.ts'
import { InvalidLogoutToken, type TakeLogout } from '../identity/revocation/logout-token.ts'
import { Unauthenticated } from '../identity/unauthenticated.ts'
import { formRoute, OAuthError } from './request/form.ts'

/** Where the OpenID provider says that somebody has logged out. OpenID Connect Back-Channel Logout 1.0, sections 2.5 and 2.8. */
export function backChannelLogoutRoute(logOut: TakeLogout) {
  return formRoute('logout_token', async (logoutToken) => {
    try {
      await logOut(logoutToken)
    } catch (error) {
      if (error instanceof InvalidLogoutToken || error instanceof Replayed) {
        throw new OAuthError('invalid_request', error.message)
      }
      if (error instanceof Unauthenticated && error.reason === 'unavailable') {
        const message = 'The logout token can not be checked now, as the keys of the provider can not be fetched.'
        throw new OAuthError('temporarily_unavailable', message, 503)
      }
      throw error
    }
  })
}
