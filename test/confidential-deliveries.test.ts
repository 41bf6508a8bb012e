import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilDrained } from './support/delivery-records.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { type PropertiesOf, propertiesOf } from './support/properties.ts'
import { receiverForTest } from './support/receiver.ts'
import { subscribe } from './support/subscription.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const SECRET = 'what others may not read'
const chat = { location: 'CHAT', id: 'PJ0MRSHTDG' }
const thread = { location: 'THREAD', id: 'PGDGHT5G' }

const actions = [
  'CHAT_PROPERTIES_UPDATED',
  'CHAT_PROPERTIES_DELETED',
  'CHAT_THREAD_PROPERTIES_UPDATED',
  'CHAT_THREAD_PROPERTIES_DELETED',
  'THREAD_CLOSED',
]

/** The fields of a delivery that may be confidential. */
interface Seen {
  chatEvent: { data: unknown } | null
  requestBody: string | null
  attempts: {
    responseBody: string | null
    address: string | null
    requestHeaders: object[]
    responseHeaders: object[]
  }[]
}

interface Update {
  state: string
  attempt: Seen['attempts'][0] | null
  delivery: Seen & { id: string }
}

const seenOfAttempt = 'responseBody address requestHeaders { name } responseHeaders { name value }'
const seen = `chatEvent { id data } requestBody attempts { ${seenOfAttempt} }`

/** Each way to reach a delivery, given the ids of the delivery, its event and its bot agent. */
const ways: Record<string, (ids: { delivery: string; event: string; botAgent: string }) => string> = {
  'the list of the license': () => `{ webhookDeliveries(all: true, first: 1) { nodes { ${seen} } } }`,
  'an edge of the list': () => `{ webhookDeliveries(all: true, first: 1) { edges { node { ${seen} } } } }`,
  'the id of the delivery': ({ delivery }) => `{ webhookDelivery(id: "${delivery}") { ${seen} } }`,
  'node with the id of the delivery': ({ delivery }) =>
    `{ node(id: "${delivery}") { ... on WebhookDelivery { ${seen} } } }`,
  'the list of the bot agent': ({ botAgent }) =>
    `{ botAgent(id: "${botAgent}") { webhookDeliveries(first: 1) { nodes { ${seen} } } } }`,
  'the bot agent of the delivery': ({ delivery }) =>
    `{ webhookDelivery(id: "${delivery}") { botAgent { webhookDeliveries(first: 1) { nodes { ${seen} } } } } }`,
}

/** A license in which the application `shop` has hidden and open properties, and a bot agent whose server echoes what it receives. */
async function setUp(additionalData: string[] = []) {
  const receiver = await receiverForTest()
  receiver.answer = (response) => {
    const echo = receiver.received.at(-1)?.text.replace(/"secret_key":"[^"]*",/, '') ?? ''
    response.writeHead(200, { 'x-echo': echo }).end(echo)
  }
  const licenseId = newLicense()
  const owner = await gateway.token({ licenseId, clientId: 'shop' })
  const spy = await gateway.token({ licenseId, clientId: 'spy', scopes: ['agents-bot--all:rw', 'chats--all:rw'] })
  const shop = propertiesOf(gateway, owner)
  await shop.define('hidden', 'STRING')
  await shop.define('drop', 'STRING', { access: ['WRITE'] })
  await shop.define('open', 'STRING', { access: ['READ', 'WRITE'] })
  const botAgent = await create(gateway, owner, {
    status: 'ACCEPTING_CHATS',
    webhooks: { url: receiver.url, secretKey: 'key', actions: actions.map((name) => ({ name, additionalData })) },
  })
  return { licenseId, receiver, owner, spy, shop, botAgent }
}

type SetUp = Awaited<ReturnType<typeof setUp>>

const cases: {
  what: string
  additionalData?: string[]
  known: boolean
  make: (at: SetUp & { properties: PropertiesOf }) => Promise<unknown>
}[] = [
  {
    what: 'a hidden property of a chat that was set',
    known: false,
    make: ({ shop }) => shop.set(chat, { shop: { hidden: SECRET } }),
  },
  {
    what: 'a hidden property of a thread that was set',
    known: false,
    make: ({ shop }) => shop.set(thread, { shop: { hidden: SECRET } }, { chatId: chat.id }),
  },
  {
    what: 'a hidden property that was deleted',
    known: false,
    make: async ({ shop, receiver }) => {
      await shop.set(chat, { shop: { hidden: SECRET } })
      await receiver.reaches(1)
      await shop.delete(chat, { shop: ['hidden'] })
    },
  },
  {
    what: 'a property that the other application may write and not read, set by itself',
    known: false,
    make: ({ properties }) => properties.set(chat, { shop: { drop: SECRET } }),
  },
  {
    what: 'an open property',
    known: true,
    make: ({ shop }) => shop.set(chat, { shop: { open: SECRET } }),
  },
  {
    what: 'an event that carries a hidden property as additional data',
    additionalData: ['CHAT_PROPERTIES'],
    known: false,
    make: async ({ shop, receiver, owner }) => {
      await shop.set(chat, { shop: { hidden: SECRET, open: 'x' } })
      await receiver.reaches(2)
      await publish(gateway, owner, closed)
    },
  },
  {
    what: 'an event that carries open properties as additional data',
    additionalData: ['CHAT_PROPERTIES'],
    known: true,
    make: async ({ shop, receiver, owner }) => {
      await shop.set(chat, { shop: { open: SECRET } })
      await receiver.reaches(1)
      await publish(gateway, owner, closed)
    },
  },
  {
    what: 'an event that carries what was reported of the chat',
    additionalData: ['CHAT_PROPERTIES'],
    known: true,
    make: async ({ shop, receiver, owner }) => {
      await shop.set(chat, { shop: { hidden: 'x' } })
      await receiver.reaches(1)
      await publish(gateway, owner, { ...closed, chat: { id: chat.id, properties: { shop: { hidden: SECRET } } } })
    },
  },
  {
    what: 'an event of a chat with hidden properties that carries none',
    known: true,
    make: async ({ shop, receiver, owner }) => {
      await shop.set(chat, { shop: { hidden: 'x' } })
      await receiver.reaches(1)
      await publish(gateway, owner, { ...closed, data: { chat_id: chat.id, thread_id: SECRET } })
    },
  },
]

