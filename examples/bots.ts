import type {
  BotAgent,
  BotAgentConnection,
  CreateBotAgentPayload,
  RemoveBotAgentPayload,
  Viewer,
} from '@bot-agent-gateway/client/schema'
import { request } from './request.ts'

type Bot = Pick<BotAgent, 'id' | 'name' | 'status'>
interface Page {
  botAgents: Pick<BotAgentConnection, 'cursor' | 'pageInfo'> & { nodes: Bot[] }
}

export async function me(): Promise<Viewer> {
  const { viewer } = await request<{ viewer: Viewer }>('{ viewer { clientId licenseId } }')
  return viewer
}

/** The list, page by page. The cursor of the first page says from where to follow. */
export async function list(): Promise<{ bots: Map<string, Bot>; cursor: string | null }> {
  const bots = new Map<string, Bot>()
  let cursor: string | null = null
  let after: string | null | undefined
  do {
    const { botAgents } = await request<Page>(
      `query ($after: String) {
        botAgents(first: 2, after: $after) {
          cursor
          nodes { id name status }
          pageInfo { hasNextPage endCursor }
        }
      }`,
      { after },
    )
    for (const bot of botAgents.nodes) bots.set(bot.id, bot)
    cursor ??= botAgents.cursor
    after = botAgents.pageInfo.hasNextPage ? botAgents.pageInfo.endCursor : undefined
  } while (after)
  return { bots, cursor }
}

export async function create(name: string): Promise<Bot> {
  const { createBotAgent } = await request<{ createBotAgent: CreateBotAgentPayload }>(
    `mutation ($name: String!) {
      createBotAgent(input: { name: $name, status: OFFLINE }) {
        botAgent { id name status }
        userErrors { message }
      }
    }`,
    { name },
  )
  const { botAgent, userErrors } = createBotAgent
  if (!botAgent) throw new Error(userErrors.map(({ message }) => message).join(' '))
  return botAgent
}

export async function remove(id: string): Promise<void> {
  await request<{ removeBotAgent: RemoveBotAgentPayload }>(
    'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }',
    { id },
  )
}
