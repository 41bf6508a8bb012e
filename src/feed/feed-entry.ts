import type { FeedTopic } from '../database/client/client.ts'

/** What a change appends to the feed. `data` is the topic's own, as JSON. */
export interface NewFeedEntry {
  readonly licenseId: number
  readonly topic: FeedTopic
  /** The application that owns the bot agent. */
  readonly clientId: string
  readonly botAgentId: string
  readonly data: object
}

/** An entry as all who follow it share it: never changed after it was read. */
export interface FeedEntry extends NewFeedEntry {
  /** Its place in the feed. Of two changes of one bot agent the later has the higher position. */
  readonly position: bigint
  readonly createdAt: Date
}

/**
 * What all gateways are to know: of no license, in nobody's stream. Those in `feed.onNotice` hear of it as soon as it is committed,
 * perhaps more than once.
 */
export interface NewFeedNotice {
  readonly topic: 'TOKEN_REVOCATION'
  readonly data: object
}

export interface FeedNotice extends NewFeedNotice {
  readonly position: bigint
  readonly licenseId: null
}

/** What a subscriber wants to see, and may. Equal filters share the work. */
export interface FeedFilter {
  readonly licenseId: number
  readonly topic: FeedTopic
  /** Those of one application alone; absent: of every application of the license. */
  readonly clientId?: string
  /** Those of these bot agents alone. */
  readonly botAgentIds?: readonly string[]
}

/** A test for entries of the filter's license. */
export function matcher(filter: FeedFilter): (entry: FeedEntry) => boolean {
  const { topic, clientId } = filter
  const ids = filter.botAgentIds && new Set(filter.botAgentIds)
  return (entry) =>
    entry.topic === topic &&
    (clientId === undefined || entry.clientId === clientId) &&
    (ids === undefined || ids.has(entry.botAgentId))
}
