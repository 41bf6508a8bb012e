import { createHash } from 'node:crypto'
import { newId } from '../contract/identifier.ts'
import { type AuditAction, Prisma } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Change } from '../feed/change.ts'
import type { By } from '../identity/actor.ts'

/** An entry in the audit trail. */
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

/** A bot agent, as the audit trail names it. */
export interface Audited {
  readonly id: string
  readonly licenseId: number
  /** The application that owns it. */
  readonly clientId: string
}

/** Records an action on each of the bot agents, as part of the change. */
export async function audit(
  { transaction }: Change,
  by: By,
  action: Exclude<AuditAction, 'REPLAYED' | 'SECRET_READ'>,
  botAgents: readonly Audited[],
): Promise<void> {
  const data = botAgents.map((botAgent) => row(newId('aud_'), by, action, botAgent))
  await transaction.auditEntry.createMany({ data })
}

/** Records that the secrets of the bot agents are read, unless there is an entry already. */
export async function auditSecretReads(database: Database, by: By, botAgents: readonly Audited[]): Promise<void> {
  const data = botAgents.map((botAgent) => row(secretReadId(by, botAgent, Date.now()), by, 'SECRET_READ', botAgent))
  await database.auditEntry.createMany({ data, skipDuplicates: true })
}

const TEN_MINUTES = 600_000

/**
 * @returns the id of the entry: the same on every gateway for all reads of one bot agent with one access token from one address within
 *   the ten minutes that `now` is in
 */
export function secretReadId(
  { accessTokenHash, address }: Pick<By, 'accessTokenHash' | 'address'>,
  { id }: Pick<Audited, 'id'>,
  now: number,
): string {
  const began = (now - (now % TEN_MINUTES)).toString(16).padStart(12, '0')
  const read = [accessTokenHash && Buffer.from(accessTokenHash).toString('hex'), address, id]
  return `aud_${began}${createHash('sha256').update(JSON.stringify(read)).digest('hex').slice(0, 20)}`
}

function row(id: string, by: By, action: AuditAction, botAgent: Audited) {
  const { clientId, accessTokenHash, address } = by
  const { id: botAgentId, licenseId, clientId: ownerClientId } = botAgent
  return { id, licenseId, ownerClientId, botAgentId, action, clientId, accessTokenHash, address }
}

/**
 * The part of a statement that records a replay. Another part, `replayed`, has a row for each delivery. A replay of several statements
 * is one entry, to which each adds; one without deliveries is not recorded.
 */
export function auditReplay(by: By, { id, botAgent }: { id: string; botAgent: Audited }): Prisma.Sql {
  const { licenseId, clientId: ownerClientId, id: botAgentId } = botAgent
  const { clientId, accessTokenHash, address } = by
  return Prisma.sql`
    insert into audit_entry
      (id, license_id, owner_client_id, bot_agent_id, action, replayed, client_id, access_token_hash, address)
    select ${id}, ${licenseId}, ${ownerClientId}, ${botAgentId}, 'REPLAYED', count(*)::int, ${clientId},
      ${accessTokenHash}::bytea, ${address}
    from replayed having count(*) > 0
    on conflict (id) do update set replayed = audit_entry.replayed + excluded.replayed`
}
