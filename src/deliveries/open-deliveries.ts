import type { Logger } from 'pino'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import type { Changes } from '../feed/change.ts'
import type { AllowedNetworks } from '../outbound/addresses.ts'
import { createHttpSender } from '../outbound/http-sender.ts'
import { atMostEvery } from '../process/at-most-every.ts'
import type { Heartbeat } from '../process/heartbeat.ts'
import type { Metrics } from '../process/metrics.ts'
import { EVERY_MINUTE, HOURLY, type UpkeepTask } from '../process/upkeep.ts'
import { createDeliveryQueue } from './delivery-queue.ts'
import { createDeliveryUpkeep } from './delivery-upkeep.ts'
import { DeliveryWorker } from './delivery-worker.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createStatisticsUpkeep } from './statistics-upkeep.ts'
import { StoppedWebhooks } from './stopped-webhooks.ts'
import { createWebhooksNotices, type WebhooksNotices } from './webhooks-notices.ts'

/** How long the number of webhooks that are due is shown before they are counted again. */
const DUE_MS = 15_000
/** How often what was noted is added to the statistics. */
const STATISTICS_MS = 5_000

export interface DeliverySettings {
  /** Networks to which webhooks may go although they are not public. */
  readonly webhookAllowedNetworks: AllowedNetworks
  /** Milliseconds before the second attempt, the third and so on. */
  readonly webhookRetrySchedule: readonly number[]
  /** Milliseconds for one attempt. */
  readonly webhookTimeout: number
  /** Milliseconds for which a delivery is kept after it has ended. */
  readonly webhookRetention: number
}

/** Where changes put webhooks, with a worker that sends them. */
export function openDeliveries(
  settings: DeliverySettings,
  options: {
    parts: AsyncDisposableStack
    /** The number of the gateway. */
    number: number
    connectionString: string
    database: Database
    encryption: Encryption
    changes: Changes
    metrics: Metrics
    log: Logger
  },
): { outbox: Outbox; notices: WebhooksNotices; heartbeat: Heartbeat; upkeep: readonly UpkeepTask[] } {
  const { parts, number, connectionString, database, encryption, changes, metrics, log } = options
  const schedule = settings.webhookRetrySchedule
  const notices = createWebhooksNotices({ metrics, log })
  const queue = createDeliveryQueue({ database, changes, notices, schedule })
  const stopped = new StoppedWebhooks({ database, changes, log })
  const sender = createHttpSender({ timeout: settings.webhookTimeout, allowed: settings.webhookAllowedNetworks })
  const worker = new DeliveryWorker({
    number,
    connectionString,
    changes,
    queue,
    stopped,
    notices,
    sender,
    encryption,
    schedule,
    metrics,
    log,
  })
  parts.defer(() => worker.stop())
  worker.start()
  const upkeep = createDeliveryUpkeep({ database, retention: settings.webhookRetention })
  const statistics = createStatisticsUpkeep({ database })
  metrics.gauge(
    'gateway_webhooks_due',
    'Webhooks of the whole cluster that are due and waiting to be sent, up to 10,000 of 2,000 bot agents.',
    atMostEvery(DUE_MS, upkeep.due),
  )
  return {
    outbox: createOutbox({ onDue: worker.due, stopped }),
    notices,
    heartbeat: worker.heartbeat,
    upkeep: [
      { what: 'removing old deliveries', everyMs: HOURLY, run: upkeep.prune },
      { what: 'removing the pace of idle bot agents', everyMs: HOURLY, run: upkeep.forgetPaces },
      { what: 'resuming chats', everyMs: EVERY_MINUTE, run: upkeep.resumeChats },
      { what: 'cancelling and holding waiting deliveries', everyMs: EVERY_MINUTE, run: () => stopped.settle() },
      { what: 'adding to the statistics of webhooks', everyMs: STATISTICS_MS, run: statistics.add },
      { what: 'removing old statistics of webhooks', everyMs: HOURLY, run: statistics.prune },
    ],
  }
}
