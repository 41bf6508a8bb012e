import { type BotAgent, type BotAgentRow, columns } from './bot-agent.ts'
import { createBotAgents } from './bot-agent-statements.ts'
import { listenWithMercurius } from './mercurius.ts'
import { openPool } from './open-pool.ts'
import type { RequestPeer } from './request-peer.ts'

/** The gateway's layout: one row has everything, so that an answer takes one statement and no loaders. The strongest peer. */
export const mercuriusOneRow: RequestPeer = (databaseUrl) =>
  listenWithMercurius(createBotAgents(openPool(databaseUrl), `${columns}, groups, webhooks_actions`, toBotAgent))

interface Row extends BotAgentRow {
  groups: object[]
  webhooks_actions: object[] | null
}

function toBotAgent(row: Row): BotAgent & { groups: object[] } {
  return {
    id: row.id,
    name: row.name,
    avatar: row.avatar,
    status: row.status,
    maxChatsCount: row.max_chats_count,
    defaultGroupPriority: row.default_group_priority,
    groups: row.groups,
    application: { clientId: row.client_id },
    webhooks: row.webhooks_url === null ? null : webhooksOf(row, row.webhooks_url),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function webhooksOf({ webhooks_state: state, webhooks_actions: actions }: Row, url: string) {
  return { url, state, actions }
}
