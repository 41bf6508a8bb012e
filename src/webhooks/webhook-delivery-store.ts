import { isBotAgentId } from '../bot-agents/bot-agent.ts'
import type { WebhookDeliveryState } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { ChatEvent } from './chat-event-store.ts'
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
          ...(botAgentIds && { AND: [{ botAgentId: { in: botAgentIds.filter(isBotAgentId) } }] }),
          ...(after && {
            createdAt: { lte: after.createdAt },
            OR: [{ createdAt: { lt: after.createdAt } }, { id: { lt: after.id } }],
          }),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take,
      })
    },

    /** Oldest first. */
    attempts(deliveryIds: readonly string[]): Promise<WebhookAttempt[]> {
      return database.webhookAttempt.findMany({
        where: { deliveryId: { in: [...deliveryIds] } },
        orderBy: [{ deliveryId: 'asc' }, { number: 'asc' }],
      })
    },

    /** Those that an application has reported, and those of which there is a delivery in reach. */
    chatEvents(
      licenseId: number,
      ids: readonly string[],
      { reportedBy, deliveredIn }: { reportedBy?: string; deliveredIn?: DeliveryReach },
    ): Promise<ChatEvent[]> {
      const seen = [
        ...(reportedBy ? [{ clientId: reportedBy }] : []),
        ...(deliveredIn ? [{ deliveries: { some: deliveredIn } }] : []),
      ]
      return database.chatEvent.findMany({ where: { licenseId, id: { in: [...ids] }, OR: seen } })
    },
  }
}
