import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'
import { updateBotAgent } from './support/bot-agents.ts'
import { soon } from './support/browser.ts'
import { request } from './support/client.ts'
import { createDatabase } from './support/database.ts'
import { spawnGateway } from './support/gateway-process.ts'
import { describeInChromium, type GraphiQL } from './support/graphiql.ts'

/** A gateway as `npm start` starts it, which can be stopped and started again at the same address. */
interface Restartable {
  url: string
  token(clientId?: string): Promise<string>
  stop(signal: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

let database: Awaited<ReturnType<typeof createDatabase>>
let dataDir: string
beforeAll(async () => {
  database = await createDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
})
afterAll(async () => {
  await database.drop()
  await rm(dataDir, { recursive: true })
})

async function restartable(): Promise<Restartable> {
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir }
  let running = await spawnGateway(env)
  const { url } = running
  onTestFinished(async () => {
    await running.end('SIGTERM')
  })
  return {
    url,
    token: async (clientId = 'my-bots') =>
      (await openSso(dataDir)).sign({ clientId, licenseId: 1, scopes: [...scopes], expiresIn: 600 }),
    async stop(signal) {
      await running.end(signal)
    },
    async start() {
      running = await spawnGateway({ ...env, PORT: new URL(url).port })
    },
  }
}

describeInChromium('a subscription in GraphiQL', { isInterrupted: true }, (open) => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'resumes by itself after %s, with what happened meanwhile, also before its first event',
    async (signal) => {
      const gateway = await restartable()
      // Changes while the gateway of the page is away are another one's.
      const other = await restartable()
      const graphiql = await open(gateway.url)
      const token = await gateway.token()
      const id = await createIn(graphiql)
      const set = (status: string, url = other.url) => request(url, token, updateBotAgent, { input: { id, status } })

      await graphiql.open('Status')
      await graphiql.subscribe()
      expect(await graphiql.answer()).toMatchObject({ stream: expect.stringContaining('no event yet'), events: [] })

      await gateway.stop(signal)
      await soon(graphiql.answer).toMatchObject({
        stream: expect.stringMatching(/^(the gateway is away|interrupted), resuming/),
      })
      await set('OFFLINE')
      await set('NOT_ACCEPTING_CHATS')
      await gateway.start()
      await soon(graphiql.answer).toMatchObject({ stream: expect.stringContaining('caught up'), count: 2 })

      await set('ACCEPTING_CHATS', gateway.url)
      await soon(graphiql.answer).toMatchObject({ count: 3 })
      await gateway.stop(signal)
      await soon(graphiql.answer).toMatchObject({ stream: expect.stringContaining('resuming'), count: 3 })
      await set('OFFLINE')
      await gateway.start()
      await soon(graphiql.answer).toMatchObject({ stream: expect.stringContaining('caught up'), count: 4 })
      expect(await statusesIn(graphiql)).toEqual(['OFFLINE', 'ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS', 'OFFLINE'])
    },
  )

  it('goes on in its tab while another is open, until it is stopped', async () => {
    const gateway = await restartable()
    const graphiql = await open(gateway.url)
    const token = await gateway.token()
    const id = await createIn(graphiql)
    await graphiql.open('Status')
    await graphiql.subscribe()

    await graphiql.open('Update')
    await graphiql.run()
    const mark = () => graphiql.page.getAttribute('.graphiql-tab-button:text-is("Status")', 'data-events')
    await soon(mark).toBe('1')
    expect(await graphiql.answer()).toMatchObject({ data: { updateBotAgent: { botAgent: { id } } } })
    await gateway.stop('SIGTERM')
    await gateway.start()
    await request(gateway.url, token, updateBotAgent, { input: { id, status: 'OFFLINE' } })
    await soon(mark).toBe('2')

    await graphiql.open('Status')
    await soon(() => statusesIn(graphiql)).toEqual(['OFFLINE', 'NOT_ACCEPTING_CHATS'])
    await request(gateway.url, token, updateBotAgent, { input: { id, status: 'ACCEPTING_CHATS' } })
    await soon(graphiql.answer).toMatchObject({ count: 3 })

    await graphiql.page.click('.graphiql-execute-button[aria-label^=Stop]')
    await soon(mark).toBeNull()
    await request(gateway.url, token, updateBotAgent, { input: { id, status: 'OFFLINE' } })
    await graphiql.subscribe()
    expect(await graphiql.answer()).toMatchObject({ count: 0, events: [] })
  })

  it('ends for good when its token is revoked, keeps its events, and says what to do', async () => {
    const gateway = await restartable()
    const graphiql = await open(gateway.url)
    const id = await createIn(graphiql)
    const mine = await gateway.token('mine')
    await graphiql.write('request-headers.json', JSON.stringify({ Authorization: `Bearer ${mine}` }))
    await graphiql.open('Status')
    await graphiql.subscribe()
    await request(gateway.url, await gateway.token(), updateBotAgent, { input: { id, status: 'OFFLINE' } })
    await soon(graphiql.answer).toMatchObject({ count: 1 })

    await fetch(new URL('/oauth/revoke', gateway.url), { method: 'POST', body: new URLSearchParams({ token: mine }) })
    await soon(graphiql.answer).toMatchObject({
      stream: expect.stringMatching(/^ended\. Put a valid access token into Headers/),
      errors: [{ message: 'The access token was revoked.', extensions: { code: 'UNAUTHENTICATED' } }],
      count: 1,
      events: [{ data: { botAgentStatusChanged: { status: 'OFFLINE' } } }],
    })
    // The button runs again, as nothing runs any more.
    await graphiql.page.waitForSelector('.graphiql-execute-button[aria-label^=Execute]')
  })
})

async function createIn(graphiql: GraphiQL): Promise<string> {
  await graphiql.open('Create')
  const { data } = (await graphiql.run()) as { data: { createBotAgent: { botAgent: { id: string } } } }
  return data.createBotAgent.botAgent.id
}

async function statusesIn(graphiql: GraphiQL): Promise<string[]> {
  const { events = [] } = ((await graphiql.answer()) ?? {}) as {
    events?: { data: { botAgentStatusChanged: { status: string } } }[]
  }
  return events.map(({ data }) => data.botAgentStatusChanged.status)
}
