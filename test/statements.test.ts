import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildSchema } from '../src/schema.ts'
import { create, createBotAgent, updateBotAgent } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway({ env: { LOG_LEVEL: 'trace' } })
  token = await gateway.token()
})
afterAll(() => gateway.stop())

const webhooks = {
  url: 'http://127.0.0.1:9/',
  secretKey: 'secret',
  actions: [{ name: 'INCOMING_EVENT' }, { name: 'AGENT_STATUS_CHANGED' }],
}
const event = {
  action: 'INCOMING_EVENT',
  data: { chat_id: 'c', thread_id: 't', event: { id: 'e' } },
  authorType: 'CUSTOMER',
}
const target = { location: 'CHAT', id: 'c' }

/** Runs a mutation. @returns how many statements the gateway ran for it */
async function statementsOf(document: string, input: object): Promise<number> {
  const [payload] = Object.values(
    await run<Record<string, { userErrors: unknown[] }>>(gateway, token, document, { input }),
  )
  expect(payload?.userErrors).toEqual([])
  return statementsOfLast()
}

/** How many statements the gateway ran for the last operation. */
async function statementsOfLast(): Promise<number> {
  await turn()
  const ids = gateway.logged.filter(({ msg }) => msg === 'request').map(({ requestId }) => requestId)
  return gateway.logged.filter(({ msg, requestId }) => msg === 'query' && requestId === ids.at(-1)).length
}

const mutation = (name: string, type: string, answer = '') =>
  `mutation ($input: ${type}Input!) { ${name}(input: $input) { ${answer} userErrors { message } } }`

