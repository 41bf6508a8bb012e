import { type Bot, bots } from './bots.ts'
import type { Gateway } from './gateway.ts'

/** The operations that the demo runs. */

/** @returns its id */
export async function createBot(gateway: Gateway, { name, secretKey, actions }: Bot, url: string): Promise<string> {
  const input = { name, status: 'ACCEPTING_CHATS', webhooks: { url, secretKey, actions } }
  const { createBotAgent } = await gateway<{ createBotAgent: { botAgent: { id: string } } }>(
    `mutation ($input: CreateBotAgentInput!) {
      createBotAgent(input: $input) { botAgent { id } userErrors { field message } }
    }`,
    { input },
  )
  return createBotAgent.botAgent.id
}

export async function setStatus(gateway: Gateway, id: string, status: string): Promise<void> {
  await gateway(
    `mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { userErrors { field message } } }`,
    { input: { id, status } },
  )
}

export async function removeBot(gateway: Gateway, id: string): Promise<void> {
  await gateway(
    `mutation ($input: RemoveBotAgentInput!) { removeBotAgent(input: $input) { userErrors { field message } } }`,
    { input: { botAgentId: id } },
  )
}

/** @returns the ids of the demo's bots, whichever run of the demo created them */
export async function findBots(gateway: Gateway): Promise<string[]> {
  const names = new Set(bots.map(({ name }) => name))
  const found: string[] = []
  for (let after: string | null = null; ; ) {
    const { botAgents }: { botAgents: Page } = await gateway(
      `query ($after: String) {
        botAgents(first: 100, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } }
      }`,
      { after },
    )
    found.push(...botAgents.nodes.filter(({ name }) => names.has(name)).map(({ id }) => id))
    if (!botAgents.pageInfo.hasNextPage) return found
    after = botAgents.pageInfo.endCursor
  }
}

interface Page {
  nodes: { id: string; name: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/**
 * @param key the idempotency key: the event is published once, even if a response is lost and the call repeated
 * @returns how many webhooks the event causes
 */
export async function publish(gateway: Gateway, event: object, key: string): Promise<number> {
  const { publishChatEvent } = await gateway<{ publishChatEvent: { matched: number } }>(
    `mutation ($input: PublishChatEventInput!) {
      publishChatEvent(input: $input) { matched userErrors { field message } }
    }`,
    { input: { ...event, idempotencyKey: key } },
  )
  return publishChatEvent.matched
}

/** Whether a webhook to one of these bots is still on its way. */
export async function isWaiting(gateway: Gateway, botAgentIds: readonly string[]): Promise<boolean> {
  const { webhookDeliveries } = await gateway<{ webhookDeliveries: { nodes: object[] } }>(
    `query ($botAgentIds: [ID!]) { webhookDeliveries(botAgentIds: $botAgentIds, states: [PENDING], first: 1) { nodes { id } } }`,
    { botAgentIds },
  )
  return webhookDeliveries.nodes.length > 0
}
