import { LRUCache } from 'lru-cache'
import type { Slice } from '../contract/pagination.ts'
import type { Encryption } from '../database/encryption.ts'
import type { Reader } from '../database/reader.ts'
import { MOST_KEPT_BYTES, markLasting } from '../graphql/lasting.ts'
import type { Reach } from '../identity/reach.ts'
import { type BotAgent, botAgentSize } from './bot-agent.ts'
import { botAgentColumns } from './bot-agent-columns.ts'
import type { Condition } from './bot-agent-filter.ts'
import { type BotAgentOrder, type PlaceInOrder, sortings } from './bot-agent-order.ts'
import { type BotAgentRow, botAgentOf } from './bot-agent-row.ts'

/** Which bot agents a list has, and in which order. */
export interface Selection {
  readonly conditions: readonly Condition[]
  readonly order: BotAgentOrder
}

/** A page as it was when it was last read. */
interface Page {
  /** A hash of the ids and versions of its rows. If it differs, so does the page. */
  readonly tag: string
  readonly botAgents: readonly BotAgent[]
}

/** About how many bytes of pages are remembered, and for how many milliseconds. */
const MOST_REMEMBERED = 24 * 1_024 * 1_024
const REMEMBERED_MS = 600_000
/** About how many bytes a page takes besides its bot agents and its key. */
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
    sizeCalculation: ({ botAgents }, key) =>
      botAgents.reduce((bytes, one) => bytes + botAgentSize(one) + MOST_KEPT_BYTES, PAGE_SIZE + key.length),
  })

  /** In the order of the selection, whichever end the slice is taken from. */
  return async (reach: Reach, selection: Selection, slice: Slice<PlaceInOrder>): Promise<readonly BotAgent[]> => {
    const { sortKey, column, selected, descending } = sortings[selection.order]
    const direction = descending === slice.backwards ? 'asc' : 'desc'
    const behind = (place: PlaceInOrder | undefined, sign: '<' | '>'): Condition[] =>
      place ? [{ sql: `(${sortKey(column)}, id) ${sign} (${sortKey('?')}, ?)`, values: place }] : []
    const { where, values } = numbered([
      ...withinReach(reach),
      ...selection.conditions,
      ...behind(slice.after, descending ? '<' : '>'),
      ...behind(slice.before, descending ? '>' : '<'),
    ])
    const tagKnown = `$${values.length + 1}`

    // Each committed version of a row has another xmin: the transaction that wrote it. A restored database, or a standby that has
    // taken over, may count transactions from an earlier one, but has been started at another time.
    const text = `
      with page as materialized (
        select ${botAgentColumns}, bot_agent.xmin as version
        from bot_agent where ${where} order by ${sortKey(column)} ${direction}, id ${direction} limit ${slice.take}
      ),
      tagged as (
        select encode(sha256(convert_to(concat(pg_postmaster_start_time(), string_agg(id || version, ',')), 'UTF8')), 'hex') as tag
        from page
      )
      select tagged.tag, page.* from tagged left join page on tagged.tag is distinct from ${tagKnown}
      order by ${sortKey(selected)} ${descending ? 'desc' : 'asc'}, page.id ${descending ? 'desc' : 'asc'}`
    const key = JSON.stringify([where, selection.order, slice.backwards, values, slice.take])
    const known = remembered.get(key)
    const rows = await reader.rows<{ tag: string } & (BotAgentRow | { id: null })>(
      { ...nameOf(reach, selection, slice), text },
      [...values, known?.tag ?? null],
    )
    const [first] = rows
    if (!first) throw new Error('The database did not return the tag of a page')
    const { tag } = first
    if (known?.tag === tag) return known.botAgents
    const botAgents = rows.flatMap((row) => (row.id === null ? [] : [botAgentOf(row, encryption)]))
    for (const botAgent of botAgents) markLasting(botAgent)
    remembered.set(key, { tag, botAgents })
    return botAgents
  }
}

/** How many bot agents there are on all pages. */
export async function countSelected(reader: Reader, reach: Reach, conditions: readonly Condition[]): Promise<number> {
  const { where, values } = numbered([...withinReach(reach), ...conditions])
  const [row] = await reader.rows<{ count: number }>(
    { text: `select count(*)::int as count from bot_agent where ${where}` },
    values,
  )
  return row?.count ?? 0
}

/** Nodes of a page, as most callers ask for them. */
const USUAL_SIZES = [10, 20, 25, 50, 100]

/**
 * Most lists are whole, in the order of creation, and of a usual size: these are prepared. The size is part of the text, because
 * PostgreSQL keeps no plan if it is a parameter: it expects one for all sizes to cost more. The best plan for a filter depends on its
 * values, so each of these is planned for itself.
 */
function nameOf(
  { clientId }: Reach,
  { conditions, order }: Selection,
  { after, before, backwards, take }: Slice<unknown>,
) {
  if (conditions.length > 0 || order !== 'CREATED_FIRST' || before !== undefined || backwards) return {}
  if (!USUAL_SIZES.includes(take - 1)) return {}
  return { name: `${take} bot agents ${clientId === undefined ? '' : 'own '}${after ? 'after' : ''}` }
}

function withinReach({ licenseId, clientId }: Reach): Condition[] {
  const license = { sql: 'license_id = ?', values: [licenseId] }
  return clientId === undefined ? [license] : [license, { sql: 'client_id = ?', values: [clientId] }]
}

function numbered(conditions: readonly Condition[]): { where: string; values: unknown[] } {
  let parameter = 0
  return {
    where: conditions.map(({ sql }) => sql.replaceAll('?', () => `$${++parameter}`)).join(' and '),
    values: conditions.flatMap(({ values }) => values),
  }
}
