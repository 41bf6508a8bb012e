import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Actor } from '../identity/actor.ts'
import { isWithin, type Permission, type Reach, reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import { workingFor } from '../process/log.ts'
import type { Webhooks } from './webhooks.ts'

/** The permission to read a secret key, in addition to the permission to see the bot agent. */
const secretKeyPolicy = { read: { others: 'agents-bot--all:rw' } } as const satisfies Record<string, Permission>

/** Reads the secret keys of webhooks. See docs/decisions/secret-key.md. */
export type SecretKeys = ReturnType<typeof createSecretKeys>

export function createSecretKeys(options: {
  auditTrail: AuditTrail
  /** Whether the methods show keys to every application that sees the bot agent, as the specification does. */
  ofOthersInMethods: boolean
}) {
  const { auditTrail, ofOthersInMethods } = options
  return {
    /** @returns a reader for one operation: null for a key that the caller may not read; any other is recorded before it is returned */
    reader(
      actor: Actor,
      { inMethod }: { inMethod: boolean },
    ): (webhooks: Pick<Webhooks, 'botAgent' | 'secretKey'>) => Promise<string | null> {
      const recorded = auditTrail.secretReads(actor)
      return async ({ botAgent, secretKey }) => {
        if (!mayReadSecretKey(actor, botAgent) && !(inMethod && ofOthersInMethods)) return null
        const work = workingFor.getStore()
        if (work) work.confidential = true
        await recorded.load(botAgent)
        return secretKey()
      }
    },
  }
}

/** Whether the viewer may read the secret key of a bot agent. */
export function mayReadSecretKey(viewer: Viewer, botAgent: Required<Reach>): boolean {
  return isWithin(reachOf(viewer, secretKeyPolicy.read), botAgent)
}
