import DataLoader from 'dataloader'
import { botAgentIds } from '../contract/identifier.ts'
import { MOST_PER_PAGE } from '../contract/pagination.ts'
import type { Reader } from '../database/reader.ts'
import { percentile } from '../deliveries/duration-histogram.ts'
import type { Loaded } from '../graphql/loaded.ts'
import { listed } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import {
  bucketsOf,
  demandFewRows,
  intervals,
  type StatisticsInterval,
  statisticsRange,
  type WebhookStatisticsBucket,
  type WebhooksHealth,
} from './webhook-statistics.ts'
import {
  attemptErrors,
  createWebhookStatisticsStore,
  type HealthRow,
  type StatisticsRow,
} from './webhook-statistics-store.ts'

/** What became of webhooks, in numbers. */
export type WebhookStatistics = ReturnType<typeof createWebhookStatisticsService>

/** Bytes of a bucket, and of the health of one bot agent. */
const BUCKET_SIZE = 300
const HEALTH_SIZE = 200

export function createWebhookStatisticsService(options: { reader: Reader }) {
  const store = createWebhookStatisticsStore(options)
  return {
    /**
     * @param asked.botAgentIds absent: all of the viewer's application or of the license. Those out of reach count nothing
     * @returns the buckets of a time, in order, also those in which there was nothing
     * @throws RequestError BAD_USER_INPUT for a time or a number of bot agents that is not valid
     */
    async buckets(
      viewer: Viewer,
      loaded: Loaded,
      asked: {
        all: boolean
        botAgentIds?: readonly string[]
        interval: StatisticsInterval
        from?: Date | null | undefined
        to?: Date | null | undefined
      },
    ): Promise<WebhookStatisticsBucket[]> {
      const range = statisticsRange(asked, new Date())
      const named = asked.botAgentIds && botAgentIds(asked.botAgentIds)
      if (named) demandFewRows(range, named.length)
      loaded.spend(bucketsOf(range) * BUCKET_SIZE)
      const rows = await loaded.read(
        () => store.buckets(listed(viewer, asked), named, range),
        () => BUCKET_SIZE,
      )
      const found = new Map(rows.map((row) => [row.from.getTime(), row]))
      const { length } = intervals[range.interval]
      return Array.from({ length: bucketsOf(range) }, (_, index) => {
        const begin = range.from.getTime() + index * length
        return bucketOf(new Date(begin), new Date(begin + length), found.get(begin))
      })
    },

    /** Loads the health of webhooks that the viewer may see, within one operation. */
    healthLoader(loaded: Loaded): DataLoader<Webhooks, WebhooksHealth, string> {
      return new DataLoader<Webhooks, WebhooksHealth, string>(
        async (webhooks) => {
          const rows = await loaded.read(
            () => store.health(webhooks.map(({ botAgent }) => botAgent)),
            () => HEALTH_SIZE,
          )
          const found = new Map(rows.map((row) => [row.place, row]))
          return webhooks.map(({ state }, index) => healthOf(state, found.get(index + 1)))
        },
        { maxBatchSize: MOST_PER_PAGE, cacheKeyFn: ({ botAgent }) => botAgent.id },
      )
    },
  }
}

function bucketOf(from: Date, to: Date, row: StatisticsRow | undefined): WebhookStatisticsBucket {
  const { matched = 0, delivered = 0, failed = 0, retried = 0, held = 0, failures, durations } = row ?? {}
  const counts = attemptErrors.map((error, index) => ({ error, count: failures?.[index] ?? 0 }))
  return {
    from,
    to,
    matched,
    delivered,
    failed,
    retried,
    held,
    failuresByError: counts.filter(({ count }) => count > 0),
    p50Ms: percentile(durations ?? [], 0.5),
    p95Ms: percentile(durations ?? [], 0.95),
  }
}

/** @param row absent: the webhooks were removed after they were read, and nothing is known of them any more */
function healthOf(state: Webhooks['state'], row: HealthRow | undefined): WebhooksHealth {
  if (!row) {
    const nothing = { lastSuccessAt: null, lastFailureAt: null, nextProbeAt: null, failureRate24h: null }
    return { state, since: new Date(), failuresInARow: 0, ...nothing }
  }
  const { place: _, delivered, failed, ...health } = row
  const attempts = delivered + failed
  return { ...health, failureRate24h: attempts === 0 ? null : (100 * failed) / attempts }
}
