import { describe, expect, it } from 'vitest'
import type { AdditionalData } from '../webhooks/webhook-action.ts'
import { additionalDataOf } from './additional-data.ts'

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
    it(`has ${name} if it is requested and known`, () => {
      expect(of([name])).toBe(`{${json}}`)
      expect(of([name], unknown)).toBe('{}')
      expect(of([name], null)).toBe('{}')
    })
  }

  it('has everything that is requested, and nothing else', () => {
    expect(of(['CHAT_PROPERTIES', 'ACCESS', 'THREAD_ID'])).toBe(`{${Object.values(wire).join(',')}}`)
    expect(of([])).toBe('{}')
  })

  it('shows that a chat has no properties and no groups if that is known', () => {
    const none = { threadId: null, properties: {}, groupIds: [] }
    expect(of(['CHAT_PROPERTIES', 'ACCESS'], none)).toBe('{"chat_properties":{},"access":{"group_ids":[]}}')
  })

  it('has properties with any name', () => {
    const named = { ...unknown, properties: JSON.parse('{"__proto__":{"__proto__":1},"constructor":{"a":2}}') }
    expect(of(['CHAT_PROPERTIES'], named)).toBe(
      '{"chat_properties":{"__proto__":{"__proto__":{"value":1}},"constructor":{"a":{"value":2}}}}',
    )
  })
})
