import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scope } from '../src/identity/scope.ts'
import { create, createBotAgent, updateBotAgent } from './support/bot-agents.ts'
import { request, run } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { callMethod } from './support/method.ts'
import { receiverForTest } from './support/receiver.ts'
import { subscribe } from './support/subscription.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const secretKey = 'JSauw0Aks8l-asAa'
const actions = [{ name: 'THREAD_CLOSED' }]

/** The applications that have read the secret key, according to the audit trail. */
const reads = (botAgent: string) =>
  sql<{ client: string }>(
    gateway.databaseUrl,
    `select distinct client_id as client from audit_entry where bot_agent_id = $1 and action = 'SECRET_READ'`,
    [botAgent],
  )

/** A license with a bot agent of the application `owner`. */
async function setUp(url = 'http://127.0.0.1:9') {
  const licenseId = newLicense()
  const owner = await gateway.token({ licenseId, clientId: 'owner' })
  const id = await create(gateway, owner, { status: 'ACCEPTING_CHATS', webhooks: { url, secretKey, actions } })
  const as = (clientId: string, ...scopes: Scope[]) => gateway.token({ licenseId, clientId, scopes })
  return { owner, id, as }
}

const readers: [clientId: string, scopes: Scope[], reads: boolean][] = [
  ['owner', ['agents-bot--my:ro'], true],
  ['owner', ['agents-bot--all:ro'], true],
  ['other', ['agents-bot--all:ro'], false],
  ['other', ['agents-bot--all:ro', 'agents-bot--my:rw', 'chats--all:rw', 'properties--my:rw'], false],
  ['other', ['agents-bot--all:rw'], true],
]

const ways: Record<string, (id: string, delivery: string) => string> = {
  'the bot agent': (id) => `{ botAgent(id: "${id}") { webhooks { url secretKey } } }`,
  'a list': () => '{ botAgents(all: true) { nodes { webhooks { url secretKey } } } }',
  node: (id) => `{ node(id: "${id}") { ... on BotAgent { webhooks { url secretKey } } } }`,
  'a delivery': (_, delivery) => `{ webhookDelivery(id: "${delivery}") { botAgent { webhooks { url secretKey } } } }`,
}

describe('the secret key of webhooks', () => {
  for (const [clientId, scopes, mayRead] of readers) {
    const whose = clientId === 'owner' ? 'its own' : 'another'
    it(`of ${whose} application is ${mayRead ? 'shown and recorded' : 'null and not recorded'} for ${scopes.join(' ')}`, async () => {
      const { id, owner, as } = await setUp()
      const ping = `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { webhookDelivery { id } } }`
      const { pingWebhooks } = await run<{ pingWebhooks: { webhookDelivery: { id: string } } }>(gateway, owner, ping)
      const token = await as(clientId, ...scopes)
      const shown = `"secretKey":${mayRead ? `"${secretKey}"` : 'null'}`
      for (const [way, document] of Object.entries(ways)) {
        if (way === 'a list' && scopes.includes('agents-bot--my:ro')) continue
        const { data, errors } = await request(gateway.url, token, document(id, pingWebhooks.webhookDelivery.id))
        expect([way, errors, JSON.stringify(data)]).toEqual([way, undefined, expect.stringContaining(shown)])
      }
      const all = scopes.some((scope) => scope.startsWith('agents-bot--all'))
      const statuses = await subscribe(
        gateway,
        token,
        `subscription { botAgentStatusChanged(all: ${all}) { botAgent { webhooks { secretKey } } } }`,
      )
      const updates = await subscribe(
        gateway,
        token,
        `subscription { webhookDeliveryUpdated(all: ${all}) { delivery { botAgent { webhooks { secretKey } } } } }`,
      )
      await request(gateway.url, owner, updateBotAgent, { input: { id, status: 'NOT_ACCEPTING_CHATS' } })
      await request(gateway.url, owner, ping)
      for (const stream of [statuses, updates]) {
        expect(JSON.stringify(await stream.take(1))).toContain(shown)
      }
      expect((await reads(id)).map(({ client }) => client)).toEqual(mayRead ? [clientId] : [])
    })
  }
})

