import { get, type IncomingMessage } from 'node:http'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { parse, validate } from 'graphql'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { examples } from '../src/http/graphiql/graphiql-examples.ts'
import { buildSchema } from '../src/schema.ts'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { request } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { installed } from './support/installed.ts'
import { receiverForTest } from './support/receiver.ts'

const browserAccepts = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

describe('the GraphiQL page', () => {
  it('has examples that the schema allows', () => {
    const schema = buildSchema()
    expect(examples.flatMap(({ query }) => validate(schema, parse(query)))).toEqual([])
  })

  it.each([
    ['a browser', browserAccepts, '', true],
    ['a browser that has an operation in the address', browserAccepts, '?query={viewer{licenseId}}', false],
    ['a client that takes anything', '*/*', '', false],
    ['a client that prefers JSON', 'application/json, text/html;q=0.5', '', false],
  ])('is served only to a browser that requests no operation: %s %s %s %s', async (_who, accept, search, expected) => {
    const { headers } = await load(gateway.url + search, { accept })
    expect(headers['content-type']?.startsWith('text/html')).toBe(expected)
  })

  it('contains a token that is not cached, and that other pages cannot read', async () => {
    const first = await load(gateway.url, { accept: browserAccepts })
    expect(first.headers['cache-control']).toBe('no-store')
    expect(first.headers['content-security-policy']).toContain("default-src 'none'")
    const second = await load(gateway.url, { accept: browserAccepts })
    expect(tokenIn(await text(first))).not.toBe(tokenIn(await text(second)))
  })

  it.each([
    ['localhost:4000', 200],
    ['my.localhost', 200],
    ['[::1]:4000', 200],
    ['192.168.0.7:4000', 403],
    ['gateway:4000', 403],
    ['gateway.example', 421],
    ['127.0.0.1.gateway.example:4000', 421],
  ])('is served only under names of this machine: %s %d', async (host, status) => {
    const response = await load(gateway.url, { accept: browserAccepts, host })
    expect(response.statusCode).toBe(status)
    expect(tokenIn(await text(response)) !== undefined).toBe(status === 200)
  })

  it('is not served through a proxy, but to whoever follows a link of another site', async () => {
    const through = await load(gateway.url, { accept: browserAccepts, 'x-forwarded-for': '192.0.2.1' })
    expect(through.statusCode).toBe(403)
    expect(await text(through)).toContain('opens only on the machine of the gateway')
    const linked = await load(gateway.url, { accept: browserAccepts, 'sec-fetch-site': 'cross-site' })
    expect(linked.statusCode).toBe(200)
  })

  it('loads files that are compressed and can be cached permanently', async () => {
    const page = await text(await load(gateway.url, { accept: browserAccepts }))
    const [address] = /\?graphiql=[^"']+\.js/.exec(page) ?? []
    const response = await load(gateway.url + address)
    expect(response.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect(gunzipSync(await buffer(response)).toString()).toContain('YogaGraphiQL')
    expect((await load(`${gateway.url}?graphiql=0.0.0/graphiql.js`)).statusCode).toBe(404)
  })
})

const removeBotAgent = 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }'

const executablePath =
  process.env.CHROMIUM_PATH || installed('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')

describe.skipIf(!executablePath)(
  executablePath ? 'GraphiQL in Chromium' : 'GraphiQL in Chromium, SKIPPED: none is installed (set CHROMIUM_PATH)',
  () => {
    let browser: Browser
    let context: BrowserContext
    let graphiql: GraphiQL
    const complaints: string[] = []
    const hosts = new Set<string>()

    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: executablePath ?? '',
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      })
    })
    afterAll(() => browser?.close())

    beforeEach(async () => {
      context = await browser.newContext()
      context.on('request', (sent) => sent.url().startsWith('data:') || hosts.add(new URL(sent.url()).host))
      context.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      context.on('weberror', (error) => complaints.push(error.error().message))
      graphiql = await openGraphiQL(await context.newPage(), gateway.url)
    })

    afterEach(async () => {
      await context.close()
      expect(complaints.splice(0)).toEqual([])
      expect([...hosts]).toEqual([new URL(gateway.url).host])
    })

    it('opens with the examples in tabs, and with a valid token in the headers', async () => {
      expect(await graphiql.tabs()).toEqual([
        'CreateBotAgent',
        'ListBotAgents',
        'UpdateBotAgent',
        'SubscribeToBotAgentStatus',
        'SubscribeToWebhookDeliveries',
        'ListWebhookDeliveries',
        'ReplayWebhookDelivery',
        'PublishChatEvent',
        'RemoveBotAgent',
        'AuditTrail',
      ])
      const { Authorization } = JSON.parse(await graphiql.read('request-headers.json'))
      const { data } = await request(gateway.url, Authorization.replace('Bearer ', ''), '{ viewer { licenseId } }')
      expect(data).toEqual({ viewer: { licenseId: 1 } })
    })

    it('creates, lists, updates and removes a bot agent', async () => {
      const created = await graphiql.run()
      expect(created).toMatchObject({ data: { createBotAgent: { botAgent: { name: 'John Doe' }, userErrors: [] } } })
      const id = idOf(created)

      await graphiql.open('ListBotAgents')
      expect(JSON.stringify(await graphiql.run())).toContain(id)

      await graphiql.open('UpdateBotAgent')
      expect(await graphiql.run()).toMatchObject({ data: { updateBotAgent: { userErrors: [{ code: 'NOT_FOUND' }] } } })
      await graphiql.write('variables.json', JSON.stringify({ id, status: 'OFFLINE' }))
      expect(await graphiql.run()).toMatchObject({ data: { updateBotAgent: { botAgent: { id, status: 'OFFLINE' } } } })

      await graphiql.open('RemoveBotAgent')
      await graphiql.write('variables.json', JSON.stringify({ id }))
      expect(await graphiql.run()).toEqual({ data: { removeBotAgent: { botAgentId: id, userErrors: [] } } })
    })

    it('shows changes made by others', async () => {
      const id = idOf(await graphiql.run())
      await graphiql.open('SubscribeToBotAgentStatus')
      await graphiql.subscribe()

      const token = await gateway.token()
      for (const status of ['OFFLINE', 'NOT_ACCEPTING_CHATS']) {
        await request(gateway.url, token, updateBotAgent, { input: { id, status } })
        const event = { botAgentId: id, status, reason: 'UPDATED', botAgent: { name: 'John Doe' } }
        await soon(graphiql.answer).toMatchObject({ data: { botAgentStatusChanged: event } })
      }
      await request(gateway.url, token, removeBotAgent, { id })
      const event = { botAgentId: id, status: 'OFFLINE', reason: 'REMOVED', botAgent: null }
      await soon(graphiql.answer).toMatchObject({ data: { botAgentStatusChanged: event } })
    })

    it('publishes a chat event, lists the failed webhook, and shows how it is replayed', {
      timeout: 60_000,
    }, async () => {
      const receiver = await receiverForTest()
      receiver.answer = (response) => response.writeHead(503, { 'retry-after': '60' }).end('busy')
      const token = await gateway.token()
      const actions = [{ name: 'INCOMING_EVENT' }]
      const webhooks = { url: receiver.url, secretKey: 'JSauw0Aks8l-asAa', actions }
      const botAgent = await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks })

      await graphiql.open('PublishChatEvent')
      expect(await graphiql.run()).toMatchObject({ data: { publishChatEvent: { matched: 1, userErrors: [] } } })
      const [{ id = '' } = {}] = await receiver.reaches(1)

      await graphiql.open('ListWebhookDeliveries')
      const failed = { id, state: 'PENDING', attempts: [{ number: 1, statusCode: 503, responseBody: 'busy' }] }
      await soon(graphiql.run).toMatchObject({ data: { webhookDeliveries: { nodes: [failed] } } })

      const watching = await openGraphiQL(await context.newPage(), gateway.url)
      await watching.open('SubscribeToWebhookDeliveries')
      await watching.subscribe()
      receiver.answer = (response) => response.end('thank you')
      await graphiql.open('ReplayWebhookDelivery')
      await graphiql.write('variables.json', JSON.stringify({ id }))
      expect(await graphiql.run()).toMatchObject({
        data: { replayWebhookDelivery: { webhookDelivery: { id }, userErrors: [] } },
      })
      const attempt = { number: 2, statusCode: 200, responseBody: 'thank you', replay: true }
      await soon(watching.answer).toMatchObject({ data: { webhookDeliveryUpdated: { state: 'SUCCEEDED', attempt } } })

      await request(gateway.url, token, removeBotAgent, { id: botAgent })
    })

    it('keeps what was typed when it is reloaded, and uses a new token', async () => {
      await graphiql.open('UpdateBotAgent')
      await graphiql.write('variables.json', '{"id": "1"}')
      await graphiql.write('operation.graphql', 'mutation Mine { __typename }')
      const old = await graphiql.read('request-headers.json')
      await soon(graphiql.stored).toContain('"title":"Mine"')

      await graphiql.reload()
      expect((await graphiql.tabs()).slice(0, 4)).toEqual([
        'CreateBotAgent',
        'ListBotAgents',
        'Mine',
        'SubscribeToBotAgentStatus',
      ])
      expect(await graphiql.read('operation.graphql')).toBe('mutation Mine { __typename }')
      expect(await graphiql.read('variables.json')).toBe('{"id": "1"}')
      expect(await graphiql.read('request-headers.json')).not.toBe(old)
      expect(await graphiql.stored()).not.toContain('Bearer')
    })
  },
)