const closed = {
  action: 'THREAD_CLOSED',
  authorType: null,
  data: { chat_id: chat.id, thread_id: thread.id },
  chat: { id: chat.id },
}

/** The delivery in a response that contains nothing else. */
function deliveryIn(answer: unknown): Seen {
  const inner = Object.values(answer as object)[0]
  const one = Array.isArray(inner) ? inner[0] : inner
  return 'attempts' in one ? one : deliveryIn(one)
}

describe('confidential data in the log of deliveries', () => {
  for (const { what, additionalData, known, make } of cases) {
    it(`${what}: is visible to ${known ? 'all' : 'its owner only'}, on every path`, async () => {
      const at = await setUp(additionalData)
      const { licenseId, receiver, owner, spy, botAgent } = at
      const properties = propertiesOf(
        gateway,
        await gateway.token({ licenseId, clientId: 'spy', scopes: ['properties--my:rw'] }),
      )
      const streams = await Promise.all(
        [owner, spy].map((token) =>
          subscribe<Update>(
            gateway,
            token,
            `subscription { webhookDeliveryUpdated(all: true) { state attempt { ${seenOfAttempt} } delivery { id ${seen} } } }`,
          ),
        ),
      )
      await make({ ...at, properties })
      await untilDrained(gateway.databaseUrl)
      const [newest] = await sql<{ delivery: string; event: string }>(
        gateway.databaseUrl,
        'select id as delivery, chat_event_id as event from webhook_delivery where license_id = $1 order by created_at desc, id desc limit 1',
        [licenseId],
      )
      const ids = { delivery: '', event: '', ...newest, botAgent }
      const openAttempt = {
        responseBody: expect.stringContaining('webhook_id'),
        address: new URL(receiver.url).host,
        requestHeaders: expect.arrayContaining([{ name: 'webhook-signature' }]),
        responseHeaders: expect.arrayContaining([{ name: 'x-echo', value: expect.any(String) }]),
      }
      const closedAttempt = { responseBody: null, address: null, requestHeaders: [], responseHeaders: [] }
      const open = {
        chatEvent: expect.anything(),
        requestBody: expect.stringContaining('webhook_id'),
        attempts: [openAttempt],
      }
      const closed = { chatEvent: null, requestBody: null, attempts: [closedAttempt] }
      // Everybody may read a reported event, but not that a delivery with confidential additional data is one of it.
      const isOfEvent = what.startsWith('an event')
      for (const [way, document] of Object.entries(ways)) {
        expect([way, deliveryIn(await run(gateway, owner, document(ids)))]).toEqual([way, open])
        const theirs = deliveryIn(await run(gateway, spy, document(ids)))
        expect([way, theirs.chatEvent]).toEqual([way, known ? open.chatEvent : null])
        expect([way, theirs.attempts]).toEqual([way, known ? open.attempts : closed.attempts])
        expect([way, theirs.requestBody]).toEqual([way, known ? open.requestBody : null])
      }
      const node = `{ node(id: "${ids.event}") { id ... on ChatEvent { data } } }`
      expect((await run(gateway, owner, node)).node).not.toBeNull()
      if (known || isOfEvent) expect((await run(gateway, spy, node)).node).not.toBeNull()
      else expect((await run(gateway, spy, node)).node).toBeNull()

      for (const [stream, isOwner] of streams.map((stream, index) => [stream, index === 0] as const)) {
        const updates = await stream.takeThrough(
          ({ state, delivery }) => state === 'SUCCEEDED' && delivery.id === ids.delivery,
        )
        const last = updates.at(-1)
        const mayRead = isOwner || known
        expect(last?.attempt).toEqual(mayRead ? openAttempt : closedAttempt)
        if (!mayRead) expect(last?.delivery).toMatchObject(closed)
        if (!mayRead) expect(JSON.stringify(updates)).not.toContain(SECRET)
      }
    })
  }
})

