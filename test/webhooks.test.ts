import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { hold, type Receiver, receiverForTest } from './support/receiver.ts'
import { subscribe } from './support/subscription.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { WEBHOOK_RETRY_SCHEDULE: '20ms,20ms,20ms', WEBHOOK_TIMEOUT: '2s' } })
})
afterAll(() => gateway.stop())

const secretKey = 'JSauw0Aks8l-asAa'

/** A new license with a bot agent that gets chat events at a receiver of its own. */
async function setUp(webhooks: object = {}) {
  const receiver = await receiverForTest()
  const token = await gateway.token({ licenseId: newLicense() })
  const actions = [{ name: 'INCOMING_EVENT', additionalData: ['CHAT_PROPERTIES', 'ACCESS'] }]
  const id = await create(gateway, token, {
    status: 'ACCEPTING_CHATS',
    webhooks: { url: receiver.url, secretKey, actions, ...webhooks },
  })
  return { receiver, token, id }
}

const event = {
  action: 'INCOMING_EVENT',
  authorType: 'CUSTOMER',
  data: { chat_id: 'PJ0MRSHTDG', thread_id: 'PGDGHT5G', event: { id: 'PGDGHT5G_2', type: 'message', text: 'Hello' } },
  chat: {
    id: 'PJ0MRSHTDG',
    threadId: 'PGDGHT5G',
    properties: { source: { type: 'facebook' } },
    agentIds: ['a'],
    groupIds: [0, 2],
  },
}

interface Published {
  chatEvent: { id: string } | null
  matched: number
  userErrors: object[]
}

async function publish(token: string, input: object = {}): Promise<Published> {
  const { publishChatEvent } = await run<{ publishChatEvent: Published }>(
    gateway,
    token,
    `mutation ($input: PublishChatEventInput!) {
      publishChatEvent(input: $input) { chatEvent { id action data } matched userErrors { code field message } }
    }`,
    { input: { ...event, ...input } },
  )
  return publishChatEvent
}

const details = `id state attemptCount nextAttemptAt finishedAt ping url chatEvent { id }
  attempts { number statusCode error responseBody replay }`

interface Update {
  cursor: string
  state: string
  attempt: { number: number; error: string | null; statusCode: number | null; replay: boolean } | null
  delivery: { id: string; state: string; attemptCount: number }
}

/** Subscribes to the deliveries of a bot agent. @returns a function that takes the updates up to the next one with a given state */
async function updatesOf(token: string, id: string) {
  const query = `subscription ($ids: [ID!]) { webhookDeliveryUpdated(botAgentIds: $ids) {
    cursor state attempt { number error statusCode replay } delivery { ${details} } } }`
  const updates = await subscribe<Update>(gateway, token, query, { variables: { ids: [id] } })
  return (state: string) => updates.takeThrough((update) => update.state === state)
}

