import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Actor } from '../identity/actor.ts'
import { isWithin, type Permission, reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { Webhooks } from './webhooks.ts'

/** What it takes to read a secret key, beyond what it takes to see the bot agent. */
const secretKeyPolicy = { read: { others: 'agents-bot--all:rw' } } as const satisfies Record<string, Permission>

/** Who reads secret keys of webhooks. See docs/decisions/secret-key.md. */
export type SecretKeys = ReturnType<typeof createSecretKeys>

export function createSecretKeys(options: {
  auditTrail: AuditTrail
  /** Whether the methods show the keys of other applications, as the specification does, to all that see the bot agents. */
  ofOthersInMethods: boolean
}) {
  const { auditTrail, ofOthersInMethods } = options
  return {
    /** For as long as one operation runs. Null for a key that is not the caller's to read; any other is recorded before it leaves. */
    reader(actor: Actor, { inMethod }: { inMethod: boolean }): (webhooks: Webhooks) => Promise<string | null> {
      const recorded = auditTrail.secretReads(actor)
      return async ({ botAgent, secretKey }) => {
        if (!mayRead(actor, botAgent) && !(inMethod && ofOthersInMethods)) return null
        await recorded.load(botAgent)
        return secretKey()
      }
    },
  }
}

function mayRead(viewer: Viewer, botAgent: Webhooks['botAgent']): boolean {
  return isWithin(reachOf(viewer, secretKeyPolicy.read), botAgent)
}
