import { type FeedEntry, type FeedFilter, matcher } from './feed-entry.ts'
import type { Subscriber } from './subscriber.ts'

interface Group {
  readonly matches: (entry: FeedEntry) => boolean
  readonly subscribers: Set<Subscriber>
}

/**
 * Passes the entries of the feed to the subscribers of this gateway. Subscribers with equal filters form a group: an entry is matched
 * once against each group of its license, and then queued for its subscribers. A subscriber that falls behind is detached, and attaches
 * again when it has caught up.
 */
export class Hub {
  readonly #licenses = new Map<number, Map<string, Group>>()

  attach(filter: FeedFilter, subscriber: Subscriber): void {
    const groups = this.#licenses.get(filter.licenseId) ?? new Map<string, Group>()
    this.#licenses.set(filter.licenseId, groups)
    const key = JSON.stringify(filter)
    const group = groups.get(key) ?? { matches: matcher(filter), subscribers: new Set() }
    groups.set(key, group)
    group.subscribers.add(subscriber)
  }

  detach(filter: FeedFilter, subscriber: Subscriber): void {
    const groups = this.#licenses.get(filter.licenseId)
    const group = groups?.get(JSON.stringify(filter))
    group?.subscribers.delete(subscriber)
    if (group?.subscribers.size === 0) groups?.delete(JSON.stringify(filter))
    if (groups?.size === 0) this.#licenses.delete(filter.licenseId)
  }

  publish(entries: readonly FeedEntry[]): void {
    for (const entry of entries) {
      for (const { matches, subscribers } of this.#licenses.get(entry.licenseId)?.values() ?? []) {
        if (!matches(entry)) continue
        for (const subscriber of subscribers) if (!subscriber.push(entry)) subscribers.delete(subscriber)
      }
    }
  }
}
