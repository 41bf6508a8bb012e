import { request, run } from './client.ts'
import { type Subscription, subscribe, type Transport } from './subscription.ts'

export const createBotAgent =
  'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } userErrors { code field message } } }'
export const updateBotAgent =
  'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { botAgent { id } userErrors { code field message } } }'

/** Creates a bot agent. @returns its id */
export async function create(gateway: { url: string }, token: string, input: object = {}): Promise<string> {
  const { createBotAgent: payload } = await run<{ createBotAgent: { botAgent: { id: string } } }>(
    gateway,
    token,
    createBotAgent,
    { input: { name: 'x', status: 'OFFLINE', ...input } },
  )
  return payload.botAgent.id
}

/** Changes the status of a bot agent `times` times, one change after the other. */
export async function changeStatus(gateway: { url: string }, token: string, id: string, times: number): Promise<void> {
  const statuses = ['ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS']
  for (let index = 0; index < times; index++) {
    await request(gateway.url, token, updateBotAgent, { input: { id, status: statuses[index % 2] } })
  }
}

export async function statusOf(gateway: { url: string }, token: string, id: string): Promise<string> {
  const query = 'query ($id: ID!) { botAgent(id: $id) { status } }'
  const { botAgent } = await run<{ botAgent: { status: string } }>(gateway, token, query, { id })
  return botAgent.status
}

export interface StatusChange {
  cursor: string
  botAgentId: string
  status: string
  previousStatus: string | null
  reason: string
  botAgent: { name: string } | null
}

interface Watched {
  all?: boolean
  botAgentIds?: readonly string[]
  after?: string | undefined
}

/** Subscribes to the status of bot agents for the length of one test. */
export function watchStatus(
  gateway: { url: string },
  token: string,
  { transport = 'WebSocket', ...variables }: Watched & { transport?: Transport } = {},
): Promise<Subscription<StatusChange>> {
  const query = `subscription ($after: String, $all: Boolean, $botAgentIds: [ID!]) {
    botAgentStatusChanged(after: $after, all: $all, botAgentIds: $botAgentIds) {
      cursor botAgentId status previousStatus reason botAgent { name }
    }
  }`
  return subscribe(gateway, token, query, { variables, transport })
}

export const botAgentFields =
  'id name avatar status maxChatsCount defaultGroupPriority groups { id priority } webhooks { url state order } updatedAt'

export interface BotAgent {
  id: string
  name: string
}
export interface BotAgentChange {
  cursor: string
  previousCursor: string | null
  kind: string
  botAgentId: string | null
  changedFields: string[]
  botAgent: BotAgent | null
}

/** Subscribes to all changes of bot agents for the length of one test. */
export function watchChanges(
  gateway: { url: string },
  token: string,
  { transport = 'WebSocket', ...variables }: Watched & { announce?: boolean; transport?: Transport } = {},
) {
  const query = `subscription ($after: String, $all: Boolean, $botAgentIds: [ID!], $announce: Boolean) {
    botAgentChanged(after: $after, all: $all, botAgentIds: $botAgentIds, announce: $announce) {
      cursor previousCursor kind botAgentId changedFields botAgent { ${botAgentFields} }
    }
  }`
  return subscribe<BotAgentChange>(gateway, token, query, { variables, transport })
}
