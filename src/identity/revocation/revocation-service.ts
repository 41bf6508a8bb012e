import type { Prisma } from '../../database/client/client.ts'
import type { Change, Changes, StatementChange } from '../../feed/change.ts'
import type { By } from '../actor.ts'
import { revoked } from '../unauthenticated.ts'
import type { Viewer } from '../viewer.ts'
import { type AccessTokenStore, type CoveredToken, holdTokens, type LogoutTokenHashes } from './access-token-store.ts'
import type { Revocation, Revocations } from './revocations.ts'
import type { TokensInUse } from './tokens-in-use.ts'

/** Logs out the bot agents whose log-in is tied to these tokens, as part of the change that revokes them. */
export type LogOut = (change: Change, accessTokenHashes: readonly Uint8Array[], by: By) => Promise<void>

/** Ties the log-in of a bot agent to an access token. */
export interface TokenBinding {
  /**
   * The first step of a change that creates or updates a bot agent: until it ends, the token can't be revoked.
   * @throws Unauthenticated if the token is revoked
   */
  bind(change: Change, viewer: Viewer): Promise<void>
  /**
   * The same for several callers, as a part of a statement that waits for nobody: see `holdTokens`. The statement must evaluate all of it
   * before it locks anything. Call `bound` for those that are valid.
   */
  part(viewers: readonly Viewer[]): Prisma.Sql
  bound(change: StatementChange, viewer: Viewer): void
}

/** @param options.tokensInUse absent if the issuer can't be asked about tokens */
export function createTokenBinding(options: {
  tokens: AccessTokenStore
  tokensInUse: TokensInUse | undefined
}): TokenBinding {
  const { tokens, tokensInUse } = options
  const bound = (change: StatementChange, viewer: Viewer) => {
    if (tokensInUse) change.afterCommit(() => tokensInUse.bind(viewer))
  }
  return {
    async bind(change, viewer) {
      if (!(await tokens.bind(change, viewer))) throw revoked(viewer)
      bound(change, viewer)
    },
    part: holdTokens,
    bound,
  }
}

export type Revoke = (
  revocations: readonly Revocation[],
  how?: { readonly by?: By; readonly logoutToken?: LogoutTokenHashes },
) => Promise<void>

const nobody: By = { clientId: null, accessTokenHash: null, address: null }

/** Logging out many bot agents may take long, and has to be one transaction. */
const TIMEOUT_MS = 60_000

/**
 * Revokes the token by its own key, because a token that does not say when it was issued is only covered by an `issuedUntil` after it was
 * first seen.
 */
function revocationOf({ hash, expiresAt }: CoveredToken): Revocation {
  return { key: Buffer.from(hash).toString('hex'), issuedUntil: null, keptUntil: expiresAt }
}

/**
 * Revokes tokens permanently, at all gateways: stores the revocations, logs out every bot agent whose log-in is tied to a revoked token,
 * and notifies all gateways, in one commit.
 * @param how.by who revokes, for the audit trail
 * @param how.logoutToken the logout token that asks for it, which can be used once
 * @throws Replayed
 */
export function createRevoke(options: {
  changes: Changes
  tokens: AccessTokenStore
  revocations: Revocations
  logOut: LogOut
}): Revoke {
  const { changes, tokens, revocations, logOut } = options
  return (added, { by = nobody, logoutToken } = {}) =>
    changes.commit(
      async (change) => {
        await change.transaction.$executeRawUnsafe(`set local statement_timeout = ${TIMEOUT_MS}`)
        if (logoutToken) await tokens.takeLogoutToken(change, logoutToken)
        await tokens.lockExclusive(
          change,
          added.map(({ key }) => key),
        )
        const hashes: Uint8Array[] = []
        const undated: CoveredToken[] = []
        for (const revocation of added) {
          const covered = await tokens.coveredBy(change, revocation)
          // If a bot agent is older than the table of tokens, the hash of its token is the revocation key itself.
          hashes.push(Buffer.from(revocation.key, 'hex'), ...covered.map(({ hash }) => hash))
          if (revocation.issuedUntil) undated.push(...covered.filter(({ issuedAt }) => issuedAt === null))
        }
        const all = [...added, ...undated.map(revocationOf)]
        for (const revocation of all) await tokens.insertRevocation(change, revocation)
        await logOut(change, hashes, by)
        change.append(all.map((data) => ({ topic: 'TOKEN_REVOCATION', data })))
        change.afterCommit(() => {
          for (const revocation of all) revocations.add(revocation)
        })
      },
      { timeout: TIMEOUT_MS },
    )
}
