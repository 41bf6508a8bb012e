import { getOperationAST, parse } from 'graphql'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { examples } from '../src/http/graphiql/graphiql-examples.ts'
import { create } from './support/bot-agents.ts'
import { soon } from './support/browser.ts'
import { request } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { describeInChromium } from './support/graphiql.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const tabs = examples.map(({ query }) => {
  const operation = getOperationAST(parse(query))
  return { name: operation?.name?.value ?? '', isStream: operation?.operation === 'subscription' }
})

describeInChromium('the tabs of GraphiQL', {}, (open) => {
  it('are all in sight at 1,280 px, also while streams run, beside a title on one line', async () => {
    const graphiql = await open(gateway.url)
    const { page } = graphiql
    expect(await graphiql.tabs()).toEqual(tabs.map(({ name }) => name))
    for (const { name } of tabs.filter(({ isStream }) => isStream)) {
      await graphiql.open(name)
      await graphiql.subscribe()
    }
    await soon(() => page.locator('.graphiql-tab-button[data-events]').count()).toBe(
      tabs.filter(({ isStream }) => isStream).length,
    )
    const title = await boxOf(page.locator('.graphiql-logo span'))
    const editor = await boxOf(page.locator('.graphiql-query-editor'))
    expect(title.x + title.width).toBeLessThan(1_280)
    expect(title.height).toBeLessThan(30)
    for (const [index, { name }] of tabs.entries()) {
      const button = page.locator('.graphiql-tab-button').nth(index)
      const { x, y, width, height } = await boxOf(button)
      const isInSight = x > 0 && x + width < title.x && y > 0 && y + height <= editor.y
      const isWhole = await button.evaluate((element) => element.scrollWidth <= element.clientWidth)
      // What a pointer would hit there is the tab: nothing lies over it, and no edge cuts it off.
      const hit = await page.evaluate(([left, top]) => document.elementFromPoint(left, top)?.textContent, [
        x + 10,
        y + height / 2,
      ] as const)
      expect({ name, isInSight, isWhole, hit }).toEqual({ name, isInSight: true, isWhole: true, hit: name })
    }
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
    for (const { name, isStream } of tabs) {
      await graphiql.open(name)
      const variables = await graphiql.read('variables.json')
      const isShown = await graphiql.page.locator('.graphiql-editor-tools [data-name=variables].active').isVisible()
      if (variables) expect([name, isShown]).toEqual([name, true])
      if (isStream) await graphiql.subscribe()
      else await graphiql.run()
      answers[name] = await graphiql.answer()
    }
    const text = JSON.stringify(answers)
    expect(text).not.toContain('"errors":')
    expect(text.match(/"userErrors":\[[^\]]/)).toBeNull()
    const id = idOf(answers.Create)
    const { data: published } = answers.Publish as { data: { publishChatEvent: { chatEvent: { id: string } } } }
    const { chatEvent } = published.publishChatEvent
    expect(answers).toMatchObject({
      Viewer: { data: { viewer: { clientId: 'my-bots', licenseId: 1 } } },
      List: { data: { botAgents: { nodes: [{ id }] } } },
      Update: { data: { updateBotAgent: { botAgent: { id, status: 'NOT_ACCEPTING_CHATS' } } } },
      Actions: {
        data: { webhookActions: expect.arrayContaining([expect.objectContaining({ name: 'INCOMING_EVENT' })]) },
      },
      Example: { data: { sendExampleWebhook: { webhookDelivery: { action: 'INCOMING_CHAT_THREAD', ping: true } } } },
      Publish: { data: { publishChatEvent: { matched: 1, chatEvent } } },
      Deliveries: { data: { webhookDeliveries: { nodes: [{ action: 'INCOMING_EVENT' }] } } },
      Events: { data: { chatEvents: { nodes: [{ ...chatEvent, matched: 1 }] } } },
      Explain: {
        data: {
          explainWebhook: { matched: true },
          previewWebhooks: [{ chatEvent, explanation: { matched: false, reasons: [{ filter: 'chatProperties' }] } }],
        },
      },
      Health: {
        data: {
          botAgents: { nodes: [{ webhooks: { health: { state: 'ACTIVE' } } }] },
          webhookStatistics: { nodes: expect.arrayContaining([expect.objectContaining({ held: 0 })]) },
        },
      },
      Status: { stream: expect.stringContaining('no event yet'), count: 0, events: [] },
      Notices: { stream: expect.stringContaining('no event yet'), count: 0, events: [] },
      Audit: {
        data: {
          auditTrail: {
            nodes: [{ action: 'REPLAYED' }, { action: 'PINGED' }, { action: 'UPDATED' }, { action: 'CREATED' }],
          },
        },
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
    expect((await graphiql.tabs()).slice(2, 4)).toEqual(['List', 'Mine'])
    expect(await graphiql.read('operation.graphql')).toBe('mutation Mine { __typename }')
    expect(await graphiql.read('variables.json')).toBe('{"botAgentId": "1"}')
  })
})

const removeBotAgent = 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }'

async function boxOf(element: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await element.boundingBox()
  if (!box) throw new Error('It is not shown.')
  return box
}

function idOf(created: object | undefined): string {
  const { data } = created as { data: { createBotAgent: { botAgent: { id: string } } } }
  return data.createBotAgent.botAgent.id
}
