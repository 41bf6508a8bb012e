import { LRUCache } from 'lru-cache'
import { Line } from '../admission/line.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import type { WebhookSubscription } from '../webhooks/webhooks.ts'
import { indexListeners, type Listener, type ListenerIndex, looksAtProperties } from './listener-index.ts'

/** About how many bytes of subscriptions a gateway remembers, and how many at most of one action in one license. */
const MOST_KEPT = 32 * 1_024 * 1_024
const MOST_TOGETHER = 8 * 1_024 * 1_024
/** What a listener takes besides the JSON of its subscription. */
const EACH = 300
/** Listeners that one statement loads: few at first, because their filters may be large, then as many as have about this size. */
const PAGE = { first: 20, most: 500, bytes: 1_024 * 1_024 }

/** Each of those who wait has a caller, and their number is limited. */
const unlimited = { mostWaiting: Number.POSITIVE_INFINITY, longestWait: Number.POSITIVE_INFINITY }

/** Listeners to one action in one license. */
export interface Audience extends ListenerIndex {
  /** Whether the properties of a chat make a difference to any of them. */
  readonly looksAtProperties: boolean
}

/** All of them, as they were in one version of the license. */
export interface KeptAudience extends Audience {
  /** Null: nobody in the license has ever listened to anything. */
  readonly version: string | null
}

/** Called with the listeners, in one or more parts. */
type Visit = (part: Audience) => Promise<void>

/**
 * Who listens to what. A gateway remembers it, ready to be looked up, with the version that the license had when it was loaded. A change
 * renews the version in its own transaction (triggers of the tables do), so whoever finds the same version knows that nothing has changed.
 */
export function createListeners({ database }: { database: Database }) {
  const kept = new LRUCache<string, KeptAudience>({ maxSize: MOST_KEPT })
  /** Those who load the same listeners outside of transactions take turns: the first one loads, the others find it loaded. */
  const lines = new Map<string, Line>()

  async function load(transaction: Transaction, licenseId: number, action: WebhookAction, visit: Visit): Promise<void> {
    const key = `${licenseId} ${action}`
    const known = kept.get(key)
    let { version, listeners, next } = await page(transaction, licenseId, action, { known, limit: PAGE.first })
    if (known && version === known.version) return visit(known)

    const gathered: Listener[] = []
    let bytes = 0
    let areTogether = true
    for (;;) {
      gathered.push(...listeners.map(({ listener }) => listener))
      const loaded = listeners.reduce((sum, { size }) => sum + size, 0)
      bytes += loaded
      if (bytes > MOST_TOGETHER) {
        // Too many to remember: they are loaded for each event, a part at a time.
        areTogether = false
        await visit(audience(action, gathered.splice(0)))
      }
      if (!next) break
      const fitting = Math.floor((PAGE.bytes / loaded) * listeners.length)
      const limit = Math.max(PAGE.first, Math.min(PAGE.most, 4 * listeners.length, fitting))
      const read = await page(transaction, licenseId, action, { after: next, limit })
      areTogether &&= read.version === version
      ;({ version, listeners, next } = read)
    }
    const last = { ...audience(action, gathered), version }
    if (areTogether) kept.set(key, last, { size: bytes + EACH })
    else kept.delete(key)
    await visit(last)
  }

  return {
    /** @returns what this gateway remembers, which may be out of date */
    kept: (licenseId: number, action: WebhookAction): KeptAudience | undefined => kept.get(`${licenseId} ${action}`),

    /** Visits the listeners as they are by now, within a transaction. */
    current: load,

    /** The same outside of transactions. A transaction must not wait for others like this: they might wait for its connection. */
    async currentInTurn(licenseId: number, action: WebhookAction, visit: Visit): Promise<void> {
      const key = `${licenseId} ${action}`
      const line = lines.get(key) ?? new Line({ atATime: () => 1, ...unlimited })
      lines.set(key, line)
      try {
        await line.run(() => load(database, licenseId, action, visit))
      } finally {
        if (line.isIdle) lines.delete(key)
      }
    },
  }
}

function audience(action: WebhookAction, listeners: readonly Listener[]): Audience {
  return { ...indexListeners(action, listeners), looksAtProperties: listeners.some(looksAtProperties) }
}

interface Row {
  readonly version: string | null
  readonly botAgentId: string | null
  readonly clientId: string
  readonly inOrder: boolean
  readonly json: string
}

/** Never a version. */
const NONE = 'none'

/**
 * @param from.known what is not loaded again unless the version is another one
 * @returns the version of the license, and the listeners behind `after`; `next` is the place of the last one, if there may be more
 */
async function page(
  transaction: Transaction,
  licenseId: number,
  action: WebhookAction,
  { known, after = '', limit }: { known?: KeptAudience | undefined; after?: string; limit: number },
) {
  const rows = await transaction.$queryRaw<Row[]>`
    with current as materialized (select version::text from listening where license_id = ${licenseId})
    select (select version from current), listener.*
    from (select) one left join (
      select bot_agent.id as "botAgentId", client_id as "clientId", webhooks_order = 'CHAT' as "inOrder", subscription::text as json
      from webhook_listener
      -- One look in the index for each: a plan for rows of unknown number may read all bot agents instead.
      cross join lateral (select * from bot_agent where id = bot_agent_id offset 0) bot_agent
      cross join lateral jsonb_array_elements(webhooks_actions) as subscription
      where (select version from current) is distinct from ${known ? known.version : NONE}
        and webhook_listener.license_id = ${licenseId} and action = ${action}::webhook_action and bot_agent_id > ${after}
        and status <> 'OFFLINE' and subscription->>'name' = ${action}
      order by bot_agent_id limit ${limit}
    ) listener on true`
  const listeners = rows.flatMap(({ botAgentId, clientId, inOrder, json }) => {
    if (botAgentId === null) return []
    const subscription = JSON.parse(json) as WebhookSubscription
    return [{ listener: { botAgentId, clientId, inOrder, subscription }, size: json.length + EACH }]
  })
  const next = listeners.length === limit ? listeners.at(-1)?.listener.botAgentId : undefined
  return { version: rows[0]?.version ?? null, listeners, next }
}
