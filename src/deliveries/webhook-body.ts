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
  /** Whether it only shows what such a webhook looks like. */
  example?: boolean
}): string {
  const { webhookId, secretKey, action, data, additionalData, example = false } = content
  return (
    `{"webhook_id":${JSON.stringify(webhookId)},"secret_key":${JSON.stringify(secretKey)},` +
    `"action":${JSON.stringify(action)},"data":${data},"additional_data":${additionalData}${example ? ',"example":true' : ''}}`
  )
}
