import type { BotAgentStatus } from '../database/client/client.ts'
import type { NewFeedEntry } from '../feed/feed-entry.ts'
import type { BotAgent, BotAgentField } from './bot-agent.ts'

export const botAgentStatusChangeReasons = ['CREATED', 'UPDATED', 'REMOVED', 'TOKEN_REVOKED'] as const

/** The data of feed entries of the topic BOT_AGENT_STATUS. */
export interface BotAgentStatusChange {
  readonly status: BotAgentStatus
  /** null when the bot agent was created. */
  readonly previousStatus: BotAgentStatus | null
  readonly reason: (typeof botAgentStatusChangeReasons)[number]
  /** The fields that an update changed, `status` among them. */
  readonly fields?: readonly BotAgentField[]
}

export function statusChanged(
  { id, licenseId, clientId }: Pick<BotAgent, 'id' | 'licenseId' | 'clientId'>,
  change: BotAgentStatusChange,
): NewFeedEntry {
  return { topic: 'BOT_AGENT_STATUS', licenseId, clientId, botAgentId: id, data: change }
}
