import type { Logger } from 'pino'
import { createAuditTrail } from './audit/audit-trail.ts'
import { createBotAgentBatches } from './bot-agents/bot-agent-batches.ts'
import { createBotAgentKeys } from './bot-agents/bot-agent-keys.ts'
import { createBotAgentService } from './bot-agents/bot-agent-service.ts'
import { encryptedColumns as ofBotAgents } from './bot-agents/bot-agent-store.ts'
import { openChatEvents } from './chat-events/open-chat-events.ts'
import type { Storage } from './database/storage.ts'
import { type DeliverySettings, openDeliveries } from './deliveries/open-deliveries.ts'
import { encryptedColumns as ofDeliveries } from './deliveries/outbox.ts'
import { createReplays } from './delivery-log/replays.ts'
import { createWebhookDeliveryService } from './delivery-log/webhook-delivery-service.ts'
import { createWebhookExplanations } from './delivery-log/webhook-explanations.ts'
import { createWebhookStatisticsService } from './delivery-log/webhook-statistics-service.ts'
import type { OpenFeed } from './feed/open-feed.ts'
import type { Services } from './graphql/context.ts'
import type { Identity } from './identity/authentication/open-identity.ts'
import type { Heartbeat } from './process/heartbeat.ts'
import type { Metrics } from './process/metrics.ts'
import { EVERY_MINUTE, HOURLY, type UpkeepTask } from './process/upkeep.ts'
import { createChatProperties } from './properties/chat-properties.ts'
import { createPropertyDefinitionService } from './properties/property-definition-service.ts'
import { createPropertySearchService } from './properties/property-search-service.ts'
import { createPropertyValueService } from './properties/property-value-service.ts'
import { createFormerSecretKeys, encryptedColumns as ofFormerSecretKeys } from './webhooks/former-secret-keys.ts'
import { createSecretKeys } from './webhooks/secret-keys.ts'

export interface FeatureSettings extends DeliverySettings {
  /** How many bot agents one application may own in one license. */
  readonly botAgentsPerApplication: number
  /** Milliseconds for which the audit trail is kept. */
  readonly auditRetention: number
  /** Whether the methods show the secret keys of other applications to every caller that may see their bot agents. */
  readonly methodsSecretKeyOfOthers: boolean
}

/** The columns in which features keep secrets. */
export const encryptedColumns = [...ofBotAgents, ...ofFormerSecretKeys, ...ofDeliveries]

/** The services that resolvers call, with the worker that sends webhooks. */
export function openFeatures(
  settings: FeatureSettings,
  options: {
    parts: AsyncDisposableStack
    /** The number of the gateway. */
    number: number
    storage: Pick<Storage, 'connectionString' | 'database' | 'reader' | 'encryption'>
    followed: Pick<OpenFeed, 'feed' | 'changes'>
    identity: Pick<Identity, 'tokensInUse' | 'binding'>
    metrics: Metrics
    log: Logger
  },
): { services: Services; heartbeats: readonly Heartbeat[]; upkeep: readonly UpkeepTask[] } {
  const { parts, number, metrics, log } = options
  const { connectionString, database, reader, encryption } = options.storage
  const { feed, changes } = options.followed
  const { tokensInUse, binding } = options.identity
  const { webhookAllowedNetworks: allowed, botAgentsPerApplication: limit } = settings

  const sending = { number, connectionString, database, encryption, changes, metrics, log }
  const deliveries = openDeliveries(settings, { parts, ...sending })
  const { outbox, notices } = deliveries
  const auditTrail = createAuditTrail({ database })
  const chatProperties = createChatProperties({ database })
  const intake = openChatEvents(settings, { parts, database, changes, outbox, chatProperties, log })
  const { chatEvents } = intake
  const formerSecretKeys = createFormerSecretKeys({ database, encryption })
  const stores = { database, encryption, formerSecretKeys, feed, changes }
  const keys = createBotAgentKeys({ database, encryption })
  const botAgents = createBotAgentService({
    ...stores,
    reader,
    outbox,
    notices,
    keys,
    chatEvents,
    binding,
    allowed,
    limit,
  })
  const replays = createReplays({ database, changes, outbox, log })
  parts.defer(() => replays.stop())
  return {
    services: {
      feed,
      tokensInUse,
      auditTrail,
      secretKeys: createSecretKeys({ auditTrail, ofOthersInMethods: settings.methodsSecretKeyOfOthers }),
      chatEvents,
      botAgents,
      botAgentBatches: createBotAgentBatches({ botAgents, changes, binding }),
      webhookDeliveries: createWebhookDeliveryService({
        ...stores,
        outbox,
        notices,
        replays,
        schedule: settings.webhookRetrySchedule,
      }),
      webhookExplanations: createWebhookExplanations({ database, chatEvents }),
      webhookStatistics: createWebhookStatisticsService({ reader }),
      propertyDefinitions: createPropertyDefinitionService({ database, changes }),
      propertyValues: createPropertyValueService({ database, changes, chatEvents, botAgents }),
      propertySearch: createPropertySearchService({ database }),
    },
    heartbeats: [deliveries.heartbeat],
    upkeep: [
      ...deliveries.upkeep,
      ...intake.upkeep,
      { what: 'removing old idempotency keys', everyMs: HOURLY, run: keys.prune },
      { what: 'removing former secret keys', everyMs: HOURLY, run: formerSecretKeys.prune },
      { what: 'replaying webhooks', everyMs: EVERY_MINUTE, run: replays.settle },
      { what: 'removing old audit entries', everyMs: HOURLY, run: () => auditTrail.prune(settings.auditRetention) },
    ],
  }
}
