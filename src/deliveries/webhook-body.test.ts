import { describe, expect, it } from 'vitest'
import { wireStatus } from '../bot-agents/bot-agent.ts'
import { additionalDataOf } from '../chat-events/additional-data.ts'
import { type AdditionalData, webhookActionNames, wireAction } from '../webhooks/webhook-action.ts'
import { webhookBody } from './webhook-body.ts'

describe('the body of a webhook', () => {
  const content = {
    webhookId: 'dlv_1',
    secretKey: 'JSauw0Aks8l-asAa',
    action: wireAction('CHAT_PROPERTIES_UPDATED'),
    data: '{"chat_id":"c","properties":{"source":{"type":{"value":"facebook"}}}}',
    additionalData: '{}',
  } as const

  it('is the specification’s, in its words and order', () => {
    expect(webhookBody(content)).toBe(
      '{"webhook_id":"dlv_1","secret_key":"JSauw0Aks8l-asAa","action":"chat_properties_updated",' +
        '"data":{"chat_id":"c","properties":{"source":{"type":{"value":"facebook"}}}},"additional_data":{}}',
    )
  })

  it('is the same text for the same content, in whatever order it is given', () => {
    const reversed = Object.fromEntries(Object.entries(content).reverse()) as unknown as typeof content
    expect(webhookBody(reversed)).toBe(webhookBody(content))
  })

  it('carries data byte for byte, and any secret', () => {
    const data = '{ "b": 1.0, "a": "é\\u00e9", "__proto__": {"a": 1e2} }'
    const secretKey = '"\\\n\u2028 ключ 😀'
    const body = webhookBody({ ...content, secretKey, data })
    expect(body).toContain(`"data":${data},`)
    expect(JSON.parse(body).secret_key).toBe(secretKey)
  })
})

describe('additional data', () => {
  const properties = { source: { type: 'facebook', new: true }, test: { int: 0 } }
  const chat = { threadId: 'K600PKZON8', properties, groupIds: [0, 7] }
  const unknown = { threadId: null, properties: null, groupIds: null }
  const of = (additionalData: AdditionalData[], known: Parameters<typeof additionalDataOf>[1]['chat'] = chat) =>
    JSON.stringify(additionalDataOf({ additionalData }, { chat: known }))

  const wire: Record<AdditionalData, string> = {
    CHAT_PROPERTIES:
      '"chat_properties":{"source":{"type":{"value":"facebook"},"new":{"value":true}},"test":{"int":{"value":0}}}',
    ACCESS: '"access":{"group_ids":[0,7]}',
    THREAD_ID: '"thread_id":"K600PKZON8"',
  }

  for (const [name, json] of Object.entries(wire) as [AdditionalData, string][]) {
    it(`has ${name} if it is asked for and known`, () => {
      expect(of([name])).toBe(`{${json}}`)
      expect(of([name], unknown)).toBe('{}')
      expect(of([name], null)).toBe('{}')
    })
  }

  it('has everything that is asked for, and nothing else', () => {
    expect(of(['CHAT_PROPERTIES', 'ACCESS', 'THREAD_ID'])).toBe(`{${Object.values(wire).join(',')}}`)
    expect(of([])).toBe('{}')
  })

  it('shows that a chat has no properties and no groups, if that is known', () => {
    const none = { threadId: null, properties: {}, groupIds: [] }
    expect(of(['CHAT_PROPERTIES', 'ACCESS'], none)).toBe('{"chat_properties":{},"access":{"group_ids":[]}}')
  })

  it('has properties of any name', () => {
    const named = { ...unknown, properties: JSON.parse('{"__proto__":{"__proto__":1},"constructor":{"a":2}}') }
    expect(of(['CHAT_PROPERTIES'], named)).toBe(
      '{"chat_properties":{"__proto__":{"__proto__":{"value":1}},"constructor":{"a":{"value":2}}}}',
    )
  })
})

it('the words of actions and statuses are the specification’s', () => {
  expect(webhookActionNames.map(wireAction)).toEqual([
    'incoming_chat_thread',
    'incoming_event',
    'incoming_rich_message_postback',
    'last_seen_timestamp_updated',
    'thread_closed',
    'chat_properties_updated',
    'chat_properties_deleted',
    'chat_thread_properties_updated',
    'chat_thread_properties_deleted',
    'chat_user_added',
    'chat_user_removed',
    'chat_thread_tagged',
    'chat_thread_untagged',
    'agent_status_changed',
    'agent_deleted',
  ])
  expect((['ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS', 'OFFLINE'] as const).map(wireStatus)).toEqual([
    'accepting chats',
    'not accepting chats',
    'offline',
  ])
})