describe('a chat event', () => {
  it('reaches the bot agents that listen, with the body of the specification, signed according to Standard Webhooks', async () => {
    const { receiver, token, id } = await setUp()
    const updatesTo = await updatesOf(token, id)
    const { matched, chatEvent } = await publish(token)
    expect(matched).toBe(1)

    const [webhook] = await receiver.reaches(1)
    if (!webhook) throw new Error('nothing came')
    expect(webhook.body).toEqual({
      webhook_id: webhook.id,
      secret_key: secretKey,
      action: 'incoming_event',
      data: event.data,
      additional_data: { chat_properties: { source: { type: { value: 'facebook' } } }, access: { group_ids: [0, 2] } },
    })
    expect(webhook.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'bot-agent-gateway' })
    expect(() => new Webhook(secretKey, { format: 'raw' }).verify(webhook.text, webhook.headers)).not.toThrow()

    const updates = await updatesTo('SUCCEEDED')
    expect(updates.map(({ state, attempt }) => [state, attempt?.number])).toEqual([
      ['PENDING', undefined],
      ['SUCCEEDED', 1],
    ])
    expect(updates.at(-1)?.delivery).toMatchObject({
      id: webhook.id,
      state: 'SUCCEEDED',
      attemptCount: 1,
      ping: false,
      url: receiver.url,
      nextAttemptAt: null,
      finishedAt: expect.any(String),
      chatEvent: { id: chatEvent?.id },
      attempts: [{ number: 1, statusCode: 200, error: null, responseBody: 'thank you', replay: false }],
    })
  })

  it('does not reach a bot agent that does not want to hear its author, however that is reported', async () => {
    const { receiver, token, id } = await setUp()
    const actions = [{ name: 'INCOMING_EVENT', filters: { authorIds: { exclude: [id] } } }]
    const update =
      'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { botAgent { webhooks { actions { filters { authorIds { exclude } } } } } } }'
    const input = { id, webhooks: { url: receiver.url, actions } }
    expect(await run(gateway, token, update, { input })).toEqual({
      updateBotAgent: { botAgent: { webhooks: { actions: [{ filters: { authorIds: { exclude: [id] } } }] } } },
    })
    const by = (author_id: string) => ({ ...event.data, event: { ...event.data.event, author_id } })
    expect((await publish(token, { authorType: 'AGENT', data: by(id) })).matched).toBe(0)
    expect((await publish(token, { authorType: 'AGENT', authorId: id })).matched).toBe(0)
    expect((await publish(token, { authorType: 'AGENT', data: by('another') })).matched).toBe(1)
    expect((await publish(token, { authorType: 'AGENT', authorId: 'another', data: by(id) })).matched).toBe(1)
    expect((await publish(token)).matched).toBe(1)
  })

  it('reaches bot agents that do not accept chats, but not those that are offline or of another license', async () => {
    const { receiver, token, id } = await setUp()
    const update = 'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { userErrors { code } } }'
    await run(gateway, token, update, { input: { id, status: 'NOT_ACCEPTING_CHATS' } })
    expect(await publish(token)).toMatchObject({ matched: 1 })
    await receiver.reaches(1)
    await run(gateway, token, update, { input: { id, status: 'OFFLINE' } })
    expect(await publish(token)).toMatchObject({ matched: 0 })
    expect(await publish(await gateway.token({ licenseId: 999 }))).toMatchObject({ matched: 0 })
  })

  it('with the same idempotency key is published once, even by 50 calls at the same time', async () => {
    const { receiver, token } = await setUp()
    const answers = await Promise.all(Array.from({ length: 50 }, () => publish(token, { idempotencyKey: 'once' })))
    expect(new Set(answers.map(({ chatEvent }) => chatEvent?.id)).size).toBe(1)
    expect(new Set(answers.map(({ matched }) => matched))).toEqual(new Set([1]))
    await publish(token, { idempotencyKey: 'twice' })
    expect(new Set((await receiver.reaches(2)).map(({ id }) => id)).size).toBe(2)
  })

  it('that is not valid is refused with all errors, and nothing is stored', async () => {
    const { token } = await setUp()
    const { chatEvent, matched, userErrors } = await publish(token, { data: {}, authorType: null })
    expect({ chatEvent, matched }).toEqual({ chatEvent: null, matched: 0 })
    expect(userErrors.length).toBeGreaterThan(1)
    const { webhookDeliveries } = await run(gateway, token, '{ webhookDeliveries { nodes { id } } }')
    expect(webhookDeliveries).toEqual({ nodes: [] })
  })
})

describe('the gateway itself', () => {
  it('reports a change of status and a removal to the other bot agents of the license', async () => {
    const { receiver, token } = await setUp({ actions: [{ name: 'AGENT_STATUS_CHANGED' }, { name: 'AGENT_DELETED' }] })
    const other = await create(gateway, token, { status: 'NOT_ACCEPTING_CHATS' })
    await run(gateway, token, 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }', {
      id: other,
    })
    const bodies = (await receiver.reaches(2)).map(({ body }) => [body.action, body.data])
    expect(bodies).toEqual([
      ['agent_status_changed', { agent_id: other, status: 'not accepting chats' }],
      ['agent_deleted', { agent_id: other }],
    ])
  })
})

