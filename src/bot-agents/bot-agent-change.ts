import { isDeepStrictEqual } from 'node:util'
import { type FeedEntry, isAnnouncement, type NewFeedEntry } from '../feed/feed-entry.ts'
import { type BotAgent, type BotAgentField, botAgentFields } from './bot-agent.ts'
import type { BotAgentStatusChange } from './bot-agent-status-change.ts'

/** The data of feed entries of the topic BOT_AGENT: what an update changed besides the status. */
export interface BotAgentChange {
  readonly fields: readonly BotAgentField[]
}

/** The topics of all changes of bot agents. */
export const botAgentTopics = ['BOT_AGENT', 'BOT_AGENT_STATUS', 'WEBHOOKS_STATE'] as const

export const botAgentChangeKinds = [
  'ANNOUNCED',
  'CREATED',
  'UPDATED',
  'STATUS_CHANGED',
  'WEBHOOKS_STATE_CHANGED',
  'REMOVED',
] as const

export function botAgentChanged(
  { id, licenseId, clientId }: Pick<BotAgent, 'id' | 'licenseId' | 'clientId'>,
  change: BotAgentChange,
): NewFeedEntry {
  return { topic: 'BOT_AGENT', licenseId, clientId, botAgentId: id, data: change }
}

/** @param entry an announcement, or an entry of one of `botAgentTopics` */
export function kindOf(entry: FeedEntry): (typeof botAgentChangeKinds)[number] {
  if (isAnnouncement(entry)) return 'ANNOUNCED'
  if (entry.topic === 'WEBHOOKS_STATE') return 'WEBHOOKS_STATE_CHANGED'
  // Gateways before 2026-11-27 reported the state of webhooks so.
  if (entry.topic === 'BOT_AGENT') return 'webhooksState' in entry.data ? 'WEBHOOKS_STATE_CHANGED' : 'UPDATED'
  const { reason } = entry.data as BotAgentStatusChange
  if (reason === 'CREATED' || reason === 'REMOVED') return reason
  return changedFieldsOf(entry).length > 1 ? 'UPDATED' : 'STATUS_CHANGED'
}

/** @returns the fields that an update changed; none for other changes */
export function changedFieldsOf(entry: FeedEntry): readonly BotAgentField[] {
  const { fields, reason } = entry.data as {
    fields?: readonly BotAgentField[]
    reason?: BotAgentStatusChange['reason']
  }
  return fields ?? (reason === 'UPDATED' || reason === 'TOKEN_REVOKED' ? ['status'] : [])
}

/**
 * @param options.newSecrets whether the webhooks have another secret key or other headers, which may not be readable
 * @returns the fields in which two states of a bot agent differ
 */
export function changedFields(
  before: BotAgent,
  after: BotAgent,
  { newSecrets }: { newSecrets: boolean },
): BotAgentField[] {
  const isSame = (field: BotAgentField) => isDeepStrictEqual(comparable(before, field), comparable(after, field))
  return botAgentFields.filter((field) => !isSame(field) || (field === 'webhooks' && newSecrets))
}

function comparable(botAgent: BotAgent, field: BotAgentField): unknown {
  if (field !== 'webhooks' || !botAgent.webhooks) return botAgent[field]
  const { url, state, actions, order, maxPerSecond } = botAgent.webhooks
  return { url, state, actions, order, maxPerSecond }
}
