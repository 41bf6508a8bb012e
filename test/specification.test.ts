import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload } from './specification/payloads.ts'
import { run as runAs } from './support/client.ts'
import { type Claims, startGateway, type TestGateway } from './support/gateway.ts'
import { openSubscription, type Subscription } from './support/subscription.ts'

const details = `{
  id name avatar status application { clientId } maxChatsCount defaultGroupPriority groups { id priority }
  webhooks { url secretKey state actions {
    name filters { chatProperties { namespace name exists values excludeValues } chatMemberIds { agentsAny } authorType onlyMyChats }
    additionalData
  } }
}`

const changes = (all: boolean) => `subscription { botAgentStatusChanged(all: ${all}) {
  botAgentId status previousStatus reason botAgent { name maxChatsCount }
} }`

interface BotAgent {
  id: string
  name: string
}

describe('the examples of the specification', () => {
  let gateway: TestGateway
  let token: string
  let owner: Subscription<object>
  let supervisor: Subscription<object>
  let outsider: Subscription<object>
  let john: BotAgent

  const run = <Data = Record<string, { botAgent?: BotAgent; userErrors?: object[] }>>(
    document: string,
    variables?: object,
    as = token,
  ) => runAs<Data>(gateway, as, document, variables)

  beforeAll(async () => {
    gateway = await startGateway()
    token = await gateway.token({ clientId: 'asXdesldiAJSq9padj', scopes: ['agents-bot--my:rw'] })
    const watcher = async (all: boolean, claims: Claims) =>
      openSubscription<object>(gateway, await gateway.token(claims), changes(all))
    owner = await watcher(false, { clientId: 'asXdesldiAJSq9padj', scopes: ['agents-bot--my:ro'] })
    supervisor = await watcher(true, { clientId: 'supervisor', scopes: ['agents-bot--all:ro'] })
    outsider = await watcher(true, { clientId: 'asXdesldiAJSq9padj', licenseId: 2 })
  })

  afterAll(async () => {
    for (const { stop } of [owner, supervisor, outsider]) await stop()
    await gateway.stop()
  })

  it('create John Doe with three groups and two webhook actions', async () => {
    const input = await payload('create_bot_agent')
    const { createBotAgent } = await run(
      `mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent ${details} userErrors { message } } }`,
      { input },
    )
    expect(createBotAgent?.userErrors).toEqual([])
    john = createBotAgent?.botAgent ?? expect.fail('no bot agent')
    expect(john).toMatchObject({
      ...input,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      application: { clientId: 'asXdesldiAJSq9padj' },
      defaultGroupPriority: 'NORMAL',
    })
  })

  it('update his filters, and keep what the update omits', async () => {
    const input = { ...(await payload('update_bot_agent')), id: john.id, status: 'NOT_ACCEPTING_CHATS' }
    const { updateBotAgent } = await run(
      `mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { botAgent ${details} userErrors { message } } }`,
      { input },
    )
    expect(updateBotAgent?.userErrors).toEqual([])
    expect(updateBotAgent?.botAgent).toMatchObject({
      name: 'John Doe',
      groups: [{ id: 0 }, { id: 1 }, { id: 2 }],
      ...input,
    })
  })

  it('read the details back as the specification shows them', async () => {
    const { botAgent: shown } = await payload<{ botAgent: { webhooks: object } }>('get_bot_agent_details.answer')
    await run('mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { userErrors { message } } }', {
      input: { id: john.id, status: 'ACCEPTING_CHATS', webhooks: shown.webhooks },
    })
    const { botAgent } = await run(`query ($id: ID!) { botAgent(id: $id) ${details} }`, { id: john.id })
    expect(botAgent).toMatchObject({ ...shown, id: john.id })
  })

  it('list him among the bots of his application, and among all of the license', async () => {
    const { botAgents: shown } = await payload<{ botAgents: object[] }>('get_bot_agents.answer')
    const { all } = await payload<{ all: boolean }>('get_bot_agents')
    const listed = { nodes: [{ ...shown[0], id: john.id }] }
    const list = 'query ($all: Boolean) { botAgents(all: $all) { nodes { id name avatar status } } }'
    expect(await run(list, { all })).toEqual({ botAgents: listed })

    const supervising = await gateway.token({ clientId: 'supervisor', scopes: ['agents-bot--all:ro'] })
    expect(await run(list, { all: true }, supervising)).toEqual({ botAgents: listed })
    expect(await run(list, { all: false }, supervising)).toEqual({ botAgents: { nodes: [] } })
    expect(await run(list, { all: true }, await gateway.token({ licenseId: 2 }))).toEqual({ botAgents: { nodes: [] } })
  })

  it('remove him', async () => {
    const { removeBotAgent } = await run(
      'mutation ($input: RemoveBotAgentInput!) { removeBotAgent(input: $input) { botAgentId userErrors { message } } }',
      { input: { ...(await payload('remove_bot_agent')), botAgentId: john.id } },
    )
    expect(removeBotAgent).toEqual({ botAgentId: john.id, userErrors: [] })
    expect(await run('query ($id: ID!) { botAgent(id: $id) { id } }', { id: john.id })).toEqual({ botAgent: null })
  })

  it('report each change of status only to the owner and to the supervisor of the license', async () => {
    const change = { botAgentId: john.id }
    const expected = [
      { ...change, status: 'ACCEPTING_CHATS', previousStatus: null, reason: 'CREATED' },
      { ...change, status: 'NOT_ACCEPTING_CHATS', previousStatus: 'ACCEPTING_CHATS', reason: 'UPDATED' },
      { ...change, status: 'ACCEPTING_CHATS', previousStatus: 'NOT_ACCEPTING_CHATS', reason: 'UPDATED' },
      { ...change, status: 'OFFLINE', previousStatus: 'ACCEPTING_CHATS', reason: 'REMOVED' },
    ].map((fields) => expect.objectContaining(fields))
    expect(await owner.take(expected.length)).toEqual(expected)
    expect(await supervisor.take(expected.length)).toEqual(expected)

    // The change made by the outsider shows that its stream works and that nothing was reported before.
    await run(
      'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } } }',
      { input: { name: 'Outside', status: 'OFFLINE' } },
      await gateway.token({ licenseId: 2 }),
    )
    expect(await outsider.take(1)).toMatchObject([{ botAgent: { name: 'Outside' } }])
    expect([...owner.pending(), ...supervisor.pending()]).toEqual([])
  })
})
