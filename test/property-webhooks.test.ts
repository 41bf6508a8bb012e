import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { publish as publishEvent } from './support/chat-events.ts'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { propertiesOf } from './support/properties.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const chat = { location: 'CHAT', id: 'PJ0MRSHTDG' }
const thread = { location: 'THREAD', id: 'PGDGHT5G' }

/** A new license with a bot agent that listens. */
async function setUp(actions: object[], at = gateway) {
  const receiver = await receiverForTest()
  const licenseId = newLicense()
  const token = await at.token({ licenseId })
  const webhooks = { url: receiver.url, secretKey: 's', actions }
  await create(at, token, { status: 'ACCEPTING_CHATS', webhooks })
  /** The `action`, `data` and `additional_data` of `count` webhooks, in the order of the events. */
  const arrived = async (count: number) => {
    const received = await receiver.reaches(count)
    const order = await sql<{ id: string }>(at.databaseUrl, 'select id from webhook_delivery order by created_at, id')
    const places = order.map(({ id }) => id)
    return received
      .toSorted((one, other) => places.indexOf(one.id) - places.indexOf(other.id))
      .map(({ body: { action, data, additional_data } }) => ({ action, data, additional_data }))
  }
  return { licenseId, token, properties: propertiesOf(at, token), arrived }
}

/** The chat events of the license in the database. */
const events = (licenseId: number) =>
  sql<{ action: string; data: unknown }>(
    gateway.databaseUrl,
    `select action, data::jsonb from chat_event where license_id = $1 and action <> 'AGENT_STATUS_CHANGED' order by id`,
    [licenseId],
  )

/** Reports that the thread was closed. @returns how many bot agents get it */
const publish = async (token: string, input: object = {}, at = gateway) => {
  const closed = { action: 'THREAD_CLOSED', authorType: null, data: { chat_id: chat.id, thread_id: thread.id } }
  return (await publishEvent(at, token, { ...closed, chat: { id: chat.id }, ...input })).matched
}

const filtered = (chatProperties: object[], name = 'THREAD_CLOSED') => [{ name, filters: { chatProperties } }]
const intIs = (test: object) => ({ namespace: 'test', name: 'int_property', ...test })

describe('an event that does not carry the properties of its chat', () => {
  const tests: [test: object, stored: object, matches: boolean][] = [
    [{ exists: true }, { int_property: 1 }, true],
    [{ exists: true }, {}, false],
    [{ exists: false }, { int_property: 1 }, false],
    [{ values: [0, 1] }, { int_property: 1 }, true],
    [{ values: [1] }, { int_property: 1.0 }, true],
    [{ values: ['1'] }, { int_property: 1 }, false],
    [{ excludeValues: [1] }, { int_property: 1 }, false],
    [{ excludeValues: [1] }, {}, true],
  ]
  for (const [test, stored, matches] of tests) {
    it(`is matched with the stored properties: ${JSON.stringify(test)} of ${JSON.stringify(stored)}`, async () => {
      const { token, properties } = await setUp(filtered([intIs(test)]))
      await properties.set(chat, { test: stored })
      expect(await publish(token)).toBe(matches ? 1 : 0)
    })
  }

  it('is matched with the properties that it does carry, and does not change the stored ones', async () => {
    const { token, properties } = await setUp(filtered([intIs({ values: [1] })]))
    await properties.set(chat, { test: { int_property: 1 } })
    expect(await publish(token, { chat: { id: chat.id, properties: {} } })).toBe(0)
    expect(await publish(token, { chat: { id: chat.id, properties: { test: { int_property: 2 } } } })).toBe(0)
    expect(await publish(token, { chat: { id: 'another' } })).toBe(0)
    expect(await publish(token, { chat: null })).toBe(0)
    const report = {
      action: 'CHAT_PROPERTIES_UPDATED',
      data: { chat_id: chat.id, properties: { test: { int_property: { value: 9 } } } },
    }
    await publish(token, report)
    await publish(token, {
      action: 'CHAT_PROPERTIES_DELETED',
      data: { chat_id: chat.id, properties: { test: ['int_property'] } },
    })
    expect(await properties.read(chat)).toEqual({ 'test.int_property': 1 })
  })

  it('is sent with the stored properties that may be read, of every application and nested, if they are requested', async () => {
    const { licenseId, token, properties, arrived } = await setUp([
      { name: 'THREAD_CLOSED', additionalData: ['CHAT_PROPERTIES'] },
    ])
    const other = propertiesOf(gateway, await gateway.token({ licenseId, clientId: 'other' }))
    await other.define('hidden', 'STRING')
    await other.define('open', 'STRING', { access: ['READ'] })
    await properties.set(chat, { test: { int_property: 1, string_property: 'x' } })
    await other.set(chat, { other: { hidden: 'y', open: 'z' } })
    await publish(token)
    expect(await arrived(1)).toEqual([
      {
        action: 'thread_closed',
        data: { chat_id: chat.id, thread_id: thread.id },
        additional_data: {
          chat_properties: {
            other: { open: { value: 'z' } },
            test: { int_property: { value: 1 }, string_property: { value: 'x' } },
          },
        },
      },
    ])
  })

  it('belongs to `my chats` according to the stored property source.client_id', async () => {
    const { licenseId, token } = await setUp([{ name: 'THREAD_CLOSED', filters: { onlyMyChats: true } }])
    const source = propertiesOf(gateway, await gateway.token({ licenseId, clientId: 'source' }))
    await source.define('client_id', 'STRING')
    expect(await publish(token)).toBe(0)
    await source.set(chat, { source: { client_id: 'my-bots' } })
    expect(await publish(token)).toBe(1)
  })

  it('costs one more statement if a listener looks at the properties of chats, and there is a chat', async () => {
    const loud = await gatewayForTest({ beside: gateway, env: { LOG_LEVEL: 'trace' } })
    const looks = async (token: string, input: object) => {
      loud.logged.length = 0
      await publish(token, input, loud)
      return loud.logged.filter(({ query }) => String(query).includes('property_value')).length
    }
    const looking = [
      filtered([intIs({ values: [1] })]),
      [{ name: 'THREAD_CLOSED', filters: { onlyMyChats: true } }],
      [{ name: 'THREAD_CLOSED', additionalData: ['CHAT_PROPERTIES'] }],
    ]
    for (const actions of looking) {
      const { token } = await setUp(actions)
      expect(await looks(token, {})).toBe(1)
      expect(await looks(token, { chat: { id: chat.id, properties: {} } })).toBe(0)
      expect(await looks(token, { chat: null })).toBe(0)
    }
    for (const actions of [[{ name: 'THREAD_CLOSED' }], [{ name: 'INCOMING_EVENT' }]]) {
      const { token } = await setUp(actions)
      expect(await looks(token, {})).toBe(0)
    }
  })
})

