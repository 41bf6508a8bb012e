import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { unnamedSecret as unnamed } from '../../test/support/unnamed-secret.ts'
import { encryption } from './encryption.ts'

const [old, present, other] = [randomBytes(32), randomBytes(32), randomBytes(32)]

describe('a secret at rest', () => {
  it('opens with the key that made it, wherever that key stands now', () => {
    const sealed = encryption(old).encrypt('schön', 'bot')
    expect(sealed.includes('schön')).toBe(false)
    for (const keys of [encryption(old), encryption(present, [old]), encryption(present, [other, old])]) {
      expect(keys.decrypt(sealed, 'bot')).toBe('schön')
      expect(keys.keyIdOf(sealed, 'bot')).toBe(encryption(old).keyIds[0])
    }
  })

  it('opens in the format of before, which names no key', () => {
    const sealed = unnamed(old, 'secret', 'bot')
    for (const keys of [encryption(old), encryption(present, [other, old])]) {
      expect(keys.decrypt(sealed, 'bot')).toBe('secret')
      expect(keys.keyIdOf(sealed, 'bot')).toBe(encryption(old).keyIds[0])
    }
  })

  it('opens neither without its key, nor for another owner, nor changed', () => {
    for (const sealed of [encryption(old).encrypt('secret', 'bot'), unnamed(old, 'secret', 'bot')]) {
      expect(() => encryption(present, [other]).decrypt(sealed, 'bot')).toThrow('another encryption key')
      expect(encryption(present).keyIdOf(sealed, 'bot')).toBeUndefined()
      expect(() => encryption(old).decrypt(sealed, 'other bot')).toThrow('does not open')
      const changed = Buffer.from(sealed)
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
      expect(() => encryption(old).decrypt(changed, 'bot')).toThrow('does not open')
    }
  })

  it('begins in a way that tells whether the present key made it', () => {
    const { presentPrefix } = encryption(present, [old])
    const begins = (sealed: Buffer) => sealed.subarray(0, presentPrefix.length).equals(presentPrefix)
    expect(begins(encryption(present).encrypt('', 'bot'))).toBe(true)
    expect(begins(encryption(old).encrypt('', 'bot'))).toBe(false)
    expect(begins(unnamed(present, '', 'bot'))).toBe(false)
  })
})

describe('keyed hashes and derived keys', () => {
  it('are the present key’s, and known under each of the others', () => {
    const before = encryption(old)
    const after = encryption(present, [old])
    expect(after.hash('x')).not.toEqual(before.hash('x'))
    expect(after.hashes('x')).toEqual([after.hash('x'), before.hash('x')])
    expect(after.derivations('cursors', 16)).toEqual([after.derive('cursors', 16), before.derive('cursors', 16)])
  })

  it('come once for a key that is named twice', () => {
    const { keyIds, hashes } = encryption(present, [present])
    expect([keyIds.length, hashes('x').length]).toEqual([1, 1])
  })
})
