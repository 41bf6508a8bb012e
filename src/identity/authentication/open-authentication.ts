import type { Logger } from 'pino'
import type { RateLimits } from '../../admission/rate-limits.ts'
import type { Turns } from '../../admission/turns.ts'
import type { Changes } from '../../feed/change.ts'
import { IntrospectionRounds } from '../revocation/introspection-rounds.ts'
import { createBackChannelLogout, type TakeLogout } from '../revocation/logout-token.ts'
import { createRevoke, type LogOut } from '../revocation/revocation-service.ts'
import { createTokenHistory } from '../revocation/token-history.ts'
import { createTokenRevocation, type RevokeToken } from '../revocation/token-revocation.ts'
import { createAuthenticate } from './access-token.ts'
import { type LimitedAuthentication, limitAuthentication } from './limited-authentication.ts'
import type { Identity, IdentitySettings } from './open-identity.ts'

/** Authenticates callers, and takes reports of revoked tokens. */
export interface Authentication {
  readonly authenticate: LimitedAuthentication
  /** Present only if the tokens are issued by the built-in SSO. */
  readonly revokeToken: RevokeToken | undefined
  /** Present only if the gateway is a client of an OpenID provider. */
  readonly takeLogout: TakeLogout | undefined
}

/** @param options.logOut logs out the bot agents whose log-in is tied to revoked tokens */
export function openAuthentication(
  { openId }: IdentitySettings,
  options: {
    parts: AsyncDisposableStack
    changes: Changes
    identity: Identity
    logOut: LogOut
    rates: RateLimits
    arrivals: Turns
    log: Logger
  },
): Authentication {
  const { parts, changes, identity, logOut, rates, arrivals, log } = options
  const { issuer: opened, keys, tokens, revocations, tokensInUse } = identity
  const { issuer } = opened
  const revoke = createRevoke({ changes, tokens, revocations, logOut })
  const history = openId && createTokenHistory({ changes, tokens, revoke, log })
  const authenticate = createAuthenticate({ issuer, keys, revocations, tokensInUse, ...(history && { history }) })

  if (issuer.introspect && openId) {
    const { introspect } = issuer
    const period = openId.introspectionPeriod
    const rounds = new IntrospectionRounds({ introspect, tokensInUse, tokens, revoke, period, log })
    parts.defer(() => rounds.stop())
    rounds.start()
  }
  return {
    authenticate: limitAuthentication(authenticate, rates, arrivals),
    revokeToken: opened.kind === 'sso' ? createTokenRevocation({ sso: opened.issuer, keys, revoke }) : undefined,
    takeLogout:
      opened.kind === 'openid' && openId?.client
        ? createBackChannelLogout({ provider: opened.provider, clientId: openId.client.id, keys, revoke })
        : undefined,
  }
}
