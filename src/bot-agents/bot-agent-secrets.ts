import type { Encryption } from '../database/encryption.ts'
import { headersText, unmasked } from '../webhooks/static-headers.ts'
import type { UpdatedColumns } from './bot-agent.ts'
import type { Locked } from './bot-agent-store.ts'

type Webhooks = UpdatedColumns['webhooks']

/**
 * What an update makes of the secrets of webhooks. Those that can't be read any more are replaced by whatever is given.
 * @returns the webhooks to store: headers with the mask get their stored value, those that can't be read are dropped; and whether a secret
 *   is another one than before
 * @throws UserErrors VALIDATION for a mask of which no value is stored
 */
export function updatedSecrets(
  encryption: Encryption,
  id: string,
  webhooks: Webhooks,
  { before, secretKey, headers: sealed }: Locked,
): { webhooks: Webhooks; areNew: boolean } {
  if (!webhooks) return { webhooks, areNew: false }
  const isReadable = (secret: Uint8Array) => encryption.keyIdOf(secret, id) !== undefined
  const isNewKey =
    webhooks.secretKey !== undefined &&
    secretKey !== null &&
    (!isReadable(secretKey) || encryption.decrypt(secretKey, id) !== webhooks.secretKey)
  const isLost = sealed !== null && !isReadable(sealed)
  const stored = isLost ? [] : (before.webhooks?.headers() ?? [])
  // Headers of webhooks that were removed do not come back.
  const kept = isLost || !before.webhooks ? [] : undefined
  const headers = webhooks.headers ? unmasked(webhooks.headers, stored) : kept
  const areNewHeaders = isLost || (headers !== undefined && headersText(headers) !== headersText(stored))
  return { webhooks: { ...webhooks, headers: headers && [...headers] }, areNew: isNewKey || areNewHeaders }
}
