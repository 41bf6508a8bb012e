import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, watchChanges } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
let second: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { BOT_AGENTS_PER_APPLICATION: '5' } })
  second = await startGateway({ beside: gateway, env: { BOT_AGENTS_PER_APPLICATION: '5' } })
})
afterAll(async () => {
  await second.stop()
  await gateway.stop()
})

const claims = () => ({ licenseId: newLicense(), clientId: 'my-bots' })
const webhooks = { url: 'http://127.0.0.1:9', secretKey: 'secret', actions: [{ name: 'INCOMING_EVENT' }] }

interface Payload {
  botAgent: { id: string; name: string; updatedAt: string } | null
  userErrors: { code: string; reason: string | null; field: string[] | null; message: string }[]
}
const payload = 'botAgent { id name updatedAt } userErrors { code reason field message }'

async function createWith(token: string, input: object, through = gateway): Promise<Payload> {
  const document = `mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { ${payload} } }`
  const variables = { input: { name: 'x', status: 'OFFLINE', ...input } }
  return (await run<{ createBotAgent: Payload }>(through, token, document, variables)).createBotAgent
}

async function update(token: string, input: object, through = gateway): Promise<Payload> {
  const document = `mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { ${payload} } }`
  return (await run<{ updateBotAgent: Payload }>(through, token, document, { input })).updateBotAgent
}

const remove = (token: string, id: string) =>
  run(gateway, token, `mutation { removeBotAgent(input: { botAgentId: "${id}" }) { botAgentId } }`)

async function trail(token: string): Promise<string[]> {
  const { auditTrail } = await run<{ auditTrail: { nodes: { action: string }[] } }>(
    gateway,
    token,
    '{ auditTrail { nodes { action } } }',
  )
  return auditTrail.nodes.map(({ action }) => action)
}

describe('createBotAgent with an idempotency key', () => {
  it('returns the same bot agent to a retry, as it is by then, and creates no other', async () => {
    const token = await gateway.token(claims())
    const watched = await watchChanges(gateway, token)
    const input = { idempotencyKey: 'key', webhooks }
    const { botAgent } = await createWith(token, input)
    await update(token, { id: botAgent?.id, name: 'renamed' })
    const retried = await createWith(token, input, second)
    expect(retried).toMatchObject({ botAgent: { id: botAgent?.id, name: 'renamed' }, userErrors: [] })
    expect(await trail(token)).toEqual(['UPDATED', 'CREATED'])

    await remove(token, String(botAgent?.id))
    expect((await watched.take(3)).map(({ kind }) => kind)).toEqual(['CREATED', 'UPDATED', 'REMOVED'])
  })

  it('creates one bot agent for many calls at the same time, on two gateways', async () => {
    const token = await gateway.token(claims())
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        createWith(token, { idempotencyKey: 'key' }, index % 2 ? gateway : second),
      ),
    )
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([])
    expect(new Set(answers.map(({ botAgent }) => botAgent?.id)).size).toBe(1)
    expect(await trail(token)).toEqual(['CREATED'])
  })

  it('refuses the key for another input, also if only the secret key differs', async () => {
    const token = await gateway.token(claims())
    await createWith(token, { idempotencyKey: 'key', webhooks })
    const others = [
      { webhooks: { ...webhooks, secretKey: 'another' } },
      { webhooks, name: 'y' },
      { webhooks, maxChatsCount: 7 },
    ]
    for (const other of others) {
      expect(await createWith(token, { idempotencyKey: 'key', ...other })).toEqual({
        botAgent: null,
        userErrors: [
          {
            code: 'CONFLICT',
            reason: 'IDEMPOTENCY_KEY_REUSED',
            field: ['idempotencyKey'],
            message: '`idempotencyKey` was used before with another input: "key". Use a new key.',
          },
        ],
      })
    }
    // A default that is spelled out makes no difference.
    expect(await createWith(token, { idempotencyKey: 'key', webhooks, maxChatsCount: 6 })).toMatchObject({
      userErrors: [],
    })
  })

  it('says that the bot agent has been removed since, and does not create it again', async () => {
    const token = await gateway.token(claims())
    const { botAgent } = await createWith(token, { idempotencyKey: 'key' })
    await remove(token, String(botAgent?.id))
    expect(await createWith(token, { idempotencyKey: 'key' })).toMatchObject({
      botAgent: null,
      userErrors: [{ code: 'CONFLICT', reason: 'REMOVED', field: ['idempotencyKey'] }],
    })
  })

  it('answers a retry when the limit is reached, and keeps no key of a call that failed', async () => {
    const token = await gateway.token(claims())
    await createWith(token, { idempotencyKey: '1' })
    for (let index = 0; index < 4; index++) await create(gateway, token)
    expect(await createWith(token, { idempotencyKey: '1' })).toMatchObject({ userErrors: [] })
    const { userErrors } = await createWith(token, { idempotencyKey: '2' })
    expect(userErrors).toMatchObject([{ code: 'LIMIT_REACHED' }])
    const { botAgent } = await createWith(token, { idempotencyKey: '1' })
    await remove(token, String(botAgent?.id))
    expect(await createWith(token, { idempotencyKey: '2' })).toMatchObject({ userErrors: [] })
  })

  it('belongs to one application in one license', async () => {
    const { licenseId, clientId } = claims()
    const callers = [
      { licenseId, clientId },
      { licenseId, clientId: 'another' },
      { licenseId: newLicense(), clientId },
    ]
    const ids = []
    for (const caller of callers) {
      const { botAgent } = await createWith(await gateway.token(caller), { idempotencyKey: 'key' })
      ids.push(botAgent?.id)
    }
    expect(new Set(ids).size).toBe(3)
  })

  it('is forgotten after 24 hours', async () => {
    const token = await gateway.token(claims())
    const first = await createWith(token, { idempotencyKey: 'old' })
    await sql(
      gateway.databaseUrl,
      `update bot_agent_key set created_at = created_at - interval '25 hours' where key = 'old'`,
    )
    const next = await createWith(token, { idempotencyKey: 'old', name: 'another' })
    expect(next.userErrors).toEqual([])
    expect(next.botAgent?.id).not.toBe(first.botAgent?.id)
    expect(await createWith(token, { idempotencyKey: 'old', name: 'another' })).toMatchObject({
      botAgent: { id: next.botAgent?.id },
    })
  })

  it('has 1 to 255 characters', async () => {
    const token = await gateway.token(claims())
    expect(await createWith(token, { idempotencyKey: '' })).toMatchObject({ userErrors: [{ reason: 'TOO_SHORT' }] })
    expect(await createWith(token, { idempotencyKey: 'x'.repeat(256) })).toMatchObject({
      userErrors: [{ reason: 'TOO_LONG', field: ['idempotencyKey'] }],
    })
  })
})

