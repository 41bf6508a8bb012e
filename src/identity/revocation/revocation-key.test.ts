import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRevocationKeys } from './revocation-key.ts'

const ISSUER = 'https://login.example.com'
const hash = (text: string) => createHash('sha256').update(text).digest()
const keys = createRevocationKeys((text) => [hash(text), hash(`former ${text}`)])
const kinds = ['token', 'session', 'subject', 'sessionless', 'logoutToken'] as const

describe('revocation keys', () => {
  it('of different kinds are never equal, whatever the ids look like', () => {
    const ids = ['x', ...['token', 'session', 'subject', 'sessionless', 'logout'].map((word) => `${word} x`)]
    const named = kinds.flatMap((kind) => ids.map((id) => ({ name: `${kind} ${id}`, keys: keys[kind](ISSUER, id) })))
    const owners = new Map<string, string>()
    for (const { name, keys } of named) {
      for (const key of keys) {
        expect([name, owners.get(key)]).toEqual([name, undefined])
        owners.set(key, name)
      }
    }
  })

  it('of a token include the older ones, which did not name their kind, under each encryption key', () => {
    const former = hash(`${ISSUER} x`).toString('hex')
    const [present, ...others] = keys.token(ISSUER, 'x')
    expect(others).toContain(former)
    expect(others).toContain(hash(`former ${ISSUER} x`).toString('hex'))
    expect(present).not.toBe(former)
  })
})