interface EventIds {
  event: string
  botAgent: string
}

const listed = 'deliveries { totalCount nodes { id } edges { node { id } } }'
const again = `mutation { publishChatEvent(input: {
  action: THREAD_CLOSED, data: { chat_id: "${chat.id}", thread_id: "${thread.id}" }, chat: { id: "${chat.id}" }, idempotencyKey: "key"
}) { chatEvent { ${listed} } } }`

/** Each field through which an event is reached, and what leads from the event to its deliveries. */
const waysToEvents: Record<string, (ids: EventIds) => string> = {
  'Query.chatEvent': ({ event }) => `{ chatEvent(id: "${event}") { ${listed} } }`,
  'Query.chatEvents': () => `{ chatEvents(first: 1) { nodes { ${listed} } } }`,
  'ChatEventConnection.nodes': () =>
    `{ chatEvents(first: 1, filter: { chatId: "${chat.id}" }) { nodes { ${listed} } } }`,
  'ChatEventConnection.edges': () =>
    `{ chatEvents(first: 1, filter: { matched: true }) { edges { node { ${listed} } } } }`,
  'ChatEventEdge.node': () => `{ chatEvents(first: 1) { edges { node { ${listed} } } } }`,
  'WebhookDelivery.chatEvent': () => `{ webhookDeliveries(all: true, first: 1) { nodes { chatEvent { ${listed} } } } }`,
  'WebhookPreview.chatEvent': () =>
    `{ previewWebhooks(actions: [{ name: THREAD_CLOSED }], last: 1) { chatEvent { ${listed} } } }`,
  'PublishChatEventPayload.chatEvent': () => again,
}

/** What else names a delivery of an event. */
const otherWays: Record<string, (ids: EventIds) => string> = {
  node: ({ event }) => `{ node(id: "${event}") { ... on ChatEvent { ${listed} } } }`,
  'the filter for an event': ({ event }) =>
    `{ webhookDeliveries(all: true, filter: { chatEventId: "${event}" }) { totalCount nodes { id } } }`,
  'the filter for an event, of a bot agent': ({ event, botAgent }) =>
    `{ botAgent(id: "${botAgent}") { webhookDeliveries(filter: { chatEventId: "${event}" }) { totalCount nodes { id } } } }`,
  'the filter for a chat': () =>
    `{ webhookDeliveries(all: true, filter: { chatId: "${chat.id}", actions: [THREAD_CLOSED] }) { totalCount nodes { id } } }`,
  explainWebhook: ({ event, botAgent }) =>
    `{ explainWebhook(botAgentId: "${botAgent}", chatEventId: "${event}") { reasons { message } } }`,
}

describe('from its event, a confidential delivery', () => {
  it('is reached by ways that are all in this test', async () => {
    const { __schema: schema } = await run<{
      __schema: { types: { name: string; fields: { name: string; type: TypeRef }[] | null }[] }
    }>(
      gateway,
      await gateway.token(),
      '{ __schema { types { name fields { name type { name ofType { name ofType { name ofType { name } } } } } } } }',
    )
    const holders = schema.types.flatMap(({ name, fields }) =>
      (fields ?? [])
        .filter(({ type }) => /^ChatEvent(Connection|Edge)?$/.test(nameOf(type)))
        .map((field) => `${name}.${field.name}`),
    )
    expect(holders.toSorted()).toEqual(Object.keys(waysToEvents).toSorted())
  })

  it('is found by its owner and by nobody else', async () => {
    const { licenseId, receiver, owner, spy, shop, botAgent } = await setUp(['CHAT_PROPERTIES'])
    await shop.set(chat, { shop: { hidden: SECRET } })
    await receiver.reaches(1)
    // With a key, so that the spy gets the same event again.
    await run(gateway, spy, again)
    await receiver.reaches(2)
    await untilDrained(gateway.databaseUrl)
    const [found] = await sql<{ id: string; event: string }>(
      gateway.databaseUrl,
      `select id, chat_event_id as event from webhook_delivery where license_id = $1 and action = 'THREAD_CLOSED'`,
      [licenseId],
    )
    const { id = '', event = '' } = found ?? {}
    for (const [way, document] of Object.entries({ ...waysToEvents, ...otherWays })) {
      const theirs = JSON.stringify(await run(gateway, spy, document({ event, botAgent })))
      expect([way, theirs.includes(id), /"totalCount":[1-9]/.test(theirs)]).toEqual([way, false, false])
      // The owner is another application, so the key means another event to it.
      if (document === waysToEvents['PublishChatEventPayload.chatEvent']) continue
      expect([way, JSON.stringify(await run(gateway, owner, document({ event, botAgent })))]).toEqual([
        way,
        expect.stringContaining(id),
      ])
    }
  })
})

interface TypeRef {
  name: string | null
  ofType?: TypeRef | null
}

function nameOf({ name, ofType }: TypeRef): string {
  return name ?? (ofType ? nameOf(ofType) : '')
}