describe('a destination that fails', () => {
  const failing = (receiver: Receiver, status: number) => {
    receiver.answer = (response) => {
      response.statusCode = status
      response.end()
    }
  }

  it('gets retries by the schedule, with the same id and body, until it accepts the webhook', async () => {
    const { receiver, token, id } = await setUp()
    const updatesTo = await updatesOf(token, id)
    failing(receiver, 503)
    await publish(token)
    await receiver.reaches(2)
    receiver.answer = (response) => response.end()
    const updates = await updatesTo('SUCCEEDED')
    const attempts = updates.flatMap(({ attempt }) => (attempt ? [[attempt.number, attempt.error]] : []))
    expect(attempts.at(-1)?.[1]).toBeNull()
    expect(attempts).toEqual(attempts.map(([, error], index) => [index + 1, error]))
    const [first, ...rest] = receiver.received
    for (const { id, text } of rest) expect({ id, text }).toEqual({ id: first?.id, text: first?.text })
  })

  it('makes the delivery fail after the last retry, and gets the webhook again when it is replayed', async () => {
    const { receiver, token, id } = await setUp()
    const updatesTo = await updatesOf(token, id)
    failing(receiver, 500)
    await publish(token)
    const updates = await updatesTo('FAILED')
    expect(updates.at(-1)?.delivery).toMatchObject({ state: 'FAILED', attemptCount: 4 })

    receiver.answer = (response) => response.end()
    const replay = `mutation ($id: ID!) { replayWebhookDelivery(input: { id: $id }) { webhookDelivery { id state } userErrors { code } } }`
    const { replayWebhookDelivery } = await run(gateway, token, replay, { id: updates[0]?.delivery.id })
    expect(replayWebhookDelivery).toMatchObject({ webhookDelivery: { state: 'PENDING' }, userErrors: [] })
    const [, last] = await updatesTo('SUCCEEDED')
    expect(last?.attempt).toMatchObject({ number: 5, error: null, replay: true })
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)
  })

  it('with 410 is disabled at once; later webhooks are held, and sent if they are replayed after it was enabled again', async () => {
    const { receiver, token, id } = await setUp()
    const updatesTo = await updatesOf(token, id)
    failing(receiver, 410)
    await publish(token)
    await updatesTo('HELD')
    await publish(token)
    await updatesTo('HELD')
    const state = '{ botAgents { nodes { webhooks { state } } } webhookDeliveries(states: [HELD]) { nodes { id } } }'
    expect(await run(gateway, token, state)).toMatchObject({
      botAgents: { nodes: [{ webhooks: { state: 'DISABLED' } }] },
      webhookDeliveries: { nodes: [{}, {}] },
    })

    receiver.answer = (response) => response.end()
    const replay = `mutation ($id: ID!) { replayWebhookDeliveries(input: { botAgentId: $id, states: [HELD] }) { replayed userErrors { code } } }`
    const enable = `mutation ($id: ID!) { enableWebhooks(input: { botAgentId: $id }) { botAgent { webhooks { state } } userErrors { code } } }`
    expect(await run(gateway, token, enable, { id })).toMatchObject({
      enableWebhooks: { botAgent: { webhooks: { state: 'ACTIVE' } } },
    })
    const replayHeld = async () => {
      const payload = await run<{ replayWebhookDeliveries: { replayed: number } }>(gateway, token, replay, { id })
      return payload.replayWebhookDeliveries.replayed
    }
    const [once, twice] = await Promise.all([replayHeld(), replayHeld()])
    expect(once + twice).toBe(2)
    await updatesTo('SUCCEEDED')
    await receiver.reaches(3)
  })

  it('is paused after ten failures in a row, and gets the pending webhooks when it is enabled', async () => {
    const { receiver, token, id } = await setUp()
    failing(receiver, 500)
    for (let index = 0; index < 3; index++) await publish(token)
    const state = async () =>
      JSON.stringify(await run(gateway, token, '{ botAgents { nodes { webhooks { state } } } }'))
    while (!(await state()).includes('PAUSED')) await receiver.reaches(1)
    expect(receiver.received.length).toBeGreaterThanOrEqual(10)

    receiver.answer = (response) => response.end()
    const before = receiver.received.length
    const enable = `mutation ($id: ID!) { enableWebhooks(input: { botAgentId: $id }) { botAgent { webhooks { state } } } }`
    expect(JSON.stringify(await run(gateway, token, enable, { id }))).toContain('ACTIVE')
    await publish(token)
    await receiver.reaches(before + 1)
  })
})

