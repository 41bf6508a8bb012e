import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const VERSION = 1
const NONCE = 12
const TAG = 16

/** Keeps secrets at rest, and derives what must be keyed but not reversible. One key, from `ENCRYPTION_KEY`. */
export interface Encryption {
  /** AES-256-GCM. `owner` is the id of what the secret belongs to: the result can't be opened under another id. */
  encrypt(plain: string, owner: string): Buffer<ArrayBuffer>
  /** @throws if the bytes were not made by `encrypt` with this key and `owner`. */
  decrypt(sealed: Uint8Array, owner: string): string
  /** HMAC-SHA256: tells equal values apart from others without keeping them. */
  hash(value: string): Buffer<ArrayBuffer>
  /** A key for another use, the same for all gateways with this `ENCRYPTION_KEY`. `length` in bytes. */
  derive(purpose: string, length: number): Buffer<ArrayBuffer>
}

/** @param key 32 bytes */
export function encryption(key: Buffer): Encryption {
  const derive = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', key, '', `bot-agent-gateway ${purpose}`, length))
  const sealing = derive('secrets at rest', 32)
  const hashing = derive('keyed hash', 32)

  return {
    derive,

    encrypt(plain, owner) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed])
    },

    decrypt(sealed, owner) {
      const bytes = Buffer.from(sealed)
      if (bytes[0] !== VERSION) throw new Error(`A secret of ${owner} has the unknown format ${bytes[0]}`)
      const [nonce, tag] = [bytes.subarray(1, 1 + NONCE), bytes.subarray(1 + NONCE, 1 + NONCE + TAG)]
      const decipher = createDecipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(owner)).setAuthTag(tag)
      return decipher.update(bytes.subarray(1 + NONCE + TAG), undefined, 'utf8') + decipher.final('utf8')
    },

    hash: (value) => createHmac('sha256', hashing).update(value).digest(),
  }
}
