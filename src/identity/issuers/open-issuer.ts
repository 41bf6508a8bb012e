import type { Logger } from 'pino'
import { scopes } from '../scope.ts'
import type { Issuer } from './issuer.ts'
import { createOpenIdIssuer } from './openid-issuer.ts'
import { OpenIdProvider } from './openid-provider.ts'
import { type BuiltInSso, createBuiltInSso, openSso, type Sso } from './sso.ts'
import type { ClaimNames } from './token-claims.ts'

export interface OpenIdSettings {
  readonly issuer: URL
  /** What the `aud` claim of access tokens must contain. */
  readonly audience: string
  /** The credentials with which the gateway asks the provider about tokens; `undefined`: it does not ask. */
  readonly client: { readonly id: string; readonly secret: string } | undefined
  /** Milliseconds within which a revocation takes effect. */
  readonly introspectionPeriod: number
  readonly claims: ClaimNames
}

/** The issuer of the access tokens that this gateway accepts. */
export type OpenIssuer =
  | {
      readonly kind: 'sso'
      readonly issuer: BuiltInSso
      /** Signs tokens for the programs of this machine. */
      readonly sso: Sso
      /** @returns a token for GraphiQL to open with */
      readonly token: () => Promise<string>
    }
  | { readonly kind: 'openid'; readonly issuer: Issuer; readonly provider: OpenIdProvider }

/** The built-in SSO: for development, on loopback. */
export async function openBuiltInSso(dataDir: string): Promise<OpenIssuer> {
  const sso = await openSso(dataDir)
  return {
    kind: 'sso',
    issuer: createBuiltInSso(sso),
    sso,
    token: () => sso.sign({ clientId: 'my-bots', licenseId: 1, scopes, expiresIn: 8 * 3_600 }),
  }
}

/** An OpenID provider: for production. The gateway starts even if the provider can't be reached, and keeps trying. */
export async function openOpenIdProvider(
  openId: OpenIdSettings,
  options: {
    parts: AsyncDisposableStack
    /** Whether a token is known to be revoked. If so, the provider is not asked about it. */
    isRevoked: (issuer: string, identity: string) => boolean
    log: Logger
  },
): Promise<OpenIssuer> {
  const { parts, isRevoked, log } = options
  const { audience, claims, client, introspectionPeriod: keepFor } = openId
  const provider = new OpenIdProvider({ ...openId, log })
  parts.defer(() => provider.stop())
  await provider.start()
  const issuer = createOpenIdIssuer({ provider, audience, claims, keepFor, asks: client !== undefined, isRevoked })
  return { kind: 'openid', issuer, provider }
}
