import type { WebhookAction } from '../webhooks/webhook-action.ts'

/**
 * The body of a webhook: the same text, byte for byte, whenever it is made of the same.
 * Specification: Body of a webhook.
 * @param content `action` is in wire form; `data` and `additionalData` are JSON text, which goes in as it is.
 */
export function webhookBody(content: {
  webhookId: string
  secretKey: string
  action: Lowercase<WebhookAction> | 'ping'
  data: string
  additionalData: string
}): string {
  const fields = {
    webhook_id: JSON.stringify(content.webhookId),
    secret_key: JSON.stringify(content.secretKey),
    action: JSON.stringify(content.action),
    data: content.data,
    additional_data: content.additionalData,
  }
  return `{${Object.entries(fields)
    .map(([name, json]) => `"${name}":${json}`)
    .join(',')}}`
}
