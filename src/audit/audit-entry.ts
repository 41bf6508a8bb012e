import type { AuditAction } from '../database/client/client.ts'
import type { Transaction } from '../database/database.ts'
import { newId } from '../identifier.ts'
import type { Actor } from '../identity/actor.ts'

/** What was done to a bot agent, by whom, from where and when. */
export interface AuditEntry {
  /** `aud_…` */
  readonly id: string
  readonly licenseId: number
  /** The application that owns the bot agent. */
  readonly ownerClientId: string
  readonly botAgentId: string
  readonly action: AuditAction
  /** For REPLAYED: how many deliveries. */
  readonly replayed: number | null
  readonly clientId: string | null
  readonly accessTokenHash: Uint8Array | null
  /** IP address. */
  readonly address: string | null
  readonly createdAt: Date
}

/** Who did it, as far as one knows: nobody has called when an issuer tells of a revocation. */
export type By = { readonly [Name in 'clientId' | 'accessTokenHash' | 'address']: Actor[Name] | null }

/** To which bot agent. */
export interface Audited {
  readonly id: string
  readonly licenseId: number
  /** The application that owns it. */
  readonly clientId: string
}

/** Records what is done to each of the bot agents, in the transaction that does it. */
export async function audit(
  transaction: Transaction,
  by: By,
  action: Exclude<AuditAction, 'REPLAYED'>,
  botAgents: readonly Audited[],
): Promise<void> {
  const { clientId, accessTokenHash, address } = by
  await transaction.auditEntry.createMany({
    data: botAgents.map(({ id: botAgentId, licenseId, clientId: ownerClientId }) => {
      const entry = { id: newId('aud_'), licenseId, ownerClientId, botAgentId, action }
      return { ...entry, clientId, accessTokenHash, address }
    }),
  })
}

/**
 * Records a replay in the transaction that makes it. One that is made of several transactions is one entry, to which each adds.
 * @param replayed how many deliveries by this transaction
 */
export async function auditReplay(
  transaction: Transaction,
  by: By,
  { id, botAgent, replayed }: { id: string; botAgent: Audited; replayed: number },
): Promise<void> {
  const { licenseId, clientId: ownerClientId, id: botAgentId } = botAgent
  const { clientId, accessTokenHash, address } = by
  const create = { id, licenseId, ownerClientId, botAgentId, action: 'REPLAYED', replayed } as const
  await transaction.auditEntry.upsert({
    where: { id },
    create: { ...create, clientId, accessTokenHash, address },
    update: { replayed: { increment: replayed } },
  })
}

export function isAuditEntryId(id: string): boolean {
  return /^aud_[0-9a-f]{32}$/.test(id)
}
