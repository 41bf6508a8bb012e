import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Database } from '../../database/database.ts'
import { type Caller, revoked } from '../unauthenticated.ts'
import type { Viewer } from '../viewer.ts'
import { findUnexpired, lockShared, record, recordedIssue } from './access-token-store.ts'
import { ABOUT_TO_END_MS } from './introspection-rounds.ts'
import type { Revoke } from './revocation-service.ts'

/** What the database knows of tokens that have come by before: at another gateway, or before a restart. */
export interface TokenHistory {
  /**
   * Puts a token on record that does not say when it was issued. Whoever revokes all of a subject's tokens up to a moment then means it
   * if it was on record by that moment, and no token that comes by later. So no clocks are compared.
   * @returns the viewer, with the moment of issue if one is on record
   * @throws Unauthenticated where it is revoked
   */
  see(viewer: Viewer): Promise<Viewer>
  /**
   * The issuer says that an opaque token is not active. One that is on record was ended while no gateway asked about it: it is revoked.
   * @returns whose it was, where that is known
   */
  ended(ownKeys: readonly string[]): Promise<Caller | undefined>
}

/** Tokens that are remembered as put on record, and inactive ones that are remembered as looked up. */
const MOST_REMEMBERED = 10_000
/** Milliseconds for which an inactive token is not looked up again. */
const REMEMBERED_FOR = 60_000

export function createTokenHistory(options: { database: Database; revoke: Revoke; log: Logger }): TokenHistory {
  const { database, revoke, log } = options

  const seen = new LRUCache<string, { issuedAt: Date | undefined }, Viewer>({
    max: MOST_REMEMBERED,
    fetchMethod: (_id, _stale, { context: viewer }) =>
      database.$transaction(async (transaction) => {
        const { accessToken } = viewer
        await lockShared(transaction, accessToken.revocationKeys)
        const issuedAt = await recordedIssue(transaction, accessToken)
        const onRecord = { ...viewer, accessToken: { ...accessToken, issuedAt } }
        return (await record(transaction, onRecord)) ? { issuedAt } : undefined
      }),
  })

  const ended = new LRUCache<string, { caller: Caller | undefined }, readonly string[]>({
    max: MOST_REMEMBERED,
    ttl: REMEMBERED_FOR,
    fetchMethod: async (_id, _stale, { context: ownKeys }) => {
      const found = await findUnexpired(database, ownKeys, ABOUT_TO_END_MS)
      if (!found) return { caller: undefined }
      const { expiresAt, caller } = found
      log.info({ client: caller?.clientId, license: caller?.licenseId }, 'an access token was revoked by its issuer')
      await revoke(ownKeys.map((key) => ({ key, issuedUntil: null, keptUntil: expiresAt })))
      return { caller }
    },
  })

  return {
    async see(viewer) {
      const onRecord = await seen.fetch(viewer.accessToken.id, { context: viewer })
      if (!onRecord) throw revoked(viewer)
      return { ...viewer, accessToken: { ...viewer.accessToken, issuedAt: onRecord.issuedAt } }
    },

    async ended(ownKeys) {
      const [id = ''] = ownKeys
      try {
        return (await ended.fetch(id, { context: ownKeys }))?.caller
      } catch (error) {
        // It is refused anyway, and looked up again when it comes by again.
        log.error({ err: error }, 'an access token that its issuer has ended could not be revoked')
        return undefined
      }
    },
  }
}
