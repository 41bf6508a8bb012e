import { createHash } from 'node:crypto'

/** @returns 16 bytes that stand for a text in an index, which can't contain long texts: half of its SHA-256 */
export function digest(text: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(text).digest().subarray(0, 16))
}
