import type { Logger } from 'pino'
import type { Storage } from '../database/storage.ts'
import type { Heartbeat } from '../process/heartbeat.ts'
import type { Metrics } from '../process/metrics.ts'
import { HOURLY, type UpkeepTask } from '../process/upkeep.ts'
import { type Changes, createChanges } from './change.ts'
import { createFeed, type Feed } from './feed.ts'

export interface FeedSettings {
  /** Milliseconds for which entries are kept. A cursor is valid for as long as that. */
  readonly feedRetention: number
}

/** The feed, which is already following its log, and the changes that append to it. */
export interface OpenFeed {
  readonly feed: Feed
  readonly changes: Changes
  readonly heartbeat: Heartbeat
  readonly upkeep: readonly UpkeepTask[]
}

/** @throws if the database can't be followed */
export async function openFeed(
  settings: FeedSettings,
  options: { parts: AsyncDisposableStack; storage: Storage; metrics: Metrics; log: Logger },
): Promise<OpenFeed> {
  const { parts, storage, metrics, log } = options
  const { connectionString, database, encryption } = storage
  const feed = createFeed({ connectionString, database, encryption, log })
  metrics.gauge('gateway_streams_open', 'Subscriptions that this gateway serves.', async () => feed.streams())
  parts.defer(() => feed.stop())
  await feed.start()
  return {
    feed,
    changes: createChanges({ database, feed }),
    heartbeat: { trouble: 'Streams tell nothing new. The log says why.', standsStillFor: () => feed.stalledFor() },
    upkeep: [{ what: 'removing old feed entries', everyMs: HOURLY, run: () => feed.prune(settings.feedRetention) }],
  }
}
