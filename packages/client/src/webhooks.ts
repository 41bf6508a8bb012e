import { Webhook as StandardWebhook, WebhookVerificationError } from 'standardwebhooks'

export { WebhookVerificationError }

/** The body of a webhook. */
export interface Webhook<Data = Record<string, unknown>> {
  /** The same for all attempts: drop what you have already processed. */
  webhook_id: string
  secret_key: string
  /** Such as `incoming_event`. */
  action: string
  data: Data
  additional_data: Record<string, unknown>
}

export interface SignedRequest {
  /** The body as it came: what was parsed and serialized again no longer matches the signature. */
  body: string | Uint8Array
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** The `secretKey` of the bot agent, or several: while a key changes, or of several bot agents with one URL. */
  secretKeys: string | readonly string[]
}

/**
 * Checks that the gateway has sent this request, and that nobody has changed it: Standard Webhooks.
 * @throws WebhookVerificationError with the reason
 * @throws TypeError if one of the secret keys is empty or malformed, no matter who sent the request; the message gives its number
 */
export function verifyWebhook<Data = Record<string, unknown>>({
  body,
  headers,
  secretKeys,
}: SignedRequest): Webhook<Data> {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const sent = Object.fromEntries(headers instanceof Headers ? headers : Object.entries(headers)) as Record<
    string,
    string
  >
  const keys = [secretKeys].flat().map(keyOf)
  let reason: unknown = new WebhookVerificationError('There is no secret key to check the signature with')
  for (const key of keys) {
    try {
      return key.verify(text, sent) as Webhook<Data>
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error
      reason = error
    }
  }
  throw reason
}

function keyOf(secretKey: string, index: number): StandardWebhook {
  try {
    return secretKey.startsWith('whsec_')
      ? new StandardWebhook(secretKey)
      : new StandardWebhook(new TextEncoder().encode(secretKey), { format: 'raw' })
  } catch {
    throw new TypeError(`Secret key ${index + 1} is not valid: it is empty, or has no Base64 after \`whsec_\`.`)
  }
}
