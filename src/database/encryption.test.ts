import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { unnamedSecret as unnamed } from '../../test/support/unnamed-secret.ts'
import { createEncryption } from './encryption.ts'

const [old, present, other] = [randomBytes(32), randomBytes(32), randomBytes(32)]

describe('a secret at rest', () => {
  it('opens with the key that made it, wherever that key stands now', () => {
    const sealed = createEncryption(old).encrypt('schön', 'bot')
    expect(sealed.includes('schön')).toBe(false)
    for (const keys of [
      createEncryption(old),
      createEncryption(present, [old]),
      createEncryption(present, [other, old]),
    ]) {
      expect(keys.decrypt(sealed, 'bot')).toBe('schön')
      expect(keys.keyIdOf(sealed, 'bot')).toBe(createEncryption(old).keyIds[0])
    }
  })

  it('opens in the format of before, which names no key', () => {
    const sealed = unnamed(old, 'secret', 'bot')
    for (const keys of [createEncryption(old), createEncryption(present, [other, old])]) {
      expect(keys.decrypt(sealed, 'bot')).toBe('secret')
      expect(keys.keyIdOf(sealed, 'bot')).toBe(createEncryption(old).keyIds[0])
    }
  })

  it('opens neither without its key, nor for another owner, nor changed', () => {
    for (const sealed of [createEncryption(old).encrypt('secret', 'bot'), unnamed(old, 'secret', 'bot')]) {
      expect(() => createEncryption(present, [other]).decrypt(sealed, 'bot')).toThrow('another encryption key')
      expect(createEncryption(present).keyIdOf(sealed, 'bot')).toBeUndefined()
      expect(() => createEncryption(old).decrypt(sealed, 'other bot')).toThrow('does not open')
      const changed = Buffer.from(sealed)
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
      expect(() => createEncryption(old).decrypt(changed, 'bot')).toThrow('does not open')
    }
  })

  it('begins in a way that tells whether the present key made it', () => {
    const { presentPrefix } = createEncryption(present, [old])
    const begins = (sealed: Buffer) => sealed.subarray(0, presentPrefix.length).equals(presentPrefix)
    expect(begins(createEncryption(present).encrypt('', 'bot'))).toBe(true)
    expect(begins(createEncryption(old).encrypt('', 'bot'))).toBe(false)
    expect(begins(unnamed(present, '', 'bot'))).toBe(false)
  })
})

describe('keyed hashes and derived keys', () => {
  it('are the present key’s, and known under each of the others', () => {
    const before = createEncryption(old)
    const after = createEncryption(present, [old])
    expect(after.hash('x')).not.toEqual(before.hash('x'))
    expect(after.hashes('x')).toEqual([after.hash('x'), before.hash('x')])
    expect(after.derivations('cursors', 16)).toEqual([after.derive('cursors', 16), before.derive('cursors', 16)])
  })

  it('come once for a key that is named twice', () => {
    const { keyIds, hashes } = createEncryption(present, [present])
    expect([keyIds.length, hashes('x').length]).toEqual([1, 1])
  })
})
