import { createCipheriv, createDecipheriv } from 'node:crypto'
import { quoted } from '../contract/quoted.ts'
import { RequestError } from '../contract/request-error.ts'
import type { Encryption } from '../database/encryption.ts'

const MARK = 0x6665

/** A place in the feed: a position, and the history of the database that it belongs to, from 0 to 65,535. */
export interface FeedPlace {
  readonly epoch: number
  readonly position: bigint
}

/** Converts places in the feed to the opaque cursors that clients get, and back. */
export interface Cursors {
  encode(licenseId: number, place: FeedPlace): string
  /** @throws RequestError BAD_USER_INPUT if the cursor was not issued to this license */
  decode(licenseId: number, cursor: string): FeedPlace
}

/**
 * Positions count the changes of all licenses, so a client must not see them: a cursor is one AES block that holds a mark, the epoch,
 * the license and the position. A client can neither read a cursor nor make one up, and a cursor of another license is not accepted. A cursor made
 * with any of the gateway's accepted keys is.
 */
export function cursors(encryption: Encryption): Cursors {
  const keys = encryption.derivations('feed cursors', 16)
  const current = encryption.derive('feed cursors', 16)
  const run = (cipher: ReturnType<typeof createCipheriv | typeof createDecipheriv>, block: Buffer) =>
    cipher.setAutoPadding(false).update(block)

  return {
    encode(licenseId, { epoch, position }) {
      const block = Buffer.alloc(16)
      block.writeUInt16BE(MARK, 0)
      block.writeUInt16BE(epoch, 2)
      block.writeInt32BE(licenseId, 4)
      block.writeBigInt64BE(position, 8)
      return run(createCipheriv('aes-128-ecb', current, null), block).toString('base64url')
    },

    decode(licenseId, cursor) {
      const sealed = Buffer.from(cursor, 'base64url')
      if (sealed.length === 16 && sealed.toString('base64url') === cursor) {
        for (const key of keys) {
          const block = run(createDecipheriv('aes-128-ecb', key, null), sealed)
          if (block.readUInt16BE(0) !== MARK || block.readInt32BE(4) !== licenseId) continue
          return { epoch: block.readUInt16BE(2), position: block.readBigInt64BE(8) }
        }
      }
      throw new RequestError(
        'BAD_USER_INPUT',
        `\`after\` is not a cursor from your license's streams: ${quoted(cursor)}. Pass the \`cursor\` of an event, a query or a mutation, or leave \`after\` out to start from now.`,
      )
    },
  }
}
