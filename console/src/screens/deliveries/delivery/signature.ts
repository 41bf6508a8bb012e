/** A webhook as it was sent. */
interface Signed {
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly body: string
}

/**
 * Whether one of the signatures of a webhook was made with this key: Standard Webhooks, Signature scheme.
 * @returns `undefined` if the headers that it takes are not there
 */
export async function isSignedWith(secretKey: string, { headers, body }: Signed): Promise<boolean | undefined> {
  const header = (wanted: string) => headers.find(({ name }) => name.toLowerCase() === wanted)?.value
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(header)
  if (!id || !timestamp || !signatures) return undefined
  const key = await crypto.subtle.importKey('raw', bytesOf(secretKey), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ])
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  for (const signature of signatures.split(' ')) {
    const [version, value] = signature.split(',')
    const bytes = version === 'v1' && value ? base64(value) : undefined
    if (bytes && (await crypto.subtle.verify('HMAC', key, bytes, signed))) return true
  }
  return false
}

/** The body with its secret key, which the log keeps as `…`. */
export function withSecretKey(body: string, secretKey: string): string {
  return body.replace('"secret_key":"…"', () => `"secret_key":${JSON.stringify(secretKey)}`)
}

function bytesOf(secretKey: string): Uint8Array<ArrayBuffer> {
  const bytes = secretKey.startsWith('whsec_') ? base64(secretKey.slice('whsec_'.length)) : undefined
  return bytes ?? new TextEncoder().encode(secretKey)
}

function base64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