describe('get_bot_agent_details', () => {
  const details = async (at: TestGateway, token: string, id: string) =>
    (await callMethod(at, token, 'get_bot_agent_details', { bot_agent_id: id })).body.bot_agent as {
      webhooks: Record<string, unknown>
    }

  it('shows the secret key to every caller that sees the bot agent, and records it', async () => {
    for (const [clientId, scopes] of readers) {
      const { id, as } = await setUp()
      expect((await details(gateway, await as(clientId, ...scopes), id)).webhooks.secret_key).toBe(secretKey)
      expect((await reads(id)).map(({ client }) => client)).toEqual([clientId])
    }
  })

  it('omits it for other applications if METHODS_SECRET_KEY_OF_OTHERS is off', async () => {
    const strict = await gatewayForTest({ beside: gateway, env: { METHODS_SECRET_KEY_OF_OTHERS: 'off' } })
    for (const [clientId, scopes, mayRead] of readers) {
      const { id, as } = await setUp()
      const { webhooks } = await details(strict, await as(clientId, ...scopes), id)
      expect(webhooks).toEqual({
        url: 'http://127.0.0.1:9',
        ...(mayRead && { secret_key: secretKey }),
        actions: [{ name: 'thread_closed' }],
      })
      expect(await reads(id)).toHaveLength(mayRead ? 1 : 0)
    }
  })
})

describe('an update that leaves the secret key out', () => {
  const url = 'http://127.0.0.1:9/elsewhere'
  const leavingOut = [
    { url, actions },
    { url, actions, secretKey: null },
  ]
  const stored = (id: string) =>
    sql<{ sealed: Buffer; former: number; name: string; audited: string[] }>(
      gateway.databaseUrl,
      `select webhooks_secret_key as sealed, name,
         (select count(*)::int from former_secret_key where bot_agent_id = bot_agent.id) as former,
         array(select action::text from audit_entry where bot_agent_id = bot_agent.id order by created_at, id) as audited
       from bot_agent where id = $1`,
      [id],
    )

  for (const webhooks of leavingOut) {
    const how = 'secretKey' in webhooks ? 'as null' : 'altogether'
    it(`${how} keeps it as it is stored, without a former key and without a read in the audit trail`, async () => {
      const { owner, id } = await setUp()
      const [before] = await stored(id)
      const { data } = await request(gateway.url, owner, updateBotAgent, { input: { id, name: 'y', webhooks } })
      expect(data).toEqual({ updateBotAgent: { botAgent: { id }, userErrors: [] } })
      expect(await stored(id)).toEqual([
        { sealed: before?.sealed, former: 0, name: 'y', audited: ['CREATED', 'UPDATED'] },
      ])
      const read = await request(gateway.url, owner, `{ botAgent(id: "${id}") { webhooks { url secretKey } } }`)
      expect(read.data).toEqual({ botAgent: { webhooks: { url, secretKey } } })
    })

    it(`${how} is refused if the bot agent has no webhooks, and changes nothing`, async () => {
      const { owner, id } = await setUp()
      await request(gateway.url, owner, updateBotAgent, { input: { id, webhooks: null } })
      const before = await stored(id)
      const { data } = await request(gateway.url, owner, updateBotAgent, { input: { id, name: 'y', webhooks } })
      expect(data?.updateBotAgent).toEqual({
        botAgent: null,
        userErrors: [
          {
            code: 'VALIDATION',
            field: ['webhooks', 'secretKey'],
            message: '`webhooks.secretKey` is required: the first webhooks of a bot agent need a secret key.',
          },
        ],
      })
      expect(await stored(id)).toEqual(before)
    })
  }

  it('does not decrypt it: one whose encryption key is lost stays, too', async () => {
    const { owner, id } = await setUp()
    const lost = Buffer.from('sealed with a key that nobody has')
    await sql(gateway.databaseUrl, 'update bot_agent set webhooks_secret_key = $2 where id = $1', [id, lost])
    const { data } = await request(gateway.url, owner, updateBotAgent, { input: { id, webhooks: leavingOut[0] } })
    expect(data).toEqual({ updateBotAgent: { botAgent: { id }, userErrors: [] } })
    expect(await stored(id)).toMatchObject([{ sealed: lost, former: 0 }])
  })

  it('keeps the former keys', async () => {
    const { owner, id } = await setUp()
    const update = (webhooks: object) => request(gateway.url, owner, updateBotAgent, { input: { id, webhooks } })
    await update({ url, actions, secretKey: 'a new one' })
    const [before] = await stored(id)
    await update({ url, actions })
    expect(await stored(id)).toMatchObject([{ sealed: before?.sealed, former: 1 }])
  })

  it('is not possible by update_bot_agent, which requires the key', async () => {
    const { owner, id } = await setUp()
    for (const secret_key of [undefined, null]) {
      const webhooks = { url, secret_key, actions: [{ name: 'thread_closed' }] }
      const { status, body } = await callMethod(gateway, owner, 'update_bot_agent', { id, webhooks })
      expect({ status, message: body.error?.message }).toEqual({
        status: 400,
        message: '`webhooks.secret_key` is required',
      })
    }
  })
})

