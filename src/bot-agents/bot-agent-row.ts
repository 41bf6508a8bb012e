import type { BotAgent as Row } from '../database/client/client.ts'
import type { Encryption } from '../database/encryption.ts'
import { parseHeaders } from '../webhooks/static-headers.ts'
import type { WebhookSubscription } from '../webhooks/webhooks.ts'
import type { BotAgent, GroupMembership } from './bot-agent.ts'

/** The columns of `bot_agent` that a bot agent is made of. */
export type BotAgentRow = Pick<
  Row,
  | 'id'
  | 'licenseId'
  | 'clientId'
  | 'name'
  | 'avatar'
  | 'status'
  | 'maxChatsCount'
  | 'defaultGroupPriority'
  | 'groups'
  | 'webhooksUrl'
  | 'webhooksSecretKey'
  | 'webhooksState'
  | 'webhooksActions'
  | 'webhooksOrder'
  | 'webhooksHeaders'
  | 'webhooksMaxPerSecond'
  | 'createdAt'
  | 'updatedAt'
>

export function botAgentOf(row: BotAgentRow, encryption: Encryption): BotAgent {
  return {
    id: row.id,
    licenseId: row.licenseId,
    clientId: row.clientId,
    name: row.name,
    avatar: row.avatar,
    status: row.status,
    maxChatsCount: row.maxChatsCount,
    defaultGroupPriority: row.defaultGroupPriority,
    groups: row.groups as unknown as readonly GroupMembership[],
    webhooks: webhooksOf(row, encryption),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

function webhooksOf(row: BotAgentRow, encryption: Encryption): BotAgent['webhooks'] {
  const { id, licenseId, clientId } = row
  const { webhooksUrl: url, webhooksSecretKey: sealed, webhooksState: state, webhooksHeaders: headers } = row
  if (url === null || sealed === null || state === null) return null
  return {
    url,
    state,
    actions: row.webhooksActions as unknown as readonly WebhookSubscription[],
    order: row.webhooksOrder,
    botAgent: { id, licenseId, clientId },
    secretKey: () => encryption.decrypt(sealed, id),
    headers: () => (headers ? parseHeaders(encryption.decrypt(headers, id)) : []),
    headersSize: headers?.length ?? 0,
    maxPerSecond: row.webhooksMaxPerSecond,
  }
}
