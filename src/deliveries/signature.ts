import { createHmac } from 'node:crypto'
import { signingKey } from '../webhooks/signing-key.ts'

/**
 * The headers with which a receiver verifies who sent a webhook, and that it was not changed. Standard Webhooks: Signature scheme.
 * @param webhook.id the same for all attempts
 * @param webhook.timestamp of this attempt: receivers refuse old ones
 * @param webhook.body as it is sent
 * @param webhook.secrets the current one first. Each of them signs, so a receiver may know any of them.
 */
export function signatureHeaders(webhook: { id: string; timestamp: Date; body: string; secrets: readonly string[] }) {
  const seconds = Math.floor(webhook.timestamp.getTime() / 1_000)
  const signed = `${webhook.id}.${seconds}.${webhook.body}`
  const sign = (secret: string) => `v1,${createHmac('sha256', signingKey(secret)).update(signed).digest('base64')}`
  return {
    'webhook-id': webhook.id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': webhook.secrets.map(sign).join(' '),
  }
}