describe('updateBotAgent with expectedUpdatedAt', () => {
  const inputs: Record<string, object> = {
    'the settings': { name: 'after' },
    'the status': { status: 'ACCEPTING_CHATS' },
    'the webhooks': { webhooks },
  }

  it.each(Object.entries(inputs))('updates %s if nobody else has updated the bot agent', async (_, input) => {
    const token = await gateway.token(claims())
    const { botAgent } = await createWith(token, {})
    const first = await update(token, { id: botAgent?.id, expectedUpdatedAt: botAgent?.updatedAt, ...input })
    expect(first.userErrors).toEqual([])
    const again = await update(token, { id: botAgent?.id, expectedUpdatedAt: first.botAgent?.updatedAt, ...input })
    expect(again.userErrors).toEqual([])
  })

  it.each(Object.entries(inputs))('changes none of %s otherwise, and returns the present state', async (_, input) => {
    const token = await gateway.token(claims())
    const watched = await watchChanges(gateway, token)
    const { botAgent } = await createWith(token, {})
    const { botAgent: present } = await update(token, { id: botAgent?.id, name: 'by another' })
    expect(await update(token, { id: botAgent?.id, expectedUpdatedAt: botAgent?.updatedAt, ...input })).toEqual({
      botAgent: present,
      userErrors: [
        {
          code: 'CONFLICT',
          reason: 'OUTDATED',
          field: ['expectedUpdatedAt'],
          message: `\`expectedUpdatedAt\` is not when the bot agent was last updated: ${botAgent?.updatedAt}. Look at it as it is now, and try again.`,
        },
      ],
    })
    const { botAgent: after } = await run<{ botAgent: object }>(
      gateway,
      token,
      'query ($id: ID!) { botAgent(id: $id) { id name updatedAt status webhooks { url } } }',
      { id: botAgent?.id },
    )
    expect(after).toEqual({ ...present, status: 'OFFLINE', webhooks: null })
    expect(await trail(token)).toEqual(['UPDATED', 'CREATED'])
    await remove(token, String(botAgent?.id))
    expect((await watched.take(3)).map(({ kind }) => kind)).toEqual(['CREATED', 'UPDATED', 'REMOVED'])
  })

  it.each(Object.entries(inputs))('lets one of many through that update %s at the same time', async (_, input) => {
    const token = await gateway.token(claims())
    let { botAgent } = await createWith(token, {})
    for (let round = 0; round < 10; round++) {
      const edit = { id: botAgent?.id, expectedUpdatedAt: botAgent?.updatedAt, ...input }
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) => update(token, edit, index % 2 ? gateway : second)),
      )
      const through = answers.filter(({ userErrors }) => userErrors.length === 0)
      expect(through).toHaveLength(1)
      expect(answers.map((answer) => answer.botAgent)).toEqual(answers.map(() => through[0]?.botAgent))
      botAgent = through[0]?.botAgent ?? null
    }
  })

  it('tells updates apart that come within one millisecond', async () => {
    const token = await gateway.token(claims())
    const { botAgent } = await createWith(token, {})
    // As if the clock stood still.
    await sql(gateway.databaseUrl, `update bot_agent set updated_at = '2100-01-01T00:00:00Z' where id = $1`, [
      botAgent?.id,
    ])
    const edit = { id: botAgent?.id, expectedUpdatedAt: '2100-01-01T00:00:00.000Z' }
    expect(await update(token, edit)).toMatchObject({ botAgent: { updatedAt: '2100-01-01T00:00:00.001Z' } })
    expect(await update(token, { ...edit, name: 'y' })).toMatchObject({ userErrors: [{ reason: 'OUTDATED' }] })
    expect(await update(token, { id: botAgent?.id, webhooks })).toMatchObject({
      botAgent: { updatedAt: '2100-01-01T00:00:00.002Z' },
    })
  })

  it('also sees that the bot agent was logged out, because its token was revoked', async () => {
    const { licenseId, clientId } = claims()
    const [token, other] = [await gateway.token({ licenseId, clientId }), await gateway.token({ licenseId, clientId })]
    const { botAgent } = await createWith(token, { status: 'ACCEPTING_CHATS' })
    await fetch(new URL('/oauth/revoke', gateway.url), { method: 'POST', body: new URLSearchParams({ token }) })
    expect(await update(other, { id: botAgent?.id, expectedUpdatedAt: botAgent?.updatedAt, name: 'y' })).toMatchObject({
      botAgent: { name: 'x' },
      userErrors: [{ reason: 'OUTDATED' }],
    })
  })

  it('tells nothing of the bot agents of others, and of those that do not exist', async () => {
    const { licenseId, clientId } = claims()
    const token = await gateway.token({ licenseId, clientId })
    const { botAgent } = await createWith(token, {})
    const neighbour = await gateway.token({ licenseId, clientId: 'another' })
    const foreign = await gateway.token({ licenseId: newLicense(), clientId })
    for (const caller of [neighbour, foreign]) {
      const edit = { id: botAgent?.id, expectedUpdatedAt: '2000-01-01T00:00:00Z' }
      expect(await update(caller, edit)).toMatchObject({ botAgent: null, userErrors: [{ code: 'NOT_FOUND' }] })
      expect(await update(caller, { ...edit, webhooks })).toMatchObject({
        botAgent: null,
        userErrors: [{ code: 'NOT_FOUND' }],
      })
    }
  })

  it('must not be null, so that no form loses its protection by a slip', async () => {
    const token = await gateway.token(claims())
    expect(await update(token, { id: 'f'.repeat(32), expectedUpdatedAt: null })).toMatchObject({
      userErrors: [
        {
          code: 'VALIDATION',
          message: '`expectedUpdatedAt` must not be null: omit it to update whatever others have changed.',
        },
      ],
    })
  })

  it('is told exactly as it is stored', async () => {
    const token = await gateway.token(claims())
    const { botAgent } = await createWith(token, {})
    for (let round = 0; round < 30; round++) {
      const { botAgent: updated } = await update(token, { id: botAgent?.id, name: `${round}` })
      const stored = await sql(
        gateway.databaseUrl,
        'select from bot_agent where id = $1 and updated_at = $2::timestamptz',
        [botAgent?.id, updated?.updatedAt],
      )
      expect(stored).toHaveLength(1)
    }
  })
})

