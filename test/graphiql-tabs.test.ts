import { afterAll, beforeAll, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { describeInChromium, soon } from './support/graphiql.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const names = [
  'Viewer',
  'Create',
  'List',
  'Update',
  'Publish',
  'Deliveries',
  'Replay',
  'Changes',
  'Status',
  'DeliveriesLive',
  'Audit',
  'Remove',
]

describeInChromium('the tabs of GraphiQL', {}, (open) => {
  it('are all in sight at 1,280 px, beside a title on one line', async () => {
    const graphiql = await open(gateway.url)
    expect(await graphiql.tabs()).toEqual(names)
    const boxes = await graphiql.page.locator('.graphiql-tab').all()
    const edges = await Promise.all(boxes.map((tab) => tab.boundingBox()))
    const title = await graphiql.page.locator('.graphiql-logo span').boundingBox()
    const right = Math.max(...edges.map((box) => (box ? box.x + box.width : Number.POSITIVE_INFINITY)))
    // Room for the counts of streams.
    expect(right).toBeLessThan((title?.x ?? 0) - 60)
    expect((title?.x ?? 0) + (title?.width ?? 0)).toBeLessThan(1_280)
    expect(title?.height).toBeLessThan(30)
  })

  it('are introduced where the answers will be, and every button has a label', async () => {
    const { page, run } = await open(gateway.url)
    expect(await page.locator('.welcome').textContent()).toContain('Run the tabs from left to right')
    await page.click('[aria-label="Show Documentation Explorer"]')
    const labels = await page
      .locator('button')
      .evaluateAll((buttons) => buttons.map((button) => button.ariaLabel || button.textContent?.trim()))
    expect(labels.length).toBeGreaterThan(20)
    expect(labels.every(Boolean)).toBe(true)
    expect(await page.locator('svg title').allTextContents()).toEqual([])
    await run()
    expect(await page.locator('.welcome').isVisible()).toBe(false)
  })

  it('run from left to right as they are, with the variables in sight', async () => {
    const graphiql = await open(gateway.url)
    const answers: Record<string, object | undefined> = {}
    for (const name of names) {
      await graphiql.open(name)
      const variables = await graphiql.read('variables.json')
      const isShown = await graphiql.page.locator('.graphiql-editor-tools [data-name=variables].active').isVisible()
      if (variables) expect([name, isShown]).toEqual([name, true])
      if (['Changes', 'Status', 'DeliveriesLive'].includes(name)) await graphiql.subscribe()
      else await graphiql.run()
      answers[name] = await graphiql.answer()
    }
    const text = JSON.stringify(answers)
    expect(text).not.toContain('"errors":')
    expect(text.match(/"userErrors":\[[^\]]/)).toBeNull()
    const id = idOf(answers.Create)
    expect(answers).toMatchObject({
      Viewer: { data: { viewer: { clientId: 'my-bots', licenseId: 1 } } },
      List: { data: { botAgents: { nodes: [{ id }] } } },
      Update: { data: { updateBotAgent: { botAgent: { id, status: 'NOT_ACCEPTING_CHATS' } } } },
      Publish: { data: { publishChatEvent: { matched: 1 } } },
      Deliveries: { data: { webhookDeliveries: { nodes: [{ action: 'INCOMING_EVENT' }] } } },
      Status: { stream: expect.stringContaining('no event yet'), count: 0, events: [] },
      Audit: {
        data: { auditTrail: { nodes: [{ action: 'REPLAYED' }, { action: 'UPDATED' }, { action: 'CREATED' }] } },
      },
      Remove: { data: { removeBotAgent: { botAgentId: id } } },
    })
    await graphiql.open('Changes')
    const gone = { data: { botAgentChanged: { botAgentId: id, kind: 'REMOVED', botAgent: null } } }
    await soon(graphiql.answer).toMatchObject({ count: 1, events: [gone] })
    await graphiql.open('Status')
    const removed = { data: { botAgentStatusChanged: { botAgentId: id, status: 'OFFLINE', reason: 'REMOVED' } } }
    await soon(graphiql.answer).toMatchObject({ count: 1, events: [removed] })
  })

  it('say which one to run first, and keep an id that was typed', async () => {
    const graphiql = await open(gateway.url)
    await graphiql.open('Update')
    expect(await graphiql.run()).toEqual({ page: expect.stringContaining('Run Create first') })
    await graphiql.open('Remove')
    await graphiql.write('variables.json', '{"botAgentId": "mine"}')

    await graphiql.open('Create')
    const first = idOf(await graphiql.run())
    await graphiql.open('Update')
    await soon(() => graphiql.read('variables.json')).toContain(first)
    await graphiql.open('Create')
    const second = idOf(await graphiql.run())
    await graphiql.open('Update')
    await soon(() => graphiql.read('variables.json')).toContain(second)
    await graphiql.open('Remove')
    await soon(() => graphiql.read('variables.json')).toBe('{"botAgentId": "mine"}')
  })

  it('list a webhook that was refused, and send it again', async () => {
    const graphiql = await open(gateway.url)
    const receiver = await receiverForTest()
    receiver.answer = (response) => response.writeHead(503, { 'retry-after': '60' }).end('busy')
    const token = await gateway.token()
    const actions = [{ name: 'INCOMING_EVENT' }]
    const webhooks = { url: receiver.url, secretKey: 'JSauw0Aks8l-asAa', actions }
    const botAgentId = await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks })

    await graphiql.open('DeliveriesLive')
    await graphiql.subscribe()
    await graphiql.open('Publish')
    await graphiql.run()
    const [{ id = '' } = {}] = await receiver.reaches(1)
    await graphiql.open('Deliveries')
    const refused = { id, attempts: [{ number: 1, statusCode: 503, responseBody: 'busy' }] }
    await soon(async () => JSON.stringify(await graphiql.run())).toContain('"responseBody":"busy"')
    const { data } = (await graphiql.answer()) as { data: { webhookDeliveries: { nodes: { id: string }[] } } }
    expect(data.webhookDeliveries.nodes.find((node) => node.id === id)).toMatchObject(refused)

    receiver.answer = (response) => response.end('thank you')
    await graphiql.open('Replay')
    await graphiql.write('variables.json', JSON.stringify({ webhookDeliveryId: id }))
    expect(await graphiql.run()).toMatchObject({ data: { replayWebhookDelivery: { webhookDelivery: { id } } } })
    await graphiql.open('DeliveriesLive')
    const attempts = async () => {
      const { events = [] } = (await graphiql.answer()) as { events?: { data: { webhookDeliveryUpdated: object } }[] }
      return events.map(({ data }) => data.webhookDeliveryUpdated)
    }
    const attempt = { number: 2, statusCode: 200, responseBody: 'thank you', replay: true }
    await soon(attempts).toContainEqual(expect.objectContaining({ attempt: expect.objectContaining(attempt) }))
    await request(gateway.url, token, removeBotAgent, { id: botAgentId })
  })

  it('keep what was typed when the page is reloaded', async () => {
    const graphiql = await open(gateway.url)
    await graphiql.open('Update')
    await graphiql.write('variables.json', '{"botAgentId": "1"}')
    await graphiql.write('operation.graphql', 'mutation Mine { __typename }')
    await soon(graphiql.stored).toContain('"title":"Mine"')
    await graphiql.reload()
    expect((await graphiql.tabs()).slice(2, 5)).toEqual(['List', 'Mine', 'Publish'])
    expect(await graphiql.read('operation.graphql')).toBe('mutation Mine { __typename }')
    expect(await graphiql.read('variables.json')).toBe('{"botAgentId": "1"}')
  })
})

const removeBotAgent = 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }'

function idOf(created: object | undefined): string {
  const { data } = created as { data: { createBotAgent: { botAgent: { id: string } } } }
  return data.createBotAgent.botAgent.id
}
