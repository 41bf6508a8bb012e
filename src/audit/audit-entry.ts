import { createHash } from 'node:crypto'
import type { AuditAction } from '../database/client/client.ts'
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
  /** For WEBHOOKS_GAVE_UP: how many deliveries. */
  readonly gaveUp: number | null
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
