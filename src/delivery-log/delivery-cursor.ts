import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Encryption } from '../database/encryption.ts'

export const deliveryOrders = ['NEWEST_FIRST', 'OLDEST_FIRST'] as const
export type DeliveryOrder = (typeof deliveryOrders)[number]

/** What the cursors of each order begin with. */
const marks: Readonly<Record<DeliveryOrder, number>> = { NEWEST_FIRST: 0x646c7673, OLDEST_FIRST: 0x646c766f }

/** Converts the numbers of deliveries to the opaque cursors of lists, and back. */
export interface DeliveryCursors {
  encode(licenseId: number, order: DeliveryOrder, number: bigint): string
  /** @returns `undefined` if no list of this license in this order gave the cursor */
  decode(licenseId: number, order: DeliveryOrder, cursor: string): bigint | undefined
}

/**
 * Numbers count the deliveries of all licenses, so a client must not see them: a cursor is one AES block that holds the mark of its order, the license
 * and the number, as in a stream (src/feed/cursor.ts), but with another key.
 */
export function deliveryCursors(encryption: Encryption): DeliveryCursors {
  const keys = encryption.derivations('delivery cursors', 16)
  const current = encryption.derive('delivery cursors', 16)
  const run = (cipher: ReturnType<typeof createCipheriv | typeof createDecipheriv>, block: Buffer) =>
    cipher.setAutoPadding(false).update(block)

  return {
    encode(licenseId, order, number) {
      const block = Buffer.alloc(16)
      block.writeUInt32BE(marks[order], 0)
      block.writeInt32BE(licenseId, 4)
      block.writeBigInt64BE(number, 8)
      return run(createCipheriv('aes-128-ecb', current, null), block).toString('base64url')
    },

    decode(licenseId, order, cursor) {
      const sealed = Buffer.from(cursor, 'base64url')
      if (sealed.length !== 16) return undefined
      for (const key of keys) {
        const block = run(createDecipheriv('aes-128-ecb', key, null), sealed)
        if (block.readUInt32BE(0) === marks[order] && block.readInt32BE(4) === licenseId) return block.readBigInt64BE(8)
      }
      return undefined
    },
  }
}
