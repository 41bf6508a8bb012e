import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import pino from 'pino'
import { startEmbeddedServer } from '../src/database/embedded/embedded-server.ts'

type Bot = [name: string, status: string, groups: { id: number; priority: string }[], path: string, limit: number]

const first = (id: number) => ({ id, priority: 'FIRST' })
const normal = (id: number) => ({ id, priority: 'NORMAL' })
const last = (id: number) => ({ id, priority: 'LAST' })
const bots: readonly Bot[] = [
  ['Order status', 'ACCEPTING_CHATS', [first(1), normal(3)], 'orders', 50],
  ['Returns and refunds', 'ACCEPTING_CHATS', [normal(1)], 'returns', 25],
  ['Night shift', 'NOT_ACCEPTING_CHATS', [last(1), last(2)], 'night', 100],
  ['Facebook greeter', 'ACCEPTING_CHATS', [first(2)], 'broken', 10],
  ['Payments', 'NOT_ACCEPTING_CHATS', [first(3)], 'gone', 5],
  ['Translator', 'ACCEPTING_CHATS', [], 'translate', 500],
  ['Sentiment watcher', 'ACCEPTING_CHATS', [], 'sentiment', 1],
  ['Holiday promotions', 'OFFLINE', [normal(2)], '', 6],
]
const harmless = ['Where is my order?', 'I want to return these shoes.', 'Do you deliver to Graz?']
/** What the bot for returns fails to handle. */
const FAILING = 'My card was charged twice.'

/** A gateway of its own with bots, webhooks in all states, and chats that go on until it is stopped. */
export async function startPicturedGateway(parts: AsyncDisposableStack) {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  parts.defer(() => rm(dataDir, { recursive: true, force: true }))
  const database = await startEmbeddedServer({ dataDir, log: pino({ level: 'warn' }) })
  parts.defer(() => database.stop())
  const url = await start(database.connectionString, dataDir, parts)
  const receiver = await receive(parts)
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'my-bots', license: '1' })
  const response = await fetch(new URL('/oauth/token', url), { method: 'POST', body })
  const { access_token: token } = (await response.json()) as { access_token: string }

  const send = async (query: string, variables: object) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown }
    if (errors) throw new Error(JSON.stringify(errors))
    return data as { createBotAgent: { botAgent: { id: string } } }
  }
  const ids = new Map<string, string>()
  for (const [name, status, groups, path, limit] of bots) {
    const webhooks = path && {
      url: `${receiver}/${path}`,
      secretKey: 'a-secret-for-pictures',
      actions: [{ name: 'INCOMING_EVENT', filters: { authorType: 'CUSTOMER' } }],
    }
    const input = { name, status, groups, maxChatsCount: limit, ...(webhooks && { webhooks }) }
    const query = 'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { botAgent { id } } }'
    ids.set(name, (await send(query, { input })).createBotAgent.botAgent.id)
  }
  await addYesterday(database.connectionString, ids)

  let count = 0
  const publish = async (texts: readonly string[]) => {
    count += 1
    const [chat, thread] = [`PJ0MRSHTD${count % 20}`, `K600PKZON${count % 20}`]
    const event = { id: `Q600PKZON${count}`, type: 'message', text: texts[count % texts.length], author_id: 'b7eff798' }
    const data = { chat_id: chat, thread_id: thread, event }
    await send(
      'mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { userErrors { message } } }',
      {
        input: { action: 'INCOMING_EVENT', authorType: 'CUSTOMER', data, chat: { id: chat } },
      },
    )
  }
  // Ten attempts in a row have to fail before webhooks are paused, and only those of one bot shall be.
  for (let times = 0; times < 30; times++) await publish(harmless)
  await new Promise((resolve) => setTimeout(resolve, 7_000))
  const timer = setInterval(() => publish([...harmless, FAILING]).catch(() => {}), 2_000)
  parts.defer(() => clearInterval(timer))
  return {
    url,
    idOf: (name: string) => ids.get(name),
    setStatus: (name: string, status: string) =>
      send('mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { userErrors { message } } }', {
        input: { id: ids.get(name), status },
      }),
  }
}

async function start(databaseUrl: string, dataDir: string, parts: AsyncDisposableStack): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'warn',
      WEBHOOK_RETRY_SCHEDULE: '1s,1s',
    },
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

/** Where the webhooks go. @returns its URL */
async function receive(parts: AsyncDisposableStack): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const isFailing = request.url === '/returns' && body.includes(FAILING)
    const status = request.url === '/broken' ? 500 : request.url === '/gone' ? 410 : isFailing ? 503 : 200
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(status === 200 ? '{"ok":true}' : '{"error":"The list of articles can’t be reached."}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  parts.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Statistics of the hours before, which no client can write. */
async function addYesterday(connectionString: string, ids: ReadonlyMap<string, string>): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    for (const [place, [, , , path]] of bots.entries()) {
      const id = ids.get(bots[place]?.[0] ?? '')
      if (!path) continue
      const failing = path === 'broken' ? 0.3 : path === 'returns' ? 0.04 : path === 'gone' ? 0.1 : 0
      await client.query(
        `insert into webhook_statistics (license_id, client_id, bot_agent_id, seconds, at, matched, held, delivered, failed, retried, failures, durations)
         select 1, 'my-bots', $1, 3600, date_trunc('hour', now()) - ago * interval '1 hour', sent, 0, sent - bad, bad, 0, array[bad], array[sent]
         from generate_series(1, 23) ago
         cross join lateral (select (60 + 50 * sin(ago / 3.8 + $2::float8) + 12 * sin(ago * 2.1 + $2::float8))::int as sent) total
         cross join lateral (select round(sent * $3::float8 * (1 + sin(ago * 1.7)))::int as bad) share`,
        [id, place / 3, failing],
      )
    }
  } finally {
    await client.end()
  }
}
