import type { WebhookAction } from '../webhooks/webhook-action.ts'

/**
 * @param content `action` is in wire form; `data` and `additionalData` are JSON text, which is inserted as it is
 * @returns the body of a webhook: the same bytes for the same content. Specification: Body of a webhook.
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
