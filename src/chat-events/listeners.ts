import { LRUCache } from 'lru-cache'
import type { Transaction } from '../database/database.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import type { WebhookSubscription } from '../webhooks/webhooks.ts'

/** Characters of JSON of the subscriptions that a gateway caches. */
const MOST_KEPT = 32 * 1_024 * 1_024
/** Subscriptions that one statement loads: all of a license may be more than fit into memory. */
const BATCH = 20

/** A bot agent that listens to an action and is logged in. */
export interface Listener {
  readonly botAgentId: string
  readonly clientId: string
  /** The version of its webhooks: another one after each change of them. */
  readonly version: string
}

/**
 * Finds the listeners of an action and their subscriptions. Filters may be large and change rarely, so subscriptions are cached, and an
 * event loads only those that have changed. It reads all versions, so a change counts from its commit on, whichever gateway made it.
 */
export function createListeners() {
  const kept = new LRUCache<string, { version: string; subscription: WebhookSubscription }>({ maxSize: MOST_KEPT })

  async function* load(transaction: Transaction, action: WebhookAction, missing: readonly Listener[]) {
    for (let start = 0; start < missing.length; start += BATCH) {
      const batch = new Map(missing.slice(start, start + BATCH).map((listener) => [listener.botAgentId, listener]))
      for (const { botAgentId, version, json } of await subscriptions(transaction, action, [...batch.keys()])) {
        const subscription = JSON.parse(json) as WebhookSubscription
        kept.set(`${botAgentId} ${action}`, { version, subscription }, { size: json.length })
        const listener = batch.get(botAgentId)
        if (listener) yield { ...listener, subscription }
      }
    }
  }

  return {
    /** @returns the listeners of a license, without their subscriptions */
    find(transaction: Transaction, licenseId: number, action: WebhookAction): Promise<Listener[]> {
      // A change of webhooks replaces the rows of the bot agent, so the transaction that wrote them identifies the version.
      return transaction.$queryRaw<Listener[]>`
        select bot_agent.id as "botAgentId", client_id as "clientId", webhook_listener.xmin::text as version
        from webhook_listener join bot_agent on bot_agent.id = bot_agent_id
        where webhook_listener.license_id = ${licenseId} and action = ${action}::webhook_action and status <> 'OFFLINE'`
    },

    /** Yields the subscription of each listener to the action, in no particular order, without those that no longer listen. */
    async *subscriptions(
      transaction: Transaction,
      action: WebhookAction,
      listeners: readonly Listener[],
    ): AsyncGenerator<Listener & { readonly subscription: WebhookSubscription }> {
      const missing: Listener[] = []
      for (const listener of listeners) {
        const known = kept.get(`${listener.botAgentId} ${action}`)
        if (known?.version === listener.version) yield { ...listener, subscription: known.subscription }
        else missing.push(listener)
      }
      yield* load(transaction, action, missing)
    },
  }
}

function subscriptions(transaction: Transaction, action: WebhookAction, botAgentIds: readonly string[]) {
  return transaction.$queryRaw<{ botAgentId: string; version: string; json: string }[]>`
    select bot_agent.id as "botAgentId", webhook_listener.xmin::text as version, subscription::text as json
    from webhook_listener join bot_agent on bot_agent.id = bot_agent_id
    cross join lateral jsonb_array_elements(webhooks_actions) as subscription
    where bot_agent.id = any(${botAgentIds}) and action = ${action}::webhook_action and subscription->>'name' = ${action}`
}
