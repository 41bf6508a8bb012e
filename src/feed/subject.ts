import DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import type { FeedEntry } from './feed-entry.ts'

/** Entries whose values are shared, and for how many milliseconds: those that are under way to their subscribers. */
const SHARED = { max: 2_000, ttl: 2_000 }
/** Entries that are loaded with one statement. */
const AT_ONCE = 100

/**
 * Loads something for feed entries: once for all subscribers that get the same entry at about the same time, wherever they read it. What
 * could not be loaded is not remembered.
 * @param load returns a value for each of the entries, in their order
 */
export function sharedByEntry<Value>(
  load: (entries: readonly FeedEntry[]) => Promise<readonly Value[]>,
): (entry: FeedEntry) => Promise<Value> {
  const loader = new DataLoader<FeedEntry, Value>(load, { cache: false, maxBatchSize: AT_ONCE })
  const loaded = new LRUCache<bigint, Promise<Value>>(SHARED)
  return (entry) => {
    const known = loaded.get(entry.position)
    if (known) return known
    const value = loader.load(entry)
    loaded.set(entry.position, value)
    value.catch(() => loaded.delete(entry.position))
    return value
  }
}

/**
 * Loads what feed entries are about, in its current state.
 * @param options.idOf the id of what an entry is about
 * @param options.find finds the objects with these ids that exist in the license
 * @returns a function that returns the object that an entry is about; null once it is gone
 */
export function subjectOf<Subject extends { readonly id: string }>(options: {
  idOf: (entry: FeedEntry) => string
  find: (licenseId: number, ids: readonly string[]) => Promise<readonly Subject[]>
}): (entry: FeedEntry) => Promise<Subject | null> {
  const { idOf, find } = options
  return sharedByEntry(async (entries) => {
    const byLicense = Map.groupBy(entries, ({ licenseId }) => licenseId)
    const found = await Promise.all(
      [...byLicense].map(([licenseId, ofLicense]) => find(licenseId, [...new Set(ofLicense.map(idOf))])),
    )
    const byId = new Map(found.flat().map((subject) => [subject.id, subject]))
    return entries.map((entry) => byId.get(idOf(entry)) ?? null)
  })
}
