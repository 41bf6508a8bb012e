import type { Logger } from 'pino'
import type { OpenIdConfig } from './config.ts'
import { backChannelLogoutRoute } from './http/backchannel-logout.ts'
import type { AddressOf } from './http/request/address.ts'
import type { Route } from './http/server.ts'
import { tokenRevocation } from './http/token-revocation.ts'
import type { Issuer } from './identity/issuers/issuer.ts'
import { openIdIssuer } from './identity/issuers/openid-issuer.ts'
import { type OpenIdProvider, openIdProvider } from './identity/issuers/openid-provider.ts'
import { builtInSso, openSso } from './identity/issuers/sso.ts'
import { backChannelLogout } from './identity/revocation/logout-token.ts'
import type { RevocationKeys } from './identity/revocation/revocation-key.ts'
import type { Revoke } from './identity/revocation/revocation-service.ts'
import type { Revocations } from './identity/revocation/revocations.ts'
import { scopes } from './identity/scope.ts'

/** What hangs on who gives out the access tokens. */
export interface Profile {
  readonly issuer: Issuer
  readonly provider: OpenIdProvider | undefined
  /** A token for GraphiQL to open with. */
  readonly token: (() => Promise<string>) | undefined
  /** The ways in which the issuer, or who holds a token, tells that it is revoked. */
  routes(options: { revoke: Revoke; addressOf: AddressOf }): Record<string, Route>
}

/** The built-in SSO: for development, on loopback. */
export async function development(options: { dataDir: string; keys: RevocationKeys }): Promise<Profile> {
  const { dataDir, keys } = options
  const signer = await openSso(dataDir)
  const sso = builtInSso(signer)
  return {
    issuer: sso,
    provider: undefined,
    token: () => signer.sign({ clientId: 'my-bots', licenseId: 1, scopes, expiresIn: 8 * 3_600 }),
    routes: (options) => ({ '/oauth/revoke': tokenRevocation({ sso, keys, ...options }) }),
  }
}

/** An OpenID provider: for production. */
export function production(options: {
  openId: OpenIdConfig
  keys: RevocationKeys
  revocations: Revocations
  log: Logger
}): Profile {
  const { openId, keys, revocations, log } = options
  const isRevoked = (issuer: string, identity: string) =>
    keys.token(issuer, identity).some((key) => revocations.has(key))
  const { audience, claims, client, introspectionPeriod: keepFor } = openId
  const provider = openIdProvider({ ...openId, log })
  return {
    issuer: openIdIssuer({ provider, audience, claims, keepFor, asks: client !== undefined, isRevoked }),
    provider,
    token: undefined,
    routes({ revoke }) {
      if (!client) return {}
      const logOut = backChannelLogout({ provider, clientId: client.id, keys, revoke })
      return { '/oauth/backchannel-logout': backChannelLogoutRoute(logOut) }
    },
  }
}
