import { describe, expect, it } from 'vitest'
import { wireAction } from '../webhooks/webhook-action.ts'
import { webhookBody } from './webhook-body.ts'

describe('the body of a webhook', () => {
  const content = {
    webhookId: 'dlv_1',
    secretKey: 'JSauw0Aks8l-asAa',
    action: wireAction('CHAT_PROPERTIES_UPDATED'),
    data: '{"chat_id":"c","properties":{"source":{"type":{"value":"facebook"}}}}',
    additionalData: '{}',
  } as const

  it('has the field names and the order of the specification', () => {
    expect(webhookBody(content)).toBe(
      '{"webhook_id":"dlv_1","secret_key":"JSauw0Aks8l-asAa","action":"chat_properties_updated",' +
        '"data":{"chat_id":"c","properties":{"source":{"type":{"value":"facebook"}}}},"additional_data":{}}',
    )
  })

  it('is the same text for the same content, whatever the order in which it is given', () => {
    const reversed = Object.fromEntries(Object.entries(content).reverse()) as unknown as typeof content
    expect(webhookBody(reversed)).toBe(webhookBody(content))
  })

  it('contains the data byte for byte, and any secret', () => {
    const data = '{ "b": 1.0, "a": "é\\u00e9", "__proto__": {"a": 1e2} }'
    const secretKey = '"\\\n\u2028 ключ 😀'
    const body = webhookBody({ ...content, secretKey, data })
    expect(body).toContain(`"data":${data},`)
    expect(JSON.parse(body).secret_key).toBe(secretKey)
  })
})
