import { describe, expect, it, onTestFinished } from 'vitest'
import type { Viewer } from '../viewer.ts'
import { Revocations } from './revocations.ts'
import { TokensInUse } from './tokens-in-use.ts'

const viewer = (id: string): Viewer => ({
  licenseId: 1,
  clientId: 'my-bots',
  scopes: [],
  expiresAt: new Date(Date.now() + 600_000),
  accessTokenHash: Buffer.from(id),
  accessToken: { id, issuedAt: undefined, ownKeys: [id], revocationKeys: [id] },
})

describe('tokens in use', () => {
  it('are at most 10,000, not counting those that have streams or bot agents', () => {
    const tokens = new TokensInUse(new Revocations())
    onTestFinished(() => tokens.close())
    const [held, bound, freed] = [viewer('held'), viewer('bound'), viewer('freed')]
    for (const one of [held, bound, freed]) tokens.see(one)
    tokens.hold(held, () => {})
    tokens.bind(bound)
    const free = tokens.hold(freed, () => {})
    for (let index = 0; index < 20_000; index++) tokens.see(viewer(`seen ${index}`))
    const ids = () => tokens.all().map(({ id }) => id)
    expect(ids()).toHaveLength(10_003)
    expect(ids()).toEqual(expect.arrayContaining(['held', 'bound', 'freed', 'seen 19999']))
    expect(ids()).not.toContain('seen 0')

    free()
    expect(ids()).toHaveLength(10_002)
    for (let index = 0; index < 10_000; index++) tokens.see(viewer(`seen again ${index}`))
    expect(ids()).toHaveLength(10_002)
    expect(ids()).not.toContain('freed')
  })
})
