import { request } from './client.ts'
import type { TestGateway } from './gateway.ts'

export const createBotAgent =
  'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } userErrors { code field message } } }'
export const updateBotAgent =
  'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { botAgent { id } userErrors { code field message } } }'

/** Creates a bot agent and answers its id. */
export async function create(gateway: Pick<TestGateway, 'url'>, token: string, input: object = {}): Promise<string> {
  const { data } = await request(gateway.url, token, createBotAgent, {
    input: { name: 'x', status: 'OFFLINE', ...input },
  })
  return (data as { createBotAgent: { botAgent: { id: string } } }).createBotAgent.botAgent.id
}

/** Gives it each status in turn, `times` in all, one change after the other. */
export async function changeStatus(gateway: TestGateway, token: string, id: string, times: number): Promise<void> {
  const statuses = ['ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS']
  for (let index = 0; index < times; index++) {
    await request(gateway.url, token, updateBotAgent, { input: { id, status: statuses[index % 2] } })
  }
}
