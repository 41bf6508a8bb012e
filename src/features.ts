import type { Logger } from 'pino'
import { createAuditTrail } from './audit/audit-trail.ts'
import { createBotAgentService } from './bot-agents/bot-agent-service.ts'
import { createChatEventService } from './chat-events/chat-event-service.ts'
import type { Storage } from './database/storage.ts'
import { createDeliveryQueue } from './deliveries/delivery-queue.ts'
import { createDeliveryUpkeep } from './deliveries/delivery-upkeep.ts'
import { DeliveryWorker } from './deliveries/delivery-worker.ts'
import { createOutbox } from './deliveries/outbox.ts'
import { createWebhooksHealth } from './deliveries/webhooks-health.ts'
import { createWebhookDeliveryService } from './delivery-log/webhook-delivery-service.ts'
import type { Changes } from './feed/change.ts'
import type { Feed } from './feed/feed.ts'
import type { Services } from './graphql/context.ts'
import type { Identity } from './identity/revocation/open-identity.ts'
import type { AllowedNetworks } from './outbound/addresses.ts'
import { createHttpSender } from './outbound/http-sender.ts'
import type { Metrics } from './process/metrics.ts'
import { onceASecond } from './process/once-a-second.ts'
import { EVERY_MINUTE, HOURLY, type Upkeep } from './process/upkeep.ts'
import { createChatProperties } from './properties/chat-properties.ts'
import { createPropertyDefinitionService } from './properties/property-definition-service.ts'
import { createPropertySearchService } from './properties/property-search-service.ts'
import { createPropertyValueService } from './properties/property-value-service.ts'
import { createSecretKeys } from './webhooks/secret-keys.ts'

export interface FeatureSettings {
  /** The number of bot agents that one application may own in one license. */
  readonly botAgentsPerApplication: number
  /** Networks to which webhooks may be sent although they are not public. */
  readonly webhookAllowedNetworks: AllowedNetworks
  /** Milliseconds before the second attempt, the third, and so on. */
  readonly webhookRetrySchedule: readonly number[]
  /** Milliseconds for one attempt. */
  readonly webhookTimeout: number
  /** Milliseconds for which a delivery is kept after it has ended. */
  readonly webhookRetention: number
  /** Milliseconds for which the audit trail is kept. */
  readonly auditRetention: number
  /** Whether the methods show the secret keys of other applications to all callers that may read their bot agents. */
  readonly methodsSecretKeyOfOthers: boolean
}

/** What the schema's resolvers call, and regular tasks. */
export interface Features {
  readonly services: Services
  readonly upkeep: readonly Upkeep[]
}

export function openFeatures(
  settings: FeatureSettings,
  options: {
    parts: AsyncDisposableStack
    storage: Storage
    feed: Feed
    changes: Changes
    identity: Identity
    metrics: Metrics
    log: Logger
  },
): Features {
  const { parts, storage, feed, changes, identity, metrics, log } = options
  const { database, encryption } = storage
  const { tokensInUse, tokenBinding: tokens } = identity
  const { webhookAllowedNetworks: allowed, webhookTimeout: timeout, webhookRetrySchedule: schedule } = settings

  const queue = createDeliveryQueue({ database, changes })
  const health = createWebhooksHealth({ changes })
  const sender = createHttpSender({ timeout, allowed })
  const worker = new DeliveryWorker({ queue, health, sender, encryption, schedule, metrics, log })
  parts.defer(() => worker.stop())
  worker.start()
  metrics.gauge(
    'gateway_webhooks_due',
    'Webhooks of the whole cluster that are due and waiting to be sent.',
    onceASecond(queue.due),
  )

  const auditTrail = createAuditTrail({ database })
  const outbox = createOutbox({ onDue: worker.wake })
  const chatProperties = createChatProperties({ database })
  const chatEvents = createChatEventService({ database, changes, outbox, chatProperties })
  const limit = settings.botAgentsPerApplication
  const stores = { database, encryption, feed, changes }
  const botAgents = createBotAgentService({ ...stores, outbox, chatEvents, tokens, allowed, limit })
  const deliveryUpkeep = createDeliveryUpkeep({ database, changes, retention: settings.webhookRetention })
  return {
    services: {
      feed,
      tokensInUse,
      auditTrail,
      secretKeys: createSecretKeys({ auditTrail, ofOthersInMethods: settings.methodsSecretKeyOfOthers }),
      chatEvents,
      botAgents,
      webhookDeliveries: createWebhookDeliveryService({ database, feed, changes, outbox }),
      propertyDefinitions: createPropertyDefinitionService({ database, changes }),
      propertyValues: createPropertyValueService({ database, changes, chatEvents, botAgents }),
      propertySearch: createPropertySearchService({ database }),
    },
    upkeep: [
      { what: 'removing old deliveries', everyMs: HOURLY, run: () => deliveryUpkeep.prune() },
      { what: 'removing old audit entries', everyMs: HOURLY, run: () => auditTrail.prune(settings.auditRetention) },
      {
        what: 'cancelling deliveries without a bot agent',
        everyMs: EVERY_MINUTE,
        run: () => deliveryUpkeep.cancelOrphans(),
      },
      {
        what: 'holding deliveries of disabled webhooks',
        everyMs: EVERY_MINUTE,
        run: () => deliveryUpkeep.holdDisabled(),
      },
    ],
  }
}
