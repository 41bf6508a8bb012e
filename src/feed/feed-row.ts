import type { FeedTopic } from '../database/client/client.ts'
import type { FeedEntry, FeedNotice } from './feed-entry.ts'

/** A row of the log. `pg` returns positions as text, Prisma as numbers. */
export interface FeedRow {
  readonly position: string | bigint
  readonly license_id: number | null
  readonly topic: FeedTopic
  readonly client_id: string | null
  readonly bot_agent_id: string | null
  readonly data: object
  readonly created_at: Date
}

/** The columns of a row. */
export const feedColumns = 'position, license_id, topic, client_id, bot_agent_id, data, created_at'

export function toEntry(row: FeedRow): FeedEntry | FeedNotice {
  return Object.freeze({
    position: BigInt(row.position),
    licenseId: row.license_id,
    topic: row.topic,
    clientId: row.client_id,
    botAgentId: row.bot_agent_id,
    data: row.data,
    createdAt: row.created_at,
  }) as FeedEntry | FeedNotice
}

export function isNotice(entry: FeedEntry | FeedNotice): entry is FeedNotice {
  return entry.licenseId === null
}
