import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Changes } from '../../feed/change.ts'
import { type Caller, revoked } from '../unauthenticated.ts'
import type { Viewer } from '../viewer.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import { ABOUT_TO_END_MS } from './introspection-rounds.ts'
import type { Revoke } from './revocation-service.ts'

/** What the database knows about tokens that were seen before: at another gateway, or before a restart. */
export interface TokenHistory {
  /**
   * Records a token that does not say when it was issued. If all tokens that a subject was issued so far are revoked later, the
   * revocation covers the tokens recorded before it, and none that are first seen after it. So no clocks are compared.
   * @returns the viewer, with the time of issue if that is on record
   * @throws Unauthenticated if the token is revoked
   */
  see(viewer: Viewer): Promise<Viewer>
  /**
   * To be called when the issuer says that an opaque token is not active. If it is on record and has not expired, the issuer has ended it
   * while no gateway asked about it: it is revoked.
   * @returns whose token it was, if that is known
   */
  ended(ownKeys: readonly string[]): Promise<Caller | undefined>
}

/** Tokens that are remembered as recorded, and inactive tokens that are remembered as looked up. */
const MOST_REMEMBERED = 10_000
/** Milliseconds for which an inactive token is not looked up again. */
const REMEMBERED_FOR = 60_000

export function createTokenHistory(options: {
  changes: Changes
  tokens: AccessTokenStore
  revoke: Revoke
  log: Logger
}): TokenHistory {
  const { changes, tokens, revoke, log } = options

  const seen = new LRUCache<string, { issuedAt: Date | undefined }, Viewer>({
    max: MOST_REMEMBERED,
    fetchMethod: (_id, _stale, { context: viewer }) =>
      changes.commit(async (change) => {
        const { accessToken } = viewer
        await tokens.lockShared(change, accessToken.revocationKeys)
        const issuedAt = await tokens.recordedIssue(change, accessToken)
        const onRecord = { ...viewer, accessToken: { ...accessToken, issuedAt } }
        return (await tokens.bind(change, onRecord)) ? { issuedAt } : undefined
      }),
  })

  const ended = new LRUCache<string, { caller: Caller | undefined }, readonly string[]>({
    max: MOST_REMEMBERED,
    ttl: REMEMBERED_FOR,
    fetchMethod: async (_id, _stale, { context: ownKeys }) => {
      const found = await tokens.findUnexpired(ownKeys, ABOUT_TO_END_MS)
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
        // The token is rejected anyway, and looked up again when it is used again.
        log.error({ err: error }, 'could not revoke an access token that its issuer has ended')
        return undefined
      }
    },
  }
}
