import { createCipheriv, createDecipheriv } from 'node:crypto'
import { quoted } from '../contract/quoted.ts'
import { RequestError } from '../contract/request-error.ts'
import type { Encryption } from '../database/encryption.ts'

const MARK = 0x66656564

/** Positions as clients see them. */
export interface Cursors {
  encode(licenseId: number, position: bigint): string
  /** @throws RequestError BAD_USER_INPUT if the cursor was not given to this license. */
  decode(licenseId: number, cursor: string): bigint
}

/**
 * Positions count the changes of all licenses, so a client must not see them: a cursor is one AES block of a mark, the license
 * and the position. Nothing can be read from it, none can be made up, and one of another license does not open. One that was made with
 * another key of the gateway's does.
 */
export function cursors(encryption: Encryption): Cursors {
  const keys = encryption.derivations('feed cursors', 16)
  const present = encryption.derive('feed cursors', 16)
  const one = <T extends ReturnType<typeof createCipheriv | typeof createDecipheriv>>(cipher: T, block: Buffer) =>
    cipher.setAutoPadding(false).update(block)

  return {
    encode(licenseId, position) {
      const block = Buffer.alloc(16)
      block.writeUInt32BE(MARK, 0)
      block.writeInt32BE(licenseId, 4)
      block.writeBigInt64BE(position, 8)
      return one(createCipheriv('aes-128-ecb', present, null), block).toString('base64url')
    },

    decode(licenseId, cursor) {
      const sealed = Buffer.from(cursor, 'base64url')
      if (sealed.length === 16 && sealed.toString('base64url') === cursor) {
        for (const key of keys) {
          const block = one(createDecipheriv('aes-128-ecb', key, null), sealed)
          if (block.readUInt32BE(0) === MARK && block.readInt32BE(4) === licenseId) return block.readBigInt64BE(8)
        }
      }
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`after\` is not a cursor of your license's streams: ${quoted(cursor)}. Quote the \`cursor\` of an event, or leave it out to start from now.`,
      )
    },
  }
}
