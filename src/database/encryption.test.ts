import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { unnamedSecret as unnamed } from '../../test/support/unnamed-secret.ts'
import { createEncryption } from './encryption.ts'

const [old, current, other] = [randomBytes(32), randomBytes(32), randomBytes(32)]

describe('a secret at rest', () => {
  it('is decrypted with the key that encrypted it, whether that is the current or an accepted key', () => {
    const sealed = createEncryption(old).encrypt('schön', 'bot')
    expect(sealed.includes('schön')).toBe(false)
    for (const keys of [
      createEncryption(old),
      createEncryption(current, [old]),
      createEncryption(current, [other, old]),
    ]) {
      expect(keys.decrypt(sealed, 'bot')).toBe('schön')
      expect(keys.keyIdOf(sealed, 'bot')).toBe(createEncryption(old).keyIds[0])
    }
  })

  it('is decrypted in the older format, which does not name its key', () => {
    const sealed = unnamed(old, 'secret', 'bot')
    for (const keys of [createEncryption(old), createEncryption(current, [other, old])]) {
      expect(keys.decrypt(sealed, 'bot')).toBe('secret')
      expect(keys.keyIdOf(sealed, 'bot')).toBe(createEncryption(old).keyIds[0])
    }
  })

  it('is not decrypted without its key, for another owner, or after it was changed', () => {
    for (const sealed of [createEncryption(old).encrypt('secret', 'bot'), unnamed(old, 'secret', 'bot')]) {
      expect(() => createEncryption(current, [other]).decrypt(sealed, 'bot')).toThrow('encrypted with another key')
      expect(createEncryption(current).keyIdOf(sealed, 'bot')).toBeUndefined()
      expect(() => createEncryption(old).decrypt(sealed, 'other bot')).toThrow('cannot be decrypted')
      const changed = Buffer.from(sealed)
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
      expect(() => createEncryption(old).decrypt(changed, 'bot')).toThrow('cannot be decrypted')
    }
  })

  it('begins with a prefix that says whether the current key made it', () => {
    const { currentPrefix } = createEncryption(current, [old])
    const begins = (sealed: Buffer) => sealed.subarray(0, currentPrefix.length).equals(currentPrefix)
    expect(begins(createEncryption(current).encrypt('', 'bot'))).toBe(true)
    expect(begins(createEncryption(old).encrypt('', 'bot'))).toBe(false)
    expect(begins(unnamed(current, '', 'bot'))).toBe(false)
  })
})

describe('keyed hashes and derived keys', () => {
  it('are made with the current key, and recognised with each of the other keys', () => {
    const before = createEncryption(old)
    const after = createEncryption(current, [old])
    expect(after.hash('x')).not.toEqual(before.hash('x'))
    expect(after.hashes('x')).toEqual([after.hash('x'), before.hash('x')])
    expect(after.derivations('cursors', 16)).toEqual([after.derive('cursors', 16), before.derive('cursors', 16)])
  })

  it('are not repeated for a key that is passed twice', () => {
    const { keyIds, hashes } = createEncryption(current, [current])
    expect([keyIds.length, hashes('x').length]).toEqual([1, 1])
  })
})