describe('`query` in the payload of a mutation', () => {
  it('reads everything as it is after that mutation, also behind others in one document', async () => {
    const token = await gateway.token(claims())
    const id = await create(gateway, token, { name: '0' })
    const read = `query { botAgent(id: "${id}") { name } botAgents { totalCount nodes { name } } }`
    const data = await run(
      gateway,
      token,
      `mutation {
        a: updateBotAgent(input: { id: "${id}", name: "1" }) { ${read} }
        b: updateBotAgent(input: { id: "${id}", name: "2" }) { ${read} }
        c: removeBotAgent(input: { botAgentId: "${id}" }) { ${read} }
      }`,
    )
    const asNamed = (name: string) => ({
      query: { botAgent: { name }, botAgents: { totalCount: 1, nodes: [{ name }] } },
    })
    expect(data).toEqual({
      a: asNamed('1'),
      b: asNamed('2'),
      c: { query: { botAgent: null, botAgents: { totalCount: 0, nodes: [] } } },
    })
  })

  it('needs the scopes of what it reads', async () => {
    const application = claims()
    const platform = await gateway.token({ ...application, scopes: ['chats--all:rw'] })
    const publish = (selection: string) =>
      run(
        gateway,
        platform,
        `mutation { publishChatEvent(input: { action: THREAD_CLOSED, data: { chat_id: "c", thread_id: "t" } }) { ${selection} } }`,
      )
    await expect(publish('query { botAgents { totalCount } }')).rejects.toThrow('FORBIDDEN')
    const data = await publish('query { viewer { clientId } }')
    expect(data).toEqual({ publishChatEvent: { query: { viewer: { clientId: application.clientId } } } })
  })
})