it('each mutation runs no more statements than listed here', async () => {
  const id = await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks })
  const other = await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks })
  const published = mutation('publishChatEvent', 'PublishChatEvent')
  const counts = {
    'createBotAgent, that listens': await statementsOf(createBotAgent, {
      name: 'x',
      status: 'ACCEPTING_CHATS',
      webhooks,
    }),
    'createBotAgent, OFFLINE without webhooks': await statementsOf(createBotAgent, { name: 'x', status: 'OFFLINE' }),
    'createBotAgent, with a key': await statementsOf(createBotAgent, {
      name: 'x',
      status: 'OFFLINE',
      idempotencyKey: 'key',
    }),
    'createBotAgent, with a key again': await statementsOf(createBotAgent, {
      name: 'x',
      status: 'OFFLINE',
      idempotencyKey: 'key',
    }),
    'createBotAgents, 10 at once': await statementsOf(mutation('createBotAgents', 'CreateBotAgents'), {
      botAgents: Array(10).fill({ name: 'x', status: 'OFFLINE' }),
      atomic: true,
    }),
    'updateBotAgents, 2 at once': await statementsOf(mutation('updateBotAgents', 'UpdateBotAgents'), {
      botAgents: Array(2).fill({ id, name: 'y' }),
      atomic: true,
    }),
    'removeBotAgents, none of them there': await statementsOf(mutation('removeBotAgents', 'RemoveBotAgents'), {
      botAgentIds: Array(2).fill('f'.repeat(32)),
      atomic: true,
    }),
    'updateBotAgent, the name': await statementsOf(updateBotAgent, { id, name: 'y' }),
    'updateBotAgent, as expected': await statementsOf(updateBotAgent, {
      id,
      name: 'y',
      expectedUpdatedAt: await updatedAtOf(id),
    }),
    'updateBotAgent, the status': await statementsOf(updateBotAgent, { id, status: 'NOT_ACCEPTING_CHATS' }),
    'publishChatEvent, after a change of webhooks': await statementsOf(published, event),
    publishChatEvent: await statementsOf(published, event),
    'publishChatEvent, with a key': await statementsOf(published, { ...event, idempotencyKey: 'key' }),
    'publishChatEvent, with a key again': await statementsOf(published, { ...event, idempotencyKey: 'key' }),
    replayWebhookDelivery: await statementsOf(mutation('replayWebhookDelivery', 'ReplayWebhookDelivery'), {
      id: await anyDelivery(),
    }),
    pingWebhooks: await statementsOf(mutation('pingWebhooks', 'PingWebhooks'), { botAgentId: id }),
    sendExampleWebhook: await statementsOf(mutation('sendExampleWebhook', 'SendExampleWebhook'), {
      botAgentId: id,
      action: 'THREAD_CLOSED',
    }),
    enableWebhooks: await statementsOf(mutation('enableWebhooks', 'EnableWebhooks'), { botAgentId: id }),
    replayWebhookDeliveries: await statementsOf(mutation('replayWebhookDeliveries', 'ReplayWebhookDeliveries'), {
      botAgentId: id,
      states: ['PENDING', 'SUCCEEDED', 'FAILED'],
    }),
    createProperty: await statementsOf(mutation('createProperty', 'CreateProperty'), { name: 'p', type: 'INT' }),
    updateProperty: await statementsOf(mutation('updateProperty', 'UpdateProperty'), { name: 'p', type: 'BOOL' }),
    deleteProperty: await statementsOf(mutation('deleteProperty', 'DeleteProperty'), { name: 'p' }),
    setProperties: await statementsOf(mutation('setProperties', 'SetProperties'), {
      target,
      properties: { test: { int_property: 1 } },
    }),
    deleteProperties: await statementsOf(mutation('deleteProperties', 'DeleteProperties'), {
      target,
      properties: { test: ['int_property'] },
    }),
    removeBotAgent: await statementsOf(mutation('removeBotAgent', 'RemoveBotAgent'), { botAgentId: other }),
  }
  const most: Record<keyof typeof counts, number> = {
    'createBotAgent, OFFLINE without webhooks': 8,
    'createBotAgent, that listens': 12,
    'createBotAgent, with a key': 9,
    'createBotAgent, with a key again': 4,
    'createBotAgents, 10 at once': 62,
    'removeBotAgents, none of them there': 5,
    'updateBotAgent, as expected': 1,
    'updateBotAgents, 2 at once': 12,
    createProperty: 5,
    deleteProperties: 7,
    deleteProperty: 6,
    enableWebhooks: 4,
    pingWebhooks: 6,
    publishChatEvent: 1,
    'publishChatEvent, after a change of webhooks': 2,
    'publishChatEvent, with a key': 1,
    'publishChatEvent, with a key again': 2,
    removeBotAgent: 7,
    replayWebhookDeliveries: 5,
    replayWebhookDelivery: 3,
    sendExampleWebhook: 6,
    setProperties: 7,
    'updateBotAgent, the name': 6,
    updateProperty: 7,
    'updateBotAgent, the status': 9,
  }
  // A range in which nothing is left to replay takes one less.
  const more = Object.entries(counts).filter(([name, count]) => count > most[name as keyof typeof counts])
  expect(more).toEqual([])
  const mutations = Object.keys(buildSchema().getMutationType()?.getFields() ?? {})
  expect(new Set(Object.keys(counts).map((name) => name.split(',')[0]))).toEqual(new Set(mutations))
})

it('an operation that explains an event with many bot agents looks for their deliveries at once', async () => {
  const id = await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks })
  const { id: eventId } = await publish(gateway, token, event)
  const explanations = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const botAgentId = index === 0 ? id : index.toString(16).padStart(32, '0')
      return `e${index}: explainWebhook(botAgentId: "${botAgentId}", chatEventId: "${eventId}") { matched }`
    })
  const explain = async (count: number) => {
    const answer = await run<Record<string, { matched: boolean }>>(
      gateway,
      token,
      `{ ${explanations(count).join(' ')} }`,
    )
    expect(Object.values(answer).map(({ matched }) => matched)).toEqual([true, ...Array(count - 1).fill(false)])
    return statementsOfLast()
  }
  const [one, many] = [await explain(1), await explain(30)]
  expect([one, many]).toEqual([3, 3])
})

async function updatedAtOf(id: string): Promise<string> {
  const query = 'query ($id: ID!) { botAgent(id: $id) { updatedAt } }'
  const { botAgent } = await run<{ botAgent: { updatedAt: string } }>(gateway, token, query, { id })
  return botAgent.updatedAt
}

async function anyDelivery(): Promise<string> {
  const { webhookDeliveries } = await run<{ webhookDeliveries: { nodes: { id: string }[] } }>(
    gateway,
    token,
    '{ webhookDeliveries(first: 1) { nodes { id } } }',
  )
  return webhookDeliveries.nodes[0]?.id ?? ''
}
