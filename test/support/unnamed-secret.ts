import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** A secret as it was stored before secrets had the id of their key. */
export function unnamedSecret(key: Buffer, plain: string, owner: string): Buffer {
  const sealing = Buffer.from(hkdfSync('sha256', key, '', 'bot-agent-gateway secrets at rest', 32))
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(owner))
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), sealed])
}
