import DataLoader from 'dataloader'
import type { FeedEntry } from './feed-entry.ts'

/**
 * Loads what feed entries are about, in its current state: once for all subscribers that get the same entry.
 * @param options.idOf the id of what an entry is about
 * @param options.find finds the objects with these ids that exist in the license
 * @returns a function that returns the object that an entry is about; null once it is gone
 */
export function subjectOf<Subject extends { readonly id: string }>(options: {
  idOf: (entry: FeedEntry) => string
  find: (licenseId: number, ids: readonly string[]) => Promise<readonly Subject[]>
}): (entry: FeedEntry) => Promise<Subject | null> {
  const { idOf, find } = options
  const loader = new DataLoader<FeedEntry, Subject | null>(
    async (entries) => {
      const byLicense = Map.groupBy(entries, ({ licenseId }) => licenseId)
      const found = await Promise.all(
        [...byLicense].map(([licenseId, ofLicense]) => find(licenseId, [...new Set(ofLicense.map(idOf))])),
      )
      const byId = new Map(found.flat().map((subject) => [subject.id, subject]))
      return entries.map((entry) => byId.get(idOf(entry)) ?? null)
    },
    { cache: false },
  )
  const loaded = new WeakMap<FeedEntry, Promise<Subject | null>>()
  return (entry) => {
    const subject = loaded.get(entry) ?? loader.load(entry)
    loaded.set(entry, subject)
    return subject
  }
}
