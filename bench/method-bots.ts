import { openCaller } from './caller.ts'
import { CALLERS, callAll } from './callers.ts'
import { type Bots, createBots } from './request-bots.ts'
import type { RequestGateway } from './request-gateway.ts'
import { LICENSES } from './request-rows.ts'

const create = `mutation ($input: CreateBotAgentInput!) {
  createBotAgent(input: $input) { botAgent { id } userErrors { message } }
}`

/** Made by the gateway itself: the details include a secret key, which only the gateway can encrypt. */
export async function createMethodBots(gateway: RequestGateway, perLicense: number): Promise<Bots> {
  const caller = openCaller(gateway)
  const ids = Array.from({ length: LICENSES }, () => [] as string[])
  await callAll(LICENSES * perLicense, CALLERS, async (number) => {
    const licenseId = number % LICENSES
    const input = {
      name: `Bot agent ${number}`,
      status: 'ACCEPTING_CHATS',
      groups: ['FIRST', 'NORMAL', 'LAST'].map((priority, id) => ({ id, priority })),
      webhooks: {
        url: 'https://example.com/webhooks',
        secretKey: 'JSauw0Aks8l-asAa',
        actions: [{ name: 'CHAT_USER_ADDED' }, { name: 'THREAD_CLOSED' }],
      },
    }
    const data = await caller.call<{ createBotAgent: { botAgent: { id: string } | null; userErrors: object[] } }>(
      gateway.authorizations[licenseId] ?? '',
      create,
      { input },
    )
    const { botAgent, userErrors } = data.createBotAgent
    if (!botAgent) throw new Error(`A bot agent was not created: ${JSON.stringify(userErrors)}`)
    ids[licenseId]?.push(botAgent.id)
  })
  await caller.close()
  return createBots(perLicense, (licenseId, index) => ids[licenseId]?.[index] ?? '')
}
