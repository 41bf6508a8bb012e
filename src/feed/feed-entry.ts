import type { FeedTopic } from '../database/client/client.ts'

/** What a change appends to the feed. The form of `data`, which is stored as JSON, depends on the topic. */
export interface NewFeedEntry {
  readonly licenseId: number
  readonly topic: FeedTopic
  /** The application that owns the bot agent. */
  readonly clientId: string
  readonly botAgentId: string
  readonly data: object
}

/** An entry as it was read. All its subscribers share one object, so it is frozen. */
export interface FeedEntry extends NewFeedEntry {
  /** Its place in the feed. Of two changes to one bot agent the later has the higher position. */
  readonly position: bigint
  readonly createdAt: Date
}

/**
 * A message to all gateways. It belongs to no license and appears in no stream. The callbacks of `feed.onNotice` get it as soon as it is
 * committed, perhaps more than once.
 */
export interface NewFeedNotice {
  readonly topic: 'TOKEN_REVOCATION'
  readonly data: object
}

export interface FeedNotice extends NewFeedNotice {
  readonly position: bigint
  readonly licenseId: null
}

/** The data of an announcement. */
const ANNOUNCED = Object.freeze({})

/** @returns what a stream begins with where that was asked for. It is no entry of the log: it says only from which place the stream goes on */
export function announcement({ licenseId, topics: [topic] }: FeedFilter, position: bigint): FeedEntry {
  return { position, licenseId, topic, clientId: '', botAgentId: '', data: ANNOUNCED, createdAt: new Date() }
}

export function isAnnouncement({ data }: FeedEntry): boolean {
  return data === ANNOUNCED
}

/** What a subscriber asks for and may see. Subscribers with equal filters share the work. */
export interface FeedFilter {
  readonly licenseId: number
  /** In the same order in equal filters. */
  readonly topics: readonly [FeedTopic, ...FeedTopic[]]
  /** Only entries of this application; absent: of every application of the license. */
  readonly clientId?: string
  /** Only entries of these bot agents. */
  readonly botAgentIds?: readonly string[]
  /** Only entries that also pass this test. */
  readonly where?: FeedTest
}

/** A test of entries for which something has to be loaded. */
export interface FeedTest {
  /** Equal for equal tests. */
  readonly key: string
  /** The same for all who ask. It may fail for a reason that may pass: then it is asked again. */
  passes(entry: FeedEntry): Promise<boolean>
}

/** @returns those of the entries that pass the test of the filter, in their order @throws what the test throws */
export async function tested({ where }: FeedFilter, entries: readonly FeedEntry[]): Promise<readonly FeedEntry[]> {
  if (!where) return entries
  const passed = await Promise.all(entries.map((entry) => where.passes(entry)))
  return entries.filter((_, index) => passed[index])
}

/** @returns a test for entries that are known to be of the filter's license: all of the filter but `where` */
export function matcher(filter: FeedFilter): (entry: FeedEntry) => boolean {
  const { topics, clientId } = filter
  const ids = filter.botAgentIds && new Set(filter.botAgentIds)
  return (entry) =>
    topics.includes(entry.topic) &&
    (clientId === undefined || entry.clientId === clientId) &&
    (ids === undefined || ids.has(entry.botAgentId))
}
