import { randomBytes } from 'node:crypto'

/**
 * A new id: the prefix, then 32 lower-case hex characters. The first 12 are the time in milliseconds, so that rows which are
 * made together lie together in an index; the others are random.
 */
export function newId(prefix: string): string {
  return `${prefix}${Date.now().toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`
}
