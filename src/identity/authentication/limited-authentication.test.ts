import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRateLimits, noRateLimits } from '../../admission/rate-limits.ts'
import { Turns, turnsOfArrivals } from '../../admission/turns.ts'
import { createEncryption } from '../../database/encryption.ts'
import type { Issuer } from '../issuers/issuer.ts'
import { createBuiltInSso, ISSUER, openSso, type Sso } from '../issuers/sso.ts'
import { createRevocationKeys } from '../revocation/revocation-key.ts'
import { Revocations } from '../revocation/revocations.ts'
import { TokensInUse } from '../revocation/tokens-in-use.ts'
import { createAuthenticate } from './access-token.ts'
import { limitAuthentication } from './limited-authentication.ts'

const ADDRESS = '192.0.2.1'
let dataDir: string
let sso: Sso
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  sso = await openSso(dataDir)
})
afterAll(() => rm(dataDir, { recursive: true }))

const sign = (expiresIn = 60) => sso.sign({ clientId: 'my-bots', licenseId: 7, scopes: [], expiresIn })

function door(logInFailures = 0, issuer: Issuer = createBuiltInSso(sso)) {
  const revocations = new Revocations()
  const keys = createRevocationKeys(createEncryption(randomBytes(32)).hashes)
  const tokensInUse = new TokensInUse(revocations)
  const authenticate = createAuthenticate({ issuer, keys, revocations, tokensInUse })
  return {
    authenticate: limitAuthentication(
      authenticate,
      createRateLimits({ ...noRateLimits, logInFailures }),
      new Turns(turnsOfArrivals),
    ),
    async revoke(token: string) {
      const { identity, expiresAt: keptUntil } = await issuer.check(token)
      for (const key of keys.token(ISSUER, identity)) revocations.add({ key, issuedUntil: null, keptUntil })
    },
  }
}

describe('a log-in', () => {
  it('with a token that was valid before is not limited by guesses from its address, until it is revoked', async () => {
    const { authenticate, revoke } = door(1)
    const token = await sign()
    const known = `Bearer ${token}`
    await authenticate(known, ADDRESS)
    await expect(authenticate('Bearer guess', ADDRESS)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(authenticate(`Bearer ${await sign()}`, ADDRESS)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(await authenticate(known, ADDRESS)).toMatchObject({ clientId: 'my-bots' })
    await revoke(token)
    await expect(authenticate(known, ADDRESS)).rejects.toMatchObject({ reason: 'revoked' })
    await expect(authenticate(known, ADDRESS)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('names the caller in the refusal of a revoked token', async () => {
    const { authenticate, revoke } = door()
    const token = await sign()
    await authenticate(`Bearer ${token}`, ADDRESS)
    await revoke(token)
    const refusal = await authenticate(`Bearer ${token}`, ADDRESS).catch((error) => error)
    expect(refusal).toMatchObject({ reason: 'revoked', caller: { licenseId: 7, clientId: 'my-bots' } })
  })

  it('names the caller in the refusal of an expired token', async () => {
    const refusal = await door()
      .authenticate(`Bearer ${await sign(-1)}`, ADDRESS)
      .catch((error) => error)
    expect(refusal).toMatchObject({ reason: 'expired', caller: { licenseId: 7, clientId: 'my-bots' } })
  })

  it('does not name a caller if somebody else has signed the token', async () => {
    const [header, body] = (await sign()).split('.')
    const refusal = await door()
      .authenticate(`Bearer ${header}.${body}.${randomBytes(256).toString('base64url')}`, ADDRESS)
      .catch((error) => error)
    expect(refusal).toMatchObject({ reason: 'foreign', caller: undefined })
  })

  it('is refused while a thousand from its address wait for the issuer, but not from other addresses', async () => {
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const issuer = createBuiltInSso(sso)
    const slow = {
      ...issuer,
      async check(token: string) {
        await answered
        return issuer.check(token)
      },
    }
    const { authenticate } = door(0, slow)
    const token = await sign()
    let refused = 0
    const from = (address: string, index: number) => authenticate(`Bearer ${' '.repeat(index)}${token}`, address)
    const waiting = Array.from({ length: 1_004 }, (_, index) => from(ADDRESS, index))
    for (const one of waiting) one.catch(() => refused++)
    await expect(from(ADDRESS, 2_000)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 10 })
    const elsewhere = from('192.0.2.2', 2_000)
    answer()
    expect(await elsewhere).toMatchObject({ clientId: 'my-bots' })
    await Promise.all(waiting)
    expect(refused).toBe(0)
  })

  it('is refused only to the network that has guessed too often', async () => {
    const { authenticate } = door(2)
    const guess = (address: string) => authenticate('Bearer guess', address).catch(({ code }) => code)
    const codes = await Promise.all(['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'].map(guess))
    expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'RATE_LIMITED', 'UNAUTHENTICATED'])
  })
})
