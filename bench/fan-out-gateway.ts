import { type Audience, openAudience } from './audience.ts'
import { openCaller } from './caller.ts'
import { manyRequests } from './request-gateway.ts'
import type { Site } from './site.ts'
import type { SpawnedGateway } from './spawned-gateway.ts'
import { createBotAgents } from './status-changes.ts'

/** One license of a gateway, whose bot agents change their status. */
export interface WatchedLicense {
  /** Makes so many changes at once, each of another bot agent. Resolves when all are acknowledged. */
  change(count: number): Promise<void>
  /** Opens subscribers, who have the documents in turn. */
  openAudience(count: number, documents: readonly string[]): Promise<Audience>
}

/** The most changes at once. */
export const BURST = 10
/** A token may have 2,000 sockets. */
const SUBSCRIBERS_PER_TOKEN = 2_000

const updating = `mutation ($input: UpdateBotAgentInput!) {
  updateBotAgent(input: $input) { userErrors { message } }
}`

/** A gateway as `npm start` runs it. */
export async function startWatchedGateway(site: Site): Promise<SpawnedGateway> {
  const databaseUrl = await site.createDatabase()
  return site.startGateway({ databaseUrl, env: { LOG_LEVEL: 'info', ...manyRequests } })
}

export async function openLicense(
  site: Site,
  gateway: SpawnedGateway,
  licenseId: number,
  parts: AsyncDisposableStack,
): Promise<WatchedLicense> {
  const authorization = await site.authorization({ licenseId })
  const botAgentIds = await createBotAgents(gateway, authorization, BURST)
  const caller = openCaller(gateway, BURST)
  parts.defer(() => caller.close())
  // What is next for each, so that every update is a change.
  const accepting = new Map(botAgentIds.map((id) => [id, false]))
  const changeOne = async (id: string) => {
    const isAccepting = accepting.get(id)
    accepting.set(id, !isAccepting)
    const input = { id, status: isAccepting ? 'ACCEPTING_CHATS' : 'NOT_ACCEPTING_CHATS' }
    const { updateBotAgent } = await caller.call<{ updateBotAgent: { userErrors: readonly object[] } }>(
      authorization,
      updating,
      { input },
    )
    if (updateBotAgent.userErrors.length > 0) throw new Error(JSON.stringify(updateBotAgent.userErrors))
  }
  return {
    async change(count) {
      await Promise.all(botAgentIds.slice(0, count).map(changeOne))
    },
    async openAudience(count, documents) {
      const tokens = Math.ceil(count / SUBSCRIBERS_PER_TOKEN)
      const authorizations = await Promise.all(Array.from({ length: tokens }, () => site.authorization({ licenseId })))
      return openAudience({ count, url: gateway.url.replace(/^http/, 'ws'), authorizations, documents })
    },
  }
}
