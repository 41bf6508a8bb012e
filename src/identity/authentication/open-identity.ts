import type { Logger } from 'pino'
import type { Storage } from '../../database/storage.ts'
import type { Feed } from '../../feed/feed.ts'
import { HOURLY, type UpkeepTask } from '../../process/upkeep.ts'
import { type OpenIdSettings, type OpenIssuer, openBuiltInSso, openOpenIdProvider } from '../issuers/open-issuer.ts'
import { type AccessTokenStore, createAccessTokenStore } from '../revocation/access-token-store.ts'
import { createRevocationKeys, type RevocationKeys } from '../revocation/revocation-key.ts'
import { createTokenBinding, type TokenBinding } from '../revocation/revocation-service.ts'
import { Revocations } from '../revocation/revocations.ts'
import { TokensInUse } from '../revocation/tokens-in-use.ts'

export interface IdentitySettings {
  readonly dataDir: string
  /** `undefined`: the built-in SSO issues tokens, for development. */
  readonly openId: OpenIdSettings | undefined
}

/** Who issues access tokens, and which of them are revoked. */
export interface Identity {
  readonly issuer: OpenIssuer
  readonly keys: RevocationKeys
  readonly tokens: AccessTokenStore
  readonly revocations: Revocations
  readonly tokensInUse: TokensInUse
  readonly binding: TokenBinding
  readonly upkeep: readonly UpkeepTask[]
}

export async function openIdentity(
  settings: IdentitySettings,
  options: { parts: AsyncDisposableStack; storage: Storage; feed: Feed; log: Logger },
): Promise<Identity> {
  const { parts, storage, feed, log } = options
  const { database, encryption } = storage
  const keys = createRevocationKeys(encryption.hashes)
  const tokens = createAccessTokenStore({ database })
  const revocations = new Revocations()
  const tokensInUse = new TokensInUse(revocations)
  parts.defer(() => tokensInUse.close())
  await revocations.follow(database, feed)

  const isRevoked = (issuer: string, identity: string) =>
    keys.token(issuer, identity).some((key) => revocations.has(key))
  const issuer = settings.openId
    ? await openOpenIdProvider(settings.openId, { parts, isRevoked, log })
    : await openBuiltInSso(settings.dataDir)
  const asks = issuer.issuer.introspect !== undefined
  return {
    issuer,
    keys,
    tokens,
    revocations,
    tokensInUse,
    binding: createTokenBinding({ tokens, tokensInUse: asks ? tokensInUse : undefined }),
    upkeep: [
      { what: 'removing ended access tokens', everyMs: HOURLY, run: tokens.prune },
      { what: 'removing old revocations', everyMs: HOURLY, run: async () => revocations.prune() },
    ],
  }
}
