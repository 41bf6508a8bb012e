import DataLoader from 'dataloader'
import { botAgentIds, isIdOf } from '../contract/identifier.ts'
import { byCreation, type Connection, MOST_PER_PAGE, type PageArguments, paginate } from '../contract/pagination.ts'
import type { Database } from '../database/database.ts'
import type { Loaded } from '../graphql/loaded.ts'
import type { Actor } from '../identity/actor.ts'
import { own, type Permission, reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { AuditEntry, Audited } from './audit-entry.ts'
import { createAuditEntryStore } from './audit-entry-store.ts'

/** The permission to read the audit trail. No scope gives access to the audit trail of another application's bot agents. */
export const auditTrailPolicy = { read: { scope: 'agents-bot--my:rw' } } as const satisfies Record<string, Permission>

/** Who did what to which bot agent, for the application that owns it. */
export type AuditTrail = ReturnType<typeof createAuditTrail>

/** About how many bytes an entry takes. */
const ENTRY_BYTES = 300

export function createAuditTrail(options: { database: Database }) {
  const store = createAuditEntryStore(options)
  const places = byCreation('AuditEntry')
  return {
    /** Loads entries by id, within one operation; null for those that do not exist or that the viewer may not see. */
    loader(viewer: Viewer, loaded: Loaded): DataLoader<string, AuditEntry | null> {
      return new DataLoader<string, AuditEntry | null>(
        async (ids) => {
          const possible = reachOf(viewer, auditTrailPolicy.read) ? ids.filter((id) => isIdOf('AuditEntry', id)) : []
          const found = await loaded.read(
            () => store.find(own(viewer), possible),
            () => ENTRY_BYTES,
          )
          const byId = new Map(found.map((entry) => [entry.id, entry]))
          return ids.map((id) => byId.get(id) ?? null)
        },
        { maxBatchSize: MOST_PER_PAGE },
      )
    },

    /** Newest first. @throws RequestError BAD_USER_INPUT for a page that is not valid */
    list(
      viewer: Viewer,
      loaded: Loaded,
      { botAgentIds: given, ...page }: PageArguments & { botAgentIds?: readonly string[] },
    ): Promise<Connection<AuditEntry>> {
      const only = given && botAgentIds(given)
      return paginate(page, {
        ...places,
        read: (slice) =>
          loaded.read(
            () => store.page(own(viewer), only, slice),
            () => ENTRY_BYTES,
          ),
      })
    },

    /**
     * Records that secrets are read, within one operation: one entry for each bot agent, unless there is one for the same ten minutes
     * already. Await it before the secret is returned.
     */
    secretReads(actor: Actor): DataLoader<Audited, true, string> {
      return new DataLoader<Audited, true, string>(
        async (botAgents) => {
          await store.insertSecretReads(actor, botAgents)
          return botAgents.map(() => true)
        },
        { cacheKeyFn: ({ id }) => id },
      )
    },

    /** Removes entries that are older than `milliseconds`. @returns how many */
    prune: store.prune,
  }
}