describe('a ping', () => {
  it('is signed, marked as a ping, and sent once', async () => {
    const { receiver, token, id } = await setUp()
    const updatesTo = await updatesOf(token, id)
    const ping = `mutation ($id: ID!) { pingWebhooks(input: { botAgentId: $id }) { webhookDelivery { ${details} } userErrors { code } } }`
    expect(await run(gateway, token, ping, { id })).toMatchObject({
      pingWebhooks: { webhookDelivery: { ping: true }, userErrors: [] },
    })
    const [webhook] = await receiver.reaches(1)
    if (!webhook) throw new Error('nothing came')
    expect(webhook.body).toMatchObject({ action: 'ping', data: {} })
    expect(() => new Webhook(secretKey, { format: 'raw' }).verify(webhook.text, webhook.headers)).not.toThrow()
    await updatesTo('SUCCEEDED')
  })
})

describe('a pending delivery', () => {
  it('is cancelled when the bot agent or its webhooks are removed', async () => {
    const { receiver, token, id } = await setUp()
    const updatesTo = await updatesOf(token, id)
    receiver.answer = () => {}
    await publish(token)
    await receiver.reaches(1)
    await run(
      gateway,
      token,
      'mutation ($id: ID!) { updateBotAgent(input: { id: $id, webhooks: null }) { userErrors { code } } }',
      { id },
    )
    const [, cancelled] = await updatesTo('CANCELLED')
    expect(cancelled?.delivery).toMatchObject({ state: 'CANCELLED', attemptCount: 0 })
  })
})

describe('a secret key that an update leaves out', () => {
  it('alone signs what was waiting and what comes, also at another URL', async () => {
    const { receiver, token, id } = await setUp()
    const holding = hold(receiver)
    await publish(token)
    await receiver.reaches(1)
    const elsewhere = await receiverForTest()
    await run(
      gateway,
      token,
      'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { userErrors { code } } }',
      { input: { id, webhooks: { url: elsewhere.url, actions: [{ name: 'INCOMING_EVENT' }] } } },
    )
    for (const { response } of holding.held) {
      response.statusCode = 500
      response.end()
    }
    await publish(token)
    const webhooks = await elsewhere.reaches(2)
    expect(webhooks.map(({ id }) => id)).toContain(receiver.received[0]?.id)
    for (const { text, body, headers } of webhooks) {
      expect(body.secret_key).toBe(secretKey)
      expect(headers['webhook-signature']?.split(' ')).toHaveLength(1)
      expect(() => new Webhook(secretKey, { format: 'raw' }).verify(text, headers)).not.toThrow()
    }
  })
})

describe('a secret key that is changed', () => {
  it('is used for signatures together with the former one', async () => {
    const { receiver, token, id } = await setUp()
    const webhooks = { url: receiver.url, secretKey: 'a new one', actions: [{ name: 'INCOMING_EVENT' }] }
    await run(
      gateway,
      token,
      'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { userErrors { code } } }',
      { input: { id, webhooks } },
    )
    await publish(token)
    const [webhook] = await receiver.reaches(1)
    if (!webhook) throw new Error('nothing came')
    expect(webhook.body.secret_key).toBe('a new one')
    for (const secret of ['a new one', secretKey]) {
      expect(() => new Webhook(secret, { format: 'raw' }).verify(webhook.text, webhook.headers)).not.toThrow()
    }
  })
})
