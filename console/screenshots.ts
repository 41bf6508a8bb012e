import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Pictures of the main screens: light, dark and narrow, of a gateway of their own with bots, webhooks and chats. `npm run screenshots [folder]` */
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '../docs/images/console'))

const screens = [
  { name: 'bots', path: '/console/bots', ready: 'Bots' },
  { name: 'deliveries', path: '/console/deliveries', ready: 'Deliveries' },
  { name: 'trouble', path: '/console/trouble', ready: 'Trouble' },
  { name: 'try', path: '/console/try', ready: 'Try it' },
]
const bots: readonly Bot[] = [
  [
    'Order status',
    'ACCEPTING_CHATS',
    [
      { id: 1, priority: 'FIRST' },
      { id: 3, priority: 'NORMAL' },
    ],
    'orders',
    50,
  ],
  ['Returns and refunds', 'ACCEPTING_CHATS', [{ id: 1, priority: 'NORMAL' }], 'returns', 25],
  [
    'Night shift',
    'NOT_ACCEPTING_CHATS',
    [
      { id: 1, priority: 'LAST' },
      { id: 2, priority: 'LAST' },
    ],
    'night',
    100,
  ],
  ['Facebook greeter', 'ACCEPTING_CHATS', [{ id: 2, priority: 'FIRST' }], 'broken', 10],
  ['Payments', 'NOT_ACCEPTING_CHATS', [{ id: 3, priority: 'FIRST' }], 'gone', 5],
  ['Translator', 'ACCEPTING_CHATS', [], 'translate', 500],
  ['Sentiment watcher', 'ACCEPTING_CHATS', [], 'sentiment', 1],
  ['Holiday promotions', 'OFFLINE', [{ id: 2, priority: 'NORMAL' }], '', 6],
]
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 360, height: 740 } },
] as const

await using parts = new AsyncDisposableStack()
const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
parts.defer(() => rm(dataDir, { recursive: true, force: true }))
const gateway = await startGateway(parts)
const { run, stop } = await peopled(gateway, parts)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
parts.defer(() => browser.close())
await mkdir(folder, { recursive: true })
for (const look of looks) await picture(browser, look)
stop()

async function picture(browser: Browser, { name: look, ...options }: (typeof looks)[number]): Promise<void> {
  const context = await browser.newContext({ ...options, deviceScaleFactor: 1 })
  const page = await context.newPage()
  for (const { name, path, ready } of screens) {
    await page.goto(new URL(path, gateway).href)
    await page.getByRole('heading', { name: ready }).first().waitFor({ state: 'attached' })
    await page.waitForLoadState('networkidle')
    if (name === 'bots') await someChanges(page)
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) })
  }
  await context.close()
}

/** Changes that a reader of the board sees. */
async function someChanges(page: Page): Promise<void> {
  await page.locator('[data-connection=live]').waitFor({ state: 'attached' })
  // A change back and forth, so that there is one for each look.
  for (const status of ['OFFLINE', 'ACCEPTING_CHATS']) await run('Night shift', status)
  for (const status of ['OFFLINE', 'NOT_ACCEPTING_CHATS']) await run('Order status', status)
  await page.getByText('Not accepting chats: updated').first().waitFor({ state: 'attached' })
  await page.waitForTimeout(500)
}

async function startGateway(parts: AsyncDisposableStack): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn', WEBHOOK_RETRY_SCHEDULE: '1s,1s,1h' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  parts.defer(async () => {
    child.kill('SIGTERM')
    await once(child, 'close')
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /ready (\S+)/.exec(line) ?? []
    if (url) return url
  }
  throw new Error('The gateway did not start.')
}

/** Bots with webhooks that arrive, and some that do not. */
async function peopled(url: string, parts: AsyncDisposableStack) {
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      response.statusCode = request.url === '/broken' ? 500 : request.url === '/gone' ? 410 : 200
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  parts.defer(() => {
    receiver.close()
    receiver.closeAllConnections()
  })
  const { port } = receiver.address() as AddressInfo

  const tokenOf = async (client_id: string) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, license: '1' })
    const response = await fetch(new URL('/oauth/token', url), { method: 'POST', body })
    return ((await response.json()) as { access_token: string }).access_token
  }
  const token = await tokenOf('my-bots')
  const send = async (query: string, variables: object) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    const { data, errors } = (await response.json()) as { data?: Record<string, never>; errors?: unknown }
    if (errors) throw new Error(JSON.stringify(errors))
    return data as Record<string, { botAgent?: { id: string }; userErrors: unknown[] }>
  }

  const ids = new Map<string, string>()
  for (const [name, status, groups, path, limit] of bots) {
    const webhooks = path && {
      url: `http://127.0.0.1:${port}/${path}`,
      secretKey: 'a-secret-for-pictures',
      actions: [{ name: 'INCOMING_EVENT' }],
    }
    const input = { name, status, groups, maxChatsCount: limit, ...(webhooks && { webhooks }) }
    const query =
      'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } userErrors { message } } }'
    const { createBotAgent } = await send(query, { input })
    if (!createBotAgent?.botAgent) throw new Error(JSON.stringify(createBotAgent?.userErrors))
    ids.set(name, createBotAgent.botAgent.id)
  }
  let last = 0
  const publish = async () => {
    last += 1
    const data = {
      chat_id: `PJ0MRSHTD${last}`,
      thread_id: `K600PKZON${last}`,
      event: { id: `Q600PKZON${last}`, type: 'message', text: 'Where is my order?', author_id: 'b7eff798' },
    }
    const input = { action: 'INCOMING_EVENT', authorType: 'CUSTOMER', data, chat: { id: `PJ0MRSHTD${last}` } }
    await send(
      'mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { userErrors { message } } }',
      { input },
    )
  }
  for (let count = 0; count < 30; count++) await publish()
  // Ten attempts in a row have to fail before webhooks are paused.
  await new Promise((resolve) => setTimeout(resolve, 7_000))
  const timer = setInterval(() => publish().catch(() => {}), 700)
  return {
    run: (name: string, status: string) =>
      send('mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { userErrors { message } } }', {
        input: { id: ids.get(name), status },
      }),
    stop: () => clearInterval(timer),
  }
}

type Bot = [name: string, status: string, groups: { id: number; priority: string }[], path: string, limit: number]
