import { setTimeout as delay } from 'node:timers/promises'
import { openCaller } from './caller.ts'
import { callAll } from './callers.ts'
import { now } from './clock.ts'
import type { SpawnedGateway } from './spawned-gateway.ts'

/** A change of status, in milliseconds of `now`. */
export interface Change {
  /** When it was asked for, and when the gateway acknowledged it. */
  readonly begun: number
  readonly done: number
}

const creating = `mutation ($input: CreateBotAgentInput!) {
  createBotAgent(input: $input) { botAgent { id } userErrors { message } }
}`
const updating = `mutation ($input: UpdateBotAgentInput!) {
  updateBotAgent(input: $input) { userErrors { message } }
}`
const AGAIN_MS = 100
/** A gateway that was killed takes a while to start. */
const LONGEST_MS = 120_000

/** @returns the ids of new bot agents, whose status can change once */
export async function createBotAgents(
  gateway: SpawnedGateway,
  authorization: string,
  count: number,
): Promise<string[]> {
  const caller = openCaller(gateway)
  const ids: string[] = []
  await callAll(count, 4, async () => {
    const input = { name: 'bench', status: 'ACCEPTING_CHATS' }
    const { createBotAgent } = await caller.call<{ createBotAgent: { botAgent: { id: string } } }>(
      authorization,
      creating,
      { input },
    )
    ids.push(createBotAgent.botAgent.id)
  })
  await caller.close()
  return ids
}

/** Changes the status through any of the gateways, and tries again until one has acknowledged it. */
export async function changeStatus(
  gateways: readonly { url: string }[],
  authorization: string,
  id: string,
): Promise<Change> {
  const begun = now()
  for (let attempt = 0; ; attempt += 1) {
    const caller = openCaller(gateways[attempt % gateways.length] ?? { url: '' }, 1)
    try {
      await caller.call(authorization, updating, { input: { id, status: 'NOT_ACCEPTING_CHATS' } })
      return { begun, done: now() }
    } catch (error) {
      if (now() > begun + LONGEST_MS) throw error
      await delay(AGAIN_MS)
    } finally {
      await caller.close()
    }
  }
}
