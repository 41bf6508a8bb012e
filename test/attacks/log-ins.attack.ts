import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { operation, post, repeat } from './attacker.ts'
import { startTarget, type Target } from './target.ts'

let target: Target
beforeEach(async () => {
  target = await startTarget()
})
afterEach(() => target.stop())

const viewer = operation('{ viewer { clientId } }')

describe('log-ins do not block others:', () => {
  it('2,000 guesses at once are checked only as often as the limit allows, and do not delay valid tokens', async () => {
    const good = await target.provider.token({ format: 'opaque' })
    expect((await post(target, good, viewer)).status).toBe(200)
    const before = target.provider.asked.get('/token/introspection') ?? 0
    await target.withstands(async () => {
      const guesses = repeat(2_000, 2_000, () => post(target, randomBytes(24).toString('base64url'), viewer))
      for (let call = 0; call < 20; call++) expect((await post(target, good, viewer)).status).toBe(200)
      await guesses
    })
    expect((target.provider.asked.get('/token/introspection') ?? 0) - before).toBeLessThanOrEqual(30 + 20)
  })

  it('strangers with tokens that are not JWTs of the issuer', async () => {
    const forged = target.token.replace(/\.[^.]+$/, `.${randomBytes(256).toString('base64url')}`)
    await target.withstands(() => repeat(2_000, 100, () => post(target, forged, viewer)))
  })

  it('strangers without a token', async () => {
    await target.withstands(() =>
      repeat(3_000, 300, async () => {
        const { status } = await post(target, undefined, operation(`{ ${'viewer '.repeat(1_000)} }`))
        expect(status).toBe(401)
      }),
    )
  })
})
