import { HttpError } from '../contract/http-error.ts'
import { ALGORITHM, ISSUER, type Sso } from '../identity/issuers/sso.ts'
import { scopes } from '../identity/scope.ts'
import { REVOKE, TOKEN } from './oauth-routes.ts'
import { sendJson } from './request/json.ts'
import { type Route, readOnly } from './request/route.ts'
import { GRANT_TYPE } from './request/token-request.ts'

const KEYS = '/.well-known/jwks.json'

/** Where client libraries find the built-in SSO and its key: OpenID Connect Discovery 1.0, section 4, and RFC 7517. */
export function ssoDiscovery({ publicJwk }: Pick<Sso, 'publicJwk'>): Record<string, Route> {
  return {
    '/.well-known/openid-configuration': readOnly(({ headers: { host } }, response) => {
      if (!host) throw new HttpError(400, 'The request has no `Host` header, so the addresses here are not known.')
      // The gateway itself has no TLS, and behind a proxy the built-in SSO issues no tokens.
      sendJson(response, 200, metadata(`http://${host}`))
    }),
    [KEYS]: readOnly((_request, response) => sendJson(response, 200, { keys: [publicJwk] })),
  }
}

/** Nobody logs in here, so there is no authorization endpoint. What is still required is empty, or says what a token is like. */
function metadata(address: string) {
  return {
    issuer: ISSUER,
    token_endpoint: `${address}${TOKEN}`,
    revocation_endpoint: `${address}${REVOKE}`,
    jwks_uri: `${address}${KEYS}`,
    grant_types_supported: [GRANT_TYPE],
    response_types_supported: [],
    scopes_supported: scopes,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    revocation_endpoint_auth_methods_supported: ['none'],
  }
}
