import type { Database, Transaction } from '../../database/database.ts'
import type { Feed } from '../../feed/feed.ts'
import type { By } from '../actor.ts'
import { revoked } from '../unauthenticated.ts'
import type { Viewer } from '../viewer.ts'
import {
  insertRevocation,
  type LogoutTokenHashes,
  lockAlone,
  lockShared,
  type Meant,
  meantBy,
  record,
  takeLogoutToken,
} from './access-token-store.ts'
import type { Revocation, Revocations } from './revocations.ts'
import type { TokensInUse } from './tokens-in-use.ts'

/** Logs out the bot agents that hang on these tokens, in the transaction that revokes them. */
export type LogOut = (transaction: Transaction, accessTokenHashes: readonly Uint8Array[], by: By) => Promise<void>

/** For the log-in of bot agents, which hangs on a token. */
export interface TokenBinding {
  /**
   * To be called first in the transaction that creates or updates a bot agent: until it ends, the token is not revoked.
   * @throws Unauthenticated where it is revoked
   */
  bind(transaction: Transaction, viewer: Viewer): Promise<void>
  /** To be called when that transaction has committed. */
  bound(viewer: Viewer): void
}

/** @param tokensInUse absent where the issuer can't be asked about tokens */
export function tokenBinding(tokensInUse: TokensInUse | undefined): TokenBinding {
  return {
    async bind(transaction, viewer) {
      await lockShared(transaction, viewer.accessToken.revocationKeys)
      if (!(await record(transaction, viewer))) throw revoked(viewer)
    },
    bound: (viewer) => tokensInUse?.bind(viewer),
  }
}

export type Revoke = (
  revocations: readonly Revocation[],
  how?: { readonly by?: By; readonly logoutToken?: LogoutTokenHashes },
) => Promise<void>

const nobody: By = { clientId: null, accessTokenHash: null, address: null }

/** Logging out many bot agents takes its time, and is one transaction all the same. */
const TIMEOUT_MS = 60_000

/** By its own key: a token that does not say when it was issued is meant by a moment only if it was seen before that. */
function ofOne({ hash, expiresAt }: Meant): Revocation {
  return { key: Buffer.from(hash).toString('hex'), issuedUntil: null, keptUntil: expiresAt }
}

/**
 * Revokes tokens, for good and everywhere: stores what is revoked, logs out every bot agent that hangs on it, and tells all gateways,
 * in one transaction.
 * @param how.by who, for the record
 * @param how.logoutToken what asks for it, which is good once @throws Replayed
 */
export function revoking(options: {
  database: Database
  feed: Feed
  revocations: Revocations
  logOut: LogOut
  onDue: () => void
}): Revoke {
  const { database, feed, revocations, logOut, onDue } = options
  return async (added, { by = nobody, logoutToken } = {}) => {
    const all: Revocation[] = []
    await database.$transaction(
      async (transaction) => {
        const undated: Meant[] = []
        await transaction.$executeRawUnsafe(`set local statement_timeout = ${TIMEOUT_MS}`)
        if (logoutToken) await takeLogoutToken(transaction, logoutToken)
        await lockAlone(
          transaction,
          added.map(({ key }) => key),
        )
        const hashes: Uint8Array[] = []
        for (const revocation of added) {
          const meant = await meantBy(transaction, revocation)
          // A bot agent of before there was the table of tokens knows its token by that very key.
          hashes.push(Buffer.from(revocation.key, 'hex'), ...meant.map(({ hash }) => hash))
          if (revocation.issuedUntil) undated.push(...meant.filter(({ issuedAt }) => issuedAt === null))
        }
        all.push(...added, ...undated.map(ofOne))
        for (const revocation of all) await insertRevocation(transaction, revocation)
        await logOut(transaction, hashes, by)
        await feed.append(
          transaction,
          all.map((data) => ({ topic: 'TOKEN_REVOCATION', data })),
        )
      },
      { timeout: TIMEOUT_MS },
    )
    for (const revocation of all) revocations.add(revocation)
    feed.hint()
    onDue()
  }
}
