import type { ChatEvent } from '../chat-events/chat-event-store.ts'
import type { WebhookDeliveryState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { WebhookAttempt, WebhookDelivery } from './webhook-delivery.ts'

/** Which deliveries one may reach: those of a license, of one application in it, or of one bot agent. */
export interface DeliveryReach {
  readonly licenseId: number
  readonly clientId?: string
  readonly botAgentId?: string
}

export interface DeliverySelection {
  readonly states?: readonly WebhookDeliveryState[]
  readonly botAgentIds?: readonly string[]
}

/** Attempts of one delivery that are shown. */
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

export function webhookDeliveryStore(database: Database) {
  return {
    find(reach: DeliveryReach, ids: readonly string[]): Promise<WebhookDelivery[]> {
      return database.webhookDelivery.findMany({ select: columns, where: { ...reach, id: { in: [...ids] } } })
    },

    /** Newest first. */
    page(
      reach: DeliveryReach,
      { states, botAgentIds }: DeliverySelection,
      after: { createdAt: Date; id: string } | undefined,
      take: number,
    ): Promise<WebhookDelivery[]> {
      return database.webhookDelivery.findMany({
        select: columns,
        where: {
          ...reach,
          ...(states && { state: { in: [...states] } }),
          ...(botAgentIds && { AND: [{ botAgentId: { in: [...botAgentIds] } }] }),
          ...(after && {
            createdAt: { lte: after.createdAt },
            OR: [{ createdAt: { lt: after.createdAt } }, { id: { lt: after.id } }],
          }),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take,
      })
    },

    /** Oldest first; of each delivery the last 200, as it may be replayed without end. The answer to what is confidential may quote it: only the owner of the bot agent sees that. */
    attempts(deliveryIds: readonly string[], clientId: string): Promise<WebhookAttempt[]> {
      return database.$queryRaw<WebhookAttempt[]>`
        select delivery_id as "deliveryId", number, started_at as "startedAt", duration_ms as "durationMs",
          status_code as "statusCode", error, attempt.replay,
          case when not confidential or client_id = ${clientId} then response_body end as "responseBody"
        from webhook_attempt attempt join webhook_delivery delivery on delivery.id = delivery_id
        where delivery_id = any(${deliveryIds}) and number > attempt_count - ${MOST_ATTEMPTS}
        order by delivery_id, number`
    },

    /** Those that an application has reported, and those of which there is a delivery in reach; never what it may not know of. */
    chatEvents(
      licenseId: number,
      ids: readonly string[],
      { knownTo, reportedBy, deliveredIn }: { knownTo: string; reportedBy?: string; deliveredIn?: DeliveryReach },
    ): Promise<ChatEvent[]> {
      const seen = [
        ...(reportedBy ? [{ clientId: reportedBy }] : []),
        ...(deliveredIn ? [{ deliveries: { some: deliveredIn } }] : []),
      ]
      const mayKnow = { OR: [{ onlyClientId: null }, { onlyClientId: knownTo }] }
      return database.chatEvent.findMany({ where: { licenseId, id: { in: [...ids] }, OR: seen, AND: mayKnow } })
    },
  }
}
