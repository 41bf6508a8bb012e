import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Encryption } from '../database/encryption.ts'

const MARK = 0x646c7673

/** Converts the numbers of deliveries to the opaque cursors of lists, and back. */
export interface DeliveryCursors {
  encode(licenseId: number, number: bigint): string
  /** @returns `undefined` if no list of this license gave the cursor */
  decode(licenseId: number, cursor: string): bigint | undefined
}

/**
 * Numbers count the deliveries of all licenses, so a client must not see them: a cursor is one AES block that holds a mark, the license
 * and the number, as in a stream (src/feed/cursor.ts), but with another key.
 */
export function deliveryCursors(encryption: Encryption): DeliveryCursors {
  const keys = encryption.derivations('delivery cursors', 16)
  const current = encryption.derive('delivery cursors', 16)
  const run = (cipher: ReturnType<typeof createCipheriv | typeof createDecipheriv>, block: Buffer) =>
    cipher.setAutoPadding(false).update(block)

  return {
    encode(licenseId, number) {
      const block = Buffer.alloc(16)
      block.writeUInt32BE(MARK, 0)
      block.writeInt32BE(licenseId, 4)
      block.writeBigInt64BE(number, 8)
      return run(createCipheriv('aes-128-ecb', current, null), block).toString('base64url')
    },

    decode(licenseId, cursor) {
      const sealed = Buffer.from(cursor, 'base64url')
      if (sealed.length !== 16) return undefined
      for (const key of keys) {
        const block = run(createDecipheriv('aes-128-ecb', key, null), sealed)
        if (block.readUInt32BE(0) === MARK && block.readInt32BE(4) === licenseId) return block.readBigInt64BE(8)
      }
      return undefined
    },
  }
}