describe('a change of the properties', () => {
  const everything = [
    'CHAT_PROPERTIES_UPDATED',
    'CHAT_PROPERTIES_DELETED',
    'CHAT_THREAD_PROPERTIES_UPDATED',
    'CHAT_THREAD_PROPERTIES_DELETED',
  ].map((name) => ({ name, additionalData: ['CHAT_PROPERTIES'] }))

  it('of a chat raises an event with exactly what has changed', async () => {
    const { properties, arrived } = await setUp(everything)
    await properties.set(chat, { test: { int_property: 1, bool_property: true } })
    await properties.set(chat, { test: { int_property: 1, bool_property: false, string_property: 'x' } })
    await properties.delete(chat, { test: ['int_property', 'tokenized_string_property'] })
    const nested = (values: object) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]))
    expect(await arrived(3)).toEqual([
      {
        action: 'chat_properties_updated',
        data: { chat_id: chat.id, properties: { test: nested({ int_property: 1, bool_property: true }) } },
        additional_data: { chat_properties: { test: nested({ bool_property: true, int_property: 1 }) } },
      },
      {
        action: 'chat_properties_updated',
        data: { chat_id: chat.id, properties: { test: nested({ bool_property: false, string_property: 'x' }) } },
        additional_data: {
          chat_properties: { test: nested({ bool_property: false, int_property: 1, string_property: 'x' }) },
        },
      },
      {
        action: 'chat_properties_deleted',
        data: { chat_id: chat.id, properties: { test: ['int_property'] } },
        additional_data: { chat_properties: { test: nested({ bool_property: false, string_property: 'x' }) } },
      },
    ])
  })

  it('of a thread raises an event, with its chat if that is given', async () => {
    const { properties, arrived } = await setUp(everything)
    await properties.set(chat, { test: { int_property: 7 } })
    await properties.set(thread, { test: { int_property: 1 } }, { chatId: chat.id })
    await properties.set(thread, { test: { int_property: 2 } })
    await properties.delete(thread, { test: ['int_property'] }, { chatId: chat.id })
    const ofChat = { chat_properties: { test: { int_property: { value: 7 } } } }
    expect((await arrived(4)).slice(1)).toEqual([
      {
        action: 'chat_thread_properties_updated',
        data: { chat_id: chat.id, thread_id: thread.id, properties: { test: { int_property: { value: 1 } } } },
        additional_data: ofChat,
      },
      {
        action: 'chat_thread_properties_updated',
        data: { thread_id: thread.id, properties: { test: { int_property: { value: 2 } } } },
        additional_data: {},
      },
      {
        action: 'chat_thread_properties_deleted',
        data: { chat_id: chat.id, thread_id: thread.id, properties: { test: ['int_property'] } },
        additional_data: ofChat,
      },
    ])
  })

  it('raises no event if nothing changes, or if it is not of a chat or thread', async () => {
    const { licenseId, properties } = await setUp(everything)
    await properties.set(chat, { test: { int_property: 1, string_property: 'x' } })
    expect(await events(licenseId)).toHaveLength(1)
    await properties.set(chat, { test: { int_property: 1.0, string_property: 'x' } })
    await properties.set(chat, {})
    await properties.set(chat, { test: { int_property: 2, bool_property: 'no' } })
    await properties.delete(chat, { test: ['bool_property'] })
    await properties.delete(chat, { test: ['int_property', 'none'] })
    for (const target of [{ location: 'LICENSE' }, { location: 'GROUP', id: '1' }, { location: 'EVENT', id: 'x' }]) {
      await properties.set(target, { test: { int_property: 1 } })
      await properties.delete(target, { test: ['int_property'] })
    }
    expect(await events(licenseId)).toHaveLength(1)
  })

  it('is matched with the properties after the change', async () => {
    const { properties, arrived } = await setUp([
      ...filtered([intIs({ values: [2] })], 'CHAT_PROPERTIES_UPDATED'),
      ...filtered([intIs({ exists: false })], 'CHAT_PROPERTIES_DELETED'),
    ])
    await properties.set(chat, { test: { int_property: 1, bool_property: true } })
    await properties.delete(chat, { test: ['bool_property'] })
    await properties.set(chat, { test: { int_property: 2 } })
    await properties.delete(chat, { test: ['int_property'] })
    expect((await arrived(2)).map(({ action, data }) => [action, data.properties])).toEqual([
      ['chat_properties_updated', { test: { int_property: { value: 2 } } }],
      ['chat_properties_deleted', { test: ['int_property'] }],
    ])
  })

  it('by many callers at the same time raises one event for each change, and the last event has the stored value', async () => {
    const { licenseId, properties } = await setUp(everything)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => properties.set(chat, { test: { int_property: index % 3 } })),
    )
    const told = (
      await sql<{ value: number }>(
        gateway.databaseUrl,
        `select (data::jsonb #>> '{properties,test,int_property,value}')::int as value
      from chat_event where license_id = $1 and action = 'CHAT_PROPERTIES_UPDATED' order by xmin::text::bigint`,
        [licenseId],
      )
    ).map(({ value }) => value)
    expect(told.at(-1)).toBe((await properties.read(chat))['test.int_property'])
    for (const [index, value] of told.entries()) expect(value).not.toBe(told[index - 1])
  })

  it('is undone if its event cannot be stored, because both are one transaction', async () => {
    const own = await gatewayForTest()
    const { properties } = await setUp(everything, own)
    await sql(own.databaseUrl, `alter table chat_event add check (action <> 'CHAT_PROPERTIES_UPDATED')`)
    await expect(properties.set(chat, { test: { int_property: 1 } })).rejects.toThrow('INTERNAL_SERVER_ERROR')
    expect(await properties.read(chat)).toEqual({})
  })

  it('accepts a chat only if the target is a thread', async () => {
    const { properties } = await setUp(everything)
    const wrong = [
      [chat, 'x'],
      [{ location: 'LICENSE' }, 'x'],
      [thread, ''],
      [thread, 'x'.repeat(256)],
      [thread, 'a\0'],
    ] as const
    for (const [target, chatId] of wrong) {
      const { userErrors } = await properties.set(target, { test: { int_property: 1 } }, { chatId })
      expect(userErrors).toEqual([{ code: 'VALIDATION', field: ['chatId'], message: expect.any(String) }])
    }
  })
})

