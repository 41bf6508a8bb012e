import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTokenCheck, type Trust } from './jwt-access-token.ts'
import { standardClaims } from './token-claims.ts'

const pair = await generateKeyPair('RS256')
const other = await generateKeyPair('RS256')

/** Trusts `key`, until another one is put there. */
function trustIn(key = pair.publicKey): { key: typeof key; trust: Trust } {
  const trusted = { key }
  return Object.assign(trusted, {
    trust: {
      key: async () => trusted.key,
      algorithms: ['RS256'],
      issuer: 'https://issuer.example',
      audience: 'gateway',
      clockTolerance: 0,
      names: standardClaims,
    },
  })
}

function sign(expiresIn: number, { privateKey } = pair): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  return new SignJWT({ client_id: 'my-bots', license_id: 7, scope: '' })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
    .setIssuer('https://issuer.example')
    .setAudience('gateway')
    .setJti('token')
    .setExpirationTime(now + expiresIn)
    .sign(privateKey)
}

describe('a token that was checked before', () => {
  it('has the same claims, which are read once', async () => {
    const check = createTokenCheck()
    const [token, { trust }] = [await sign(60), trustIn()]
    const claims = await check(token, trust)
    expect(claims).toMatchObject({ clientId: 'my-bots', licenseId: 7 })
    expect(await check(token, trust)).toBe(claims)
  })

  it('is refused once it has expired', async () => {
    const check = createTokenCheck()
    const [token, { trust }] = [await sign(60), trustIn()]
    const { expiresAt } = await check(token, trust)
    await expect(check(token, trust, expiresAt)).rejects.toMatchObject({
      reason: 'expired',
      caller: { licenseId: 7, clientId: 'my-bots' },
    })
    await expect(check(token, trust, new Date(expiresAt.getTime() - 1))).resolves.toBeDefined()
  })

  it('is refused once its key is no longer trusted', async () => {
    const check = createTokenCheck()
    const [token, trusted] = [await sign(60), trustIn()]
    const { trust } = trusted
    await check(token, trust)
    trusted.key = other.publicKey
    await expect(check(token, trust)).rejects.toMatchObject({ reason: 'foreign' })
    trusted.key = pair.publicKey
    await expect(check(token, trust)).resolves.toMatchObject({ clientId: 'my-bots' })
  })

  it('does not vouch for another token with the same claims', async () => {
    const check = createTokenCheck()
    const [token, forged, { trust }] = [await sign(60), await sign(60, other), trustIn()]
    await check(token, trust)
    await expect(check(forged, trust)).rejects.toMatchObject({ reason: 'foreign' })
  })

  it('is refused once its issuer has another name', async () => {
    const check = createTokenCheck()
    const [token, { trust }] = [await sign(60), trustIn()]
    await check(token, trust)
    await expect(check(token, { ...trust, issuer: 'https://new.example' })).rejects.toMatchObject({ reason: 'foreign' })
  })
})
