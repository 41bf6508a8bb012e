import { type Caller, openCaller } from './caller.ts'
import { chatEvent, publishing } from './chat-event.ts'
import type { Site } from './site.ts'
import type { SpawnedGateway } from './spawned-gateway.ts'

/** Bot agents that listen to messages of customers, each in a license of its own. */
export interface Listeners {
  readonly ids: readonly string[]
  /** Publishes an event to one of them. Resolves when the gateway has acknowledged it. */
  publish(caller: Caller, number: number): Promise<void>
}

const creating = `mutation ($input: CreateBotAgentInput!) {
  createBotAgent(input: $input) { botAgent { id } userErrors { message } }
}`

/** @param urls where the webhooks of each bot agent go */
export async function createListeners(
  site: Site,
  gateway: SpawnedGateway,
  urls: readonly string[],
  { firstLicense = 1 } = {},
): Promise<Listeners> {
  const caller = openCaller(gateway)
  const authorizations = await Promise.all(
    urls.map((_, index) => site.authorization({ licenseId: firstLicense + index })),
  )
  const ids: string[] = []
  for (const [index, url] of urls.entries()) {
    const webhooks = { url, secretKey: 'JSauw0Aks8l-asAa', actions: [{ name: 'INCOMING_EVENT' }] }
    const input = { name: 'bench', status: 'ACCEPTING_CHATS', webhooks }
    const { createBotAgent } = await caller.call<{ createBotAgent: { botAgent: { id: string } } }>(
      authorizations[index] ?? '',
      creating,
      { input },
    )
    ids.push(createBotAgent.botAgent.id)
  }
  await caller.close()
  return {
    ids,
    async publish(caller, number) {
      const authorization = authorizations[number % authorizations.length] ?? ''
      await caller.call(authorization, publishing, { input: chatEvent(number) })
    },
  }
}