describe('a property that others may not read', () => {
  it('is reported only to the bot agents of its owner, and hidden from the filters and additional data of others', async () => {
    const actions = [
      { name: 'CHAT_PROPERTIES_UPDATED' },
      { name: 'THREAD_CLOSED', additionalData: ['CHAT_PROPERTIES'] },
    ]
    const { licenseId, token, properties, arrived } = await setUp(actions)
    const stranger = await receiverForTest()
    const strange = await gateway.token({ licenseId, clientId: 'other-bots' })
    await create(gateway, strange, {
      status: 'ACCEPTING_CHATS',
      webhooks: { url: stranger.url, secretKey: 's', actions },
    })
    await request(
      gateway.url,
      token,
      'mutation { createProperty(input: { name: "secret", type: STRING, access: [] }) { userErrors { message } } }',
    )

    await properties.set(chat, { 'my-bots': { secret: 'x' } })
    await properties.set(chat, { test: { int_property: 1 } })
    expect(await publish(token)).toBe(2)
    const open = { test: { int_property: { value: 1 } } }
    expect((await arrived(3)).map(({ data }) => (data as { properties?: object }).properties)).toEqual(
      expect.arrayContaining([{ 'my-bots': { secret: { value: 'x' } } }, open]),
    )
    const told = (await stranger.reaches(2)).map(({ body }) => [body.action, JSON.stringify(body)])
    expect(told.map(([action]) => action).sort()).toEqual(['chat_properties_updated', 'thread_closed'])
    for (const [, body] of told) expect(body).not.toContain('secret":{')
  })
})