it('new bot agents with webhooks need a secret key', async () => {
  const token = await gateway.token()
  for (const webhooks of [
    { url: 'http://127.0.0.1:9', actions },
    { url: 'http://127.0.0.1:9', actions, secretKey: null },
  ]) {
    const input = { name: 'x', status: 'OFFLINE', webhooks }
    const { data } = await request(gateway.url, token, createBotAgent, { input })
    const message = '`webhooks.secretKey` is required.'
    expect(data?.createBotAgent).toEqual({
      botAgent: null,
      userErrors: [{ code: 'VALIDATION', field: ['webhooks', 'secretKey'], message }],
    })
  }
})

describe('a destination that echoes', () => {
  const answers: [how: string, answer: (body: string) => string][] = [
    ['what came', (body) => body],
    ['what came as a JSON string', (body) => JSON.stringify({ data: body })],
    ['what came for HTML', (body) => `<pre>${body.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}</pre>`],
    ['what came for a URL', (body) => encodeURIComponent(body)],
    ['what came in Base64', (body) => Buffer.from(body).toString('base64')],
    ['what came in hex', (body) => Buffer.from(body).toString('hex')],
    ['what came behind 4,000 bytes', (body) => `${' '.repeat(4_000)}${body}`],
    ['the former secret key', () => secretKey],
  ]
  for (const [how, answer] of answers) {
    it(`${how}, leaves no secret key in the log`, async () => {
      const receiver = await receiverForTest()
      receiver.answer = (response) => response.end(answer(receiver.received.at(-1)?.text ?? ''))
      const { id, owner } = await setUp(receiver.url)
      const present = 'a "new" one/é'
      const webhooks = { url: receiver.url, secretKey: present, actions }
      await request(gateway.url, owner, updateBotAgent, { input: { id, webhooks } })
      const stream = await subscribe<{ attempt: { responseBody: string } | null }>(
        gateway,
        owner,
        'subscription { webhookDeliveryUpdated { attempt { responseBody } } }',
      )
      const ping = `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { webhookDelivery { id } } }`
      await request(gateway.url, owner, ping)
      const [, update] = await stream.take(2)
      const kept = update?.attempt?.responseBody
      expect(kept).toContain('…')
      const spellings = [present, secretKey, JSON.stringify(present).slice(1, -1)].flatMap((spelling) => [
        spelling,
        encodeURIComponent(spelling),
        Buffer.from(spelling).toString('hex'),
      ])
      for (const spelling of spellings) expect(kept).not.toContain(spelling)
    })
  }
})

describe('the signature of a webhook, with which a weak key could be guessed,', () => {
  for (const [clientId, scopes, mayRead] of readers) {
    it(`is ${mayRead ? 'shown to' : 'masked for'} ${clientId} with ${scopes.join(' ')}`, async () => {
      const receiver = await receiverForTest()
      const { id, owner, as } = await setUp(receiver.url)
      const token = await as(clientId, ...scopes)
      const all = scopes.some((scope) => scope.startsWith('agents-bot--all'))
      const headers = 'requestHeaders { name value }'
      const stream = await subscribe<{ attempt: { requestHeaders: { name: string }[] } | null }>(
        gateway,
        token,
        `subscription { webhookDeliveryUpdated(all: ${all}) { attempt { ${headers} } } }`,
      )
      const input = { id, webhooks: { url: receiver.url, secretKey: 'another', actions } }
      await request(gateway.url, owner, updateBotAgent, { input })
      const ping = `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { webhookDelivery { id } } }`
      const { pingWebhooks } = await run<{ pingWebhooks: { webhookDelivery: { id: string } } }>(gateway, owner, ping)
      const [received] = await receiver.reaches(1)
      const sent = String(received?.headers['webhook-signature'])
      expect(sent.split(' ')).toHaveLength(2)
      const updates = await stream.takeThrough(({ attempt }) => attempt !== null)
      const document = `{ webhookDelivery(id: "${pingWebhooks.webhookDelivery.id}") { attempts { ${headers} } } }`
      const { webhookDelivery } = await run<{
        webhookDelivery: { attempts: { requestHeaders: { name: string }[] }[] }
      }>(gateway, token, document)
      for (const attempt of [updates.at(-1)?.attempt, webhookDelivery.attempts[0]]) {
        const signature = attempt?.requestHeaders.find(({ name }) => name === 'webhook-signature')
        expect(signature).toEqual({ name: 'webhook-signature', value: mayRead ? sent : 'v1,… v1,…' })
      }
    })
  }
})
