import type { FeedEntry, FeedFilter } from './feed-entry.ts'
import { Group } from './group.ts'
import type { Subscriber } from './subscriber.ts'

/** The groups of one license. */
interface Channel {
  readonly groups: Map<string, Group>
  /** Groups whose filter names bot agents, by each of these. */
  readonly ofBotAgent: Map<string, Set<Group>>
  /** The other groups: for the topics that can be asked for together, at most one for each application and test, and one for the license. */
  readonly ofAny: Set<Group>
}

/**
 * Passes the entries of the feed to the groups of subscribers of this gateway. An entry is held only against the filters that may match:
 * those that name its bot agent, and those that name none.
 */
export class Hub {
  readonly #channels = new Map<number, Channel>()

  /** @param floor the position from which on the subscriber gets its entries from the group */
  join(filter: FeedFilter, subscriber: Subscriber, floor: bigint): Group {
    const channel = this.#channels.get(filter.licenseId) ?? {
      groups: new Map(),
      ofBotAgent: new Map(),
      ofAny: new Set(),
    }
    this.#channels.set(filter.licenseId, channel)
    const key = JSON.stringify([filter.topics, filter.clientId, filter.botAgentIds, filter.where?.key])
    const group = channel.groups.get(key) ?? new Group(key, filter, floor)
    if (group.subscribers.size === 0) {
      channel.groups.set(key, group)
      for (const groups of groupsFor(channel, filter)) groups.add(group)
    }
    group.subscribers.add(subscriber)
    return group
  }

  leave(group: Group, subscriber: Subscriber): void {
    group.leave(subscriber)
    const { key, filter } = group
    const channel = this.#channels.get(filter.licenseId)
    if (group.subscribers.size > 0 || channel?.groups.get(key) !== group) return
    channel.groups.delete(key)
    channel.ofAny.delete(group)
    for (const id of filter.botAgentIds ?? []) {
      channel.ofBotAgent.get(id)?.delete(group)
      if (channel.ofBotAgent.get(id)?.size === 0) channel.ofBotAgent.delete(id)
    }
    if (channel.groups.size === 0) this.#channels.delete(filter.licenseId)
  }

  /** Forgets everything before the position. */
  begin(position: bigint): void {
    for (const { groups } of this.#channels.values()) for (const group of groups.values()) group.begin(position)
  }

  publish(entries: readonly FeedEntry[]): void {
    for (const entry of entries) {
      const channel = this.#channels.get(entry.licenseId)
      if (!channel) continue
      for (const group of channel.ofAny) if (group.matches(entry)) group.push(entry)
      for (const group of channel.ofBotAgent.get(entry.botAgentId) ?? []) if (group.matches(entry)) group.push(entry)
    }
  }
}

/** Where a group with this filter is kept, to be found by the entries that may match. */
function groupsFor({ ofBotAgent, ofAny }: Channel, { botAgentIds }: FeedFilter): Set<Group>[] {
  if (!botAgentIds) return [ofAny]
  return botAgentIds.map((id) => {
    const groups = ofBotAgent.get(id) ?? new Set()
    ofBotAgent.set(id, groups)
    return groups
  })
}
