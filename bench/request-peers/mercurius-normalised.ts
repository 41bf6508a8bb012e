import type { Pool } from 'pg'
import { type BotAgent, type BotAgentRow, columns } from './bot-agent.ts'
import { createBotAgents } from './bot-agent-statements.ts'
import { listenWithMercurius } from './mercurius.ts'
import { openPool } from './open-pool.ts'
import type { RequestPeer } from './request-peer.ts'

/** Tables in normal form. Loaders read the groups, and the actions, of all bot agents of an answer at once. */
export const mercuriusNormalised: RequestPeer = (databaseUrl) => {
  const pool = openPool(databaseUrl)
  // An answer has each bot agent once, and the key of an entry of this cache would be all of it.
  const opts = { cache: false }
  return listenWithMercurius(createBotAgents(pool, columns, toBotAgent), {
    BotAgent: {
      groups: {
        opts,
        loader: (queries) =>
          childrenOf(
            pool,
            groups,
            queries.map(({ obj }) => obj.id),
          ),
      },
    },
    Webhooks: {
      actions: {
        opts,
        loader: (queries) =>
          childrenOf(
            pool,
            actions,
            queries.map(({ obj }) => obj.botAgentId),
          ),
      },
    },
  })
}

const children = (columns: string, table: string) =>
  `select bot_agent_id, ${columns} from ${table} where bot_agent_id = any($1) order by bot_agent_id, position`
const groups = { name: 'groups', text: children('id, priority', 'bot_agent_group') }
const actions = { name: 'actions', text: children('name', 'bot_agent_action') }

/** @returns the rows that belong to each of the bot agents */
async function childrenOf(
  pool: Pool,
  statement: { name: string; text: string },
  botAgentIds: readonly string[],
): Promise<object[][]> {
  const { rows } = await pool.query<{ bot_agent_id: string }>({ ...statement, values: [botAgentIds] })
  const of = new Map<string, object[]>(botAgentIds.map((id) => [id, []]))
  for (const row of rows) of.get(row.bot_agent_id)?.push(row)
  return botAgentIds.map((id) => of.get(id) ?? [])
}

function toBotAgent(row: BotAgentRow): BotAgent {
  return {
    id: row.id,
    name: row.name,
    avatar: row.avatar,
    status: row.status,
    maxChatsCount: row.max_chats_count,
    defaultGroupPriority: row.default_group_priority,
    application: { clientId: row.client_id },
    webhooks: row.webhooks_url === null ? null : webhooksOf(row, row.webhooks_url),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** With the id that the loader needs. */
function webhooksOf({ id, webhooks_state: state }: BotAgentRow, url: string) {
  return { url, state, botAgentId: id }
}
