import type { Logger } from 'pino'
import type { Audited } from '../audit/audit-entry.ts'
import type { Change } from '../feed/change.ts'
import type { Metrics } from '../process/metrics.ts'
import { causeOf, noticeKinds, type WebhooksNotice } from './webhooks-notice.ts'

/** A notice that is committed. */
export interface Noticed {
  readonly botAgentId: string
  readonly notice: WebhooksNotice
}

/** Counts notices, and writes them to the log of the gateway. */
export type WebhooksNotices = ReturnType<typeof createWebhooksNotices>

export function createWebhooksNotices({ metrics, log }: { metrics: Pick<Metrics, 'counter'>; log: Logger }) {
  const counted = metrics.counter(
    'gateway_webhook_notices_total',
    'What owners were told about their webhooks: paused, disabled, enabled, recovered, or gave_up (a delivery).',
    { label: 'kind', values: noticeKinds.map((kind) => kind.toLowerCase()) },
  )

  /** To be called after the commit. Deliveries that were given up together are one line for each bot agent. */
  const told = (all: readonly Noticed[]): void => {
    for (const { notice } of all) counted(notice.kind.toLowerCase())
    for (const alike of Map.groupBy(all, ({ botAgentId, notice }) => `${botAgentId} ${notice.kind}`).values()) {
      const { botAgentId: botAgent, notice } = alike.at(-1) as Noticed
      const cause = causeOf(notice)
      if (notice.kind === 'PAUSED') log.warn({ botAgent, cause }, 'webhooks were paused')
      else if (notice.kind === 'DISABLED') log.warn({ botAgent, cause }, 'webhooks were disabled')
      else if (notice.kind === 'ENABLED') log.info({ botAgent, cause }, 'webhooks were enabled')
      else if (notice.kind === 'RECOVERED') log.info({ botAgent, cause }, 'webhooks have recovered')
      else log.warn({ botAgent, count: alike.length, cause }, 'webhooks were given up')
    }
  }

  return {
    told,

    /**
     * Appends a notice as part of a change.
     * @param topic WEBHOOKS_NOTICE if another entry of the change reports it to those who follow the bot agent
     */
    append(
      change: Change,
      topic: 'WEBHOOKS_STATE' | 'WEBHOOKS_NOTICE',
      { id: botAgentId, licenseId, clientId }: Audited,
      notice: WebhooksNotice,
    ): void {
      change.append([{ topic, licenseId, clientId, botAgentId, data: notice }])
      change.afterCommit(() => told([{ botAgentId, notice }]))
    },
  }
}
