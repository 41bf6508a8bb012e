import type { Slice } from '../contract/pagination.ts'
import { Prisma, type WebhooksState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { healthy } from '../deliveries/webhooks-health.ts'
import type { Change } from '../feed/change.ts'
import type { Reach } from '../identity/reach.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'
import { type DeliverySelection, deliveryPage } from './delivery-list.ts'
import type { WebhookAttempt, WebhookDelivery } from './webhook-delivery.ts'

/** A delivery in a list. */
export interface ListedDelivery extends WebhookDelivery {
  /** Its place in the order of creation among the deliveries of all licenses. */
  readonly number: bigint
}

/** The parts of a bot agent's webhooks that decide whether something may be sent. */
export interface OwnWebhooks {
  readonly actions: readonly { readonly name: WebhookAction }[] | null
  readonly state: WebhooksState | null
}

/** Attempts that are shown of one delivery. */
const MOST_ATTEMPTS = 200

const columns = {
  id: true,
  licenseId: true,
  clientId: true,
  botAgentId: true,
  chatEventId: true,
  action: true,
  state: true,
  url: true,
  ping: true,
  attemptCount: true,
  nextAttemptAt: true,
  createdAt: true,
  finishedAt: true,
} as const

const listed = Prisma.sql`delivery.id, delivery.number, license_id as "licenseId", client_id as "clientId",
  bot_agent_id as "botAgentId", chat_event_id as "chatEventId", action, delivery.state, url, ping, attempt_count as "attemptCount",
  next_attempt_at as "nextAttemptAt", created_at as "createdAt", finished_at as "finishedAt"`

export function createWebhookDeliveryStore({ database }: { database: Database }) {
  return {
    find(reach: Reach, ids: readonly string[]): Promise<WebhookDelivery[]> {
      return database.webhookDelivery.findMany({ select: columns, where: { ...reach, id: { in: [...ids] } } })
    },

    /** Newest first. */
    page(reach: Reach, selection: DeliverySelection, slice: Slice<bigint>): Promise<ListedDelivery[]> {
      return database.$queryRaw<ListedDelivery[]>(deliveryPage(listed, reach, selection, slice))
    },

    /**
     * Oldest first; of each delivery the last 200, because it may be replayed any number of times. The response to a confidential delivery
     * may quote it, so only the owner of the bot agent sees the response.
     */
    attempts(deliveryIds: readonly string[], clientId: string): Promise<WebhookAttempt[]> {
      return database.$queryRaw<WebhookAttempt[]>`
        select delivery_id as "deliveryId", attempt.number, started_at as "startedAt", duration_ms as "durationMs",
          status_code as "statusCode", error, attempt.replay,
          case when not confidential or client_id = ${clientId} then response_body end as "responseBody",
          response_body_cut and (not confidential or client_id = ${clientId}) as "responseBodyCut"
        from webhook_delivery delivery cross join lateral (
          select * from webhook_attempt where delivery_id = delivery.id and number > attempt_count - ${MOST_ATTEMPTS}
        ) attempt
        where delivery.id = any(${deliveryIds})
        order by delivery_id, attempt.number`
    },

    /** Single attempts, with the response whoever may see it, and whether only the owner of the bot agent may. */
    attemptsByNumber(
      wanted: readonly { deliveryId: string; number: number }[],
    ): Promise<(WebhookAttempt & { confidential: boolean })[]> {
      return database.$queryRaw<(WebhookAttempt & { confidential: boolean })[]>`
        select attempt.delivery_id as "deliveryId", attempt.number, started_at as "startedAt", duration_ms as "durationMs",
          status_code as "statusCode", error, attempt.replay, response_body as "responseBody",
          response_body_cut as "responseBodyCut", confidential
        from unnest(${wanted.map(({ deliveryId }) => deliveryId)}::text[], ${wanted.map(({ number }) => number)}::int[])
            wanted (delivery_id, attempt)
          join webhook_attempt attempt on attempt.delivery_id = wanted.delivery_id and attempt.number = wanted.attempt
          join webhook_delivery delivery on delivery.id = wanted.delivery_id`
    },

    /** @returns the webhooks of a bot agent in reach; `undefined` if there is none */
    async webhooksOf(owner: Required<Reach>, botAgentId: string): Promise<OwnWebhooks | undefined> {
      const [row] = await database.$queryRaw<OwnWebhooks[]>(selectWebhooks(owner, botAgentId))
      return row
    },

    /** The same, of a bot agent that nobody else changes or removes until the change has ended. */
    async lockWebhooksOf(
      { transaction }: Change,
      owner: Required<Reach>,
      botAgentId: string,
    ): Promise<OwnWebhooks | undefined> {
      const select = selectWebhooks(owner, botAgentId)
      const [row] = await transaction.$queryRaw<OwnWebhooks[]>`${select} for no key update`
      return row
    },

    async enable({ transaction }: Change, owner: Required<Reach>, botAgentId: string): Promise<void> {
      await transaction.botAgent.update({ where: { ...owner, id: botAgentId }, data: healthy })
    },
  }
}

function selectWebhooks({ licenseId, clientId }: Required<Reach>, botAgentId: string): Prisma.Sql {
  return Prisma.sql`
    select webhooks_actions as actions, webhooks_state as state from bot_agent
    where id = ${botAgentId} and license_id = ${licenseId} and client_id = ${clientId}`
}
