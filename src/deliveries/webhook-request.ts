import { LRUCache } from 'lru-cache'
import type { Encryption } from '../database/encryption.ts'
import { spellingsOf } from '../webhooks/signing-key.ts'
import { parseHeaders, quotable } from '../webhooks/static-headers.ts'
import { wireAction } from '../webhooks/webhook-action.ts'
import type { Claimed } from './claimed.ts'
import { signatureHeaders } from './signature.ts'
import { webhookBody } from './webhook-body.ts'

/** Secrets that are remembered, and how many characters of them. */
const MOST_SECRETS = { count: 10_000, characters: 16 * 1_024 * 1_024 }

/**
 * @param delivery with `data` and `additionalData` as JSON text
 * @returns its body, which is the same in all attempts
 */
export function bodyOf(
  delivery: Pick<Claimed, 'id' | 'ping' | 'example' | 'action' | 'data' | 'additionalData'>,
  secretKey: string,
): string {
  const { id: webhookId, ping, example, action, data, additionalData } = delivery
  const name = ping && !example ? 'ping' : wireAction(action)
  return webhookBody({ webhookId, secretKey, action: name, data, additionalData, example })
}

/**
 * @returns a claimed delivery as it is sent: its body, signed with every key that is valid, and the headers that the owner has added; the
 *   secrets that a response must not show, and the names in lower case of the headers whose values nobody must see
 */
export function requestOf(claimed: Claimed, decryptOf: Encryption['decrypt']) {
  const { id, botAgentId, url, example } = claimed
  const decrypt = (sealed: Uint8Array) => decryptOf(sealed, botAgentId)
  const secretKey = decrypt(claimed.secretKey)
  const body = bodyOf(claimed, secretKey)
  const secrets = [claimed.currentSecretKey, ...claimed.formerSecretKeys]
    // Usually the key in the body, which is decrypted already.
    .map((sealed) => (Buffer.compare(sealed, claimed.secretKey) === 0 ? secretKey : decrypt(sealed)))
  const added = claimed.headers ? parseHeaders(decrypt(claimed.headers)) : []
  const headers = {
    ...Object.fromEntries(added.map(({ name, value }) => [name, value])),
    'content-type': 'application/json',
    'user-agent': 'bot-agent-gateway',
    ...(example && { 'webhook-example': 'true' }),
    ...signatureHeaders({ id, timestamp: new Date(), body, secrets }),
  }
  return {
    url,
    body,
    headers,
    secrets: [...[secretKey, ...secrets].flatMap(spellingsOf), ...added.flatMap(quotable)],
    secretHeaders: added.map(({ name }) => name.toLowerCase()),
  }
}

/** @returns a `decrypt` that remembers the last secrets: each is needed for each webhook of its bot agent */
export function rememberedSecrets({ decrypt }: Encryption): Encryption['decrypt'] {
  const plain = new LRUCache<string, string>({
    max: MOST_SECRETS.count,
    maxSize: MOST_SECRETS.characters,
    sizeCalculation: (secret, key) => secret.length + key.length,
  })
  return (sealed, owner) => {
    const key = owner + Buffer.from(sealed).toString('latin1')
    const known = plain.get(key)
    if (known !== undefined) return known
    const secret = decrypt(sealed, owner)
    plain.set(key, secret)
    return secret
  }
}
