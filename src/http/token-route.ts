import type { Sso } from '../identity/issuers/sso.ts'
import { workingFor } from '../process/log.ts'
import type { AddressOf } from './request/address.ts'
import { formRoute, OAuthError } from './request/form.ts'
import { whyForeignPage, whyNotLocal } from './request/local-caller.ts'
import type { Route } from './request/route.ts'
import { readTokenRequest } from './request/token-request.ts'

/** Seconds for which a token is valid, as by default those of `npm run token`. */
const VALID_FOR = 3_600

/**
 * The token endpoint of the built-in SSO: RFC 6749, sections 4.4 and 5. It asks for no secret, so it issues tokens only to programs on this
 * machine.
 */
export function tokenRoute(sso: Pick<Sso, 'sign'>, addressOf: AddressOf): Route {
  return formRoute(async (form, request) => {
    const reason = whyNotLocal(request, addressOf) ?? whyForeignPage(request)
    if (reason) {
      const message = `The built-in SSO issues tokens only to programs on its own machine, and ${reason}.`
      throw new OAuthError('unauthorized_client', message, { status: 403 })
    }
    const { clientId, licenseId, scopes } = readTokenRequest(form, request.headers.authorization)
    note({ client: clientId, license: licenseId })
    return {
      access_token: await sso.sign({ clientId, licenseId, scopes, expiresIn: VALID_FOR }),
      token_type: 'Bearer',
      expires_in: VALID_FOR,
      scope: scopes.join(' '),
    }
  })
}

/** For the log. */
function note(caller: { client: string; license: number }): void {
  const work = workingFor.getStore()
  if (work) Object.assign(work, caller)
}
