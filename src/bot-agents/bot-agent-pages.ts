import { LRUCache } from 'lru-cache'
import type { Place } from '../contract/pagination.ts'
import type { BotAgentStatus } from '../database/client/client.ts'
import type { Encryption } from '../database/encryption.ts'
import type { Reader } from '../database/reader.ts'
import type { Reach } from '../identity/reach.ts'
import { type BotAgent, botAgentSize } from './bot-agent.ts'
import { botAgentColumns } from './bot-agent-columns.ts'
import { type BotAgentRow, botAgentOf } from './bot-agent-row.ts'

export interface Selection {
  readonly statuses?: readonly BotAgentStatus[]
}

/** A page as it was when it was last read. */
interface Page {
  /** A hash of the ids and versions of its rows. If it differs, so does the page. */
  readonly tag: string
  readonly botAgents: readonly BotAgent[]
}

/** About how many bytes of pages are remembered, and for how many milliseconds. */
const MOST_REMEMBERED = 16 * 1_024 * 1_024
const REMEMBERED_MS = 600_000
/** About how many bytes a page takes besides its bot agents. */
const PAGE_SIZE = 500

/**
 * Reads pages of bot agents. Most of what a page costs is bringing its rows from the database into objects, and most pages are the same
 * as when they were last read. So each statement sends the tag of the page that is remembered, as `If-None-Match` does over HTTP, and
 * the database returns the rows only if their tag differs.
 */
export function createBotAgentPages({ reader, encryption }: { reader: Reader; encryption: Encryption }) {
  const remembered = new LRUCache<string, Page>({
    maxSize: MOST_REMEMBERED,
    ttl: REMEMBERED_MS,
    sizeCalculation: ({ botAgents }) => botAgents.reduce((bytes, one) => bytes + botAgentSize(one), PAGE_SIZE),
  })

  /** Oldest first. */
  return async (
    reach: Reach,
    { statuses }: Selection,
    after: Place | undefined,
    take: number,
  ): Promise<readonly BotAgent[]> => {
    const { licenseId, clientId } = reach
    const conditions: { readonly sql: string; readonly values: readonly unknown[] }[] = [
      { sql: 'license_id = ?', values: [licenseId] },
      ...(clientId === undefined ? [] : [{ sql: 'client_id = ?', values: [clientId] }]),
      ...(statuses ? [{ sql: 'status = any(?::bot_agent_status[])', values: [statuses] }] : []),
      ...(after ? [{ sql: '(created_at, id) > (?, ?)', values: [after.createdAt, after.id] }] : []),
    ]
    const values = [...conditions.flatMap((condition) => condition.values), take]
    let parameter = 0
    const where = conditions.map(({ sql }) => sql.replaceAll('?', () => `$${++parameter}`)).join(' and ')
    const name = `bot agents ${clientId === undefined ? '' : 'own '}${statuses ? 'by status ' : ''}${after ? 'after' : ''}`
    const key = JSON.stringify([name, values])
    const known = remembered.get(key)

    // Each committed version of a row has another xmin: the transaction that wrote it. A restored database, or a standby that has
    // taken over, may count transactions from an earlier one, but has been started at another time.
    const text = `
      with page as materialized (
        select ${botAgentColumns}, bot_agent.xmin as version
        from bot_agent where ${where} order by created_at, id limit $${values.length}
      ),
      tagged as (
        select encode(sha256(convert_to(concat(pg_postmaster_start_time(), string_agg(id || version, ',')), 'UTF8')), 'hex') as tag
        from page
      )
      select tagged.tag, page.* from tagged left join page on tagged.tag is distinct from $${values.length + 1}
      order by page."createdAt", page.id`
    const rows = await reader.rows<{ tag: string } & (BotAgentRow | { id: null })>({ name, text }, [
      ...values,
      known?.tag ?? null,
    ])
    const [first] = rows
    if (!first) throw new Error('The database did not return the tag of a page')
    const { tag } = first
    if (known?.tag === tag) return known.botAgents
    const botAgents = rows.flatMap((row) => (row.id === null ? [] : [botAgentOf(row, encryption)]))
    remembered.set(key, { tag, botAgents })
    return botAgents
  }
}
