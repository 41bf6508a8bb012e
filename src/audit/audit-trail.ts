import DataLoader from 'dataloader'
import { botAgentIds } from '../contract/identifier.ts'
import { behind, byCreation, type Connection, type PageArguments, paginate } from '../contract/pagination.ts'
import type { Database } from '../database/database.ts'
import type { Loaded } from '../graphql/loaded.ts'
import type { Actor } from '../identity/actor.ts'
import type { Permission } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import { type AuditEntry, type Audited, auditSecretReads } from './audit-entry.ts'

/** The permission to read the audit trail. No scope shows that of another application's bot agents. */
export const auditTrailPolicy = { read: { scope: 'agents-bot--my:rw' } } as const satisfies Record<string, Permission>

/** Who did what to which bot agent, for the application that owns it. */
export type AuditTrail = ReturnType<typeof createAuditTrail>

const BATCH = 500
/** About how many bytes an entry takes. */
const ENTRY_BYTES = 300

export function createAuditTrail({ database }: { database: Database }) {
  return {
    /** Newest first. @throws RequestError BAD_USER_INPUT for a page that is not valid */
    list(
      { licenseId, clientId: ownerClientId }: Viewer,
      loaded: Loaded,
      { botAgentIds: given, ...page }: PageArguments & { botAgentIds?: readonly string[] },
    ): Promise<Connection<AuditEntry>> {
      const only = given && { botAgentId: { in: botAgentIds(given) } }
      return paginate(page, {
        ...byCreation('AuditEntry'),
        read: (place, take) =>
          loaded.read(
            () =>
              database.auditEntry.findMany({
                where: { licenseId, ownerClientId, ...only, ...behind(place, 'desc') },
                orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
                take,
              }),
            () => ENTRY_BYTES,
          ),
      })
    },

    /**
     * Records that secrets are read, within one operation: one entry for each bot agent, unless there is one of the same ten minutes.
     * Await it before the secret is returned.
     */
    secretReads(actor: Actor): DataLoader<Audited, true, string> {
      return new DataLoader<Audited, true, string>(
        async (botAgents) => {
          await auditSecretReads(database, actor, botAgents)
          return botAgents.map(() => true)
        },
        { cacheKeyFn: ({ id }) => id },
      )
    },

    /** Removes entries that are older than `milliseconds`, in small transactions. @returns how many */
    async prune(milliseconds: number): Promise<number> {
      let removed = 0
      for (let last = BATCH; last === BATCH; removed += last) {
        last = await database.$executeRaw`
          delete from audit_entry where id in (
            select id from audit_entry
            where created_at < clock_timestamp() - ${milliseconds} * interval '1 millisecond'
            limit ${BATCH} for update skip locked)`
      }
      return removed
    },
  }
}