type Editor = 'operation.graphql' | 'variables.json' | 'request-headers.json' | 'response.json'

interface GraphiQL {
  tabs(): Promise<string[]>
  open(tab: string): Promise<void>
  read(editor: Editor): Promise<string>
  write(editor: Editor, content: string): Promise<void>
  /** Runs the operation in the open tab. Resolves to the response. */
  run(): Promise<object>
  /** Runs the subscription in the open tab. Resolves when the gateway has subscribed. */
  subscribe(): Promise<void>
  /** The response shown on the page. */
  answer(): Promise<object | undefined>
  reload(): Promise<void>
  /** The local storage of the page. */
  stored(): Promise<string>
}

const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 })

async function openGraphiQL(page: Page, url: string): Promise<GraphiQL> {
  const ready = () => page.waitForSelector('.graphiql-query-editor .view-line')
  const model = (editor: Editor) => `__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith('${editor}'))`
  const execute = () => page.click('.graphiql-execute-button')
  const read = (editor: Editor) => page.evaluate<string>(`${model(editor)}.getValue()`)
  const stored = () => page.evaluate<string>('Object.values({ ...localStorage, ...sessionStorage }).join()')
  const answer = async () => JSON.parse((await read('response.json')) || 'null') ?? undefined

  await page.goto(url)
  await ready()
  return {
    read,
    answer,
    stored,
    tabs: () => page.locator('.graphiql-tab-button').allTextContents(),
    async open(tab) {
      await page.click(`.graphiql-tab-button:text-is("${tab}")`)
      // GraphiQL reads and stores the content of its editors after a delay. Until then it would run the previous operation.
      const query = () => page.evaluate("sessionStorage['graphiql:query']")
      await soon(query).toMatch(new RegExp(`^(query|mutation|subscription) ${tab}\\b`, 'm'))
    },
    write: (editor, content) => page.evaluate(`${model(editor)}.setValue(${JSON.stringify(content)})`),
    async run() {
      await page.evaluate(`${model('response.json')}.setValue('')`)
      await execute()
      await soon(answer).toBeDefined()
      return answer()
    },
    async subscribe() {
      const stream = page.waitForResponse((response) => response.headers()['content-type'] === 'text/event-stream')
      await execute()
      await stream
    },
    async reload() {
      await page.reload()
      await ready()
    },
  }
}

function idOf(created: object): string {
  const { data } = created as { data: { createBotAgent: { botAgent: { id: string } } } }
  return data.createBotAgent.botAgent.id
}

/** Uses Node’s own client, because `fetch` does not allow setting the Host header. */
function load(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { headers, agent: false }, resolve).once('error', reject))
}

function tokenIn(page: string): string | undefined {
  return /Bearer (\w+\.\w+\.[\w-]+)/.exec(page)?.[1]
}
