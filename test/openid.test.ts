import { createHmac } from 'node:crypto'
import { exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { request } from './support/client.ts'
import { gatewayForTest, startGateway, type TestGateway } from './support/gateway.ts'
import { AUDIENCE, type OpenIdProvider, startOpenIdProvider, type TokenFormat } from './support/openid-provider.ts'

let provider: OpenIdProvider
let gateway: TestGateway
beforeAll(async () => {
  provider = await startOpenIdProvider()
  gateway = await startGateway({ env: provider.env })
})
afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const formats: readonly TokenFormat[] = ['jwt', 'opaque']

const viewer = (token: string, at = gateway) =>
  request(at.url, token, '{ viewer { clientId licenseId scopes expiresAt } }')

const ready = async (at: TestGateway) => {
  const response = await fetch(new URL('/ready', at.url))
  return { httpStatus: response.status, ...((await response.json()) as { status: string; troubles?: string[] }) }
}

/** Repeats the request until the response matches. */
async function eventually<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask()
    if (isSo(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('an access token of an OpenID provider', () => {
  for (const format of formats) {
    it(`identifies the caller if it is ${format}`, async () => {
      const token = await provider.token({ format, scope: 'agents-bot--my:ro chats--all:rw' })
      const { data } = await viewer(token)
      expect(data?.viewer).toMatchObject({
        clientId: 'my-bots',
        licenseId: 1,
        scopes: ['agents-bot--my:ro', 'chats--all:rw'],
      })
    })
  }

  it('that is opaque is checked once per period, however often it is sent', async () => {
    const slow = await gatewayForTest({ env: { ...provider.env, OIDC_INTROSPECTION_PERIOD: '1m' } })
    const token = await provider.token({ format: 'opaque' })
    const asked = () => provider.asked.get('/token/introspection') ?? 0
    const before = asked()
    await Promise.all(Array.from({ length: 20 }, () => viewer(token, slow)))
    await viewer(token, slow)
    expect(asked() - before).toBe(1)
  })

  it('that is opaque and unknown is refused', async () => {
    const { status, errors } = await viewer('no-such-token')
    expect(status).toBe(401)
    expect(errors?.[0]).toMatchObject({
      message: 'The access token is not active: its issuer does not know it, or has ended it.',
      extensions: { code: 'UNAUTHENTICATED' },
    })
  })

  it('may have the license, the client and the scopes in other claims', async () => {
    const other = await startOpenIdProvider({
      claims: { 'https://example.com/license': '7', azp: 'theirs', permissions: ['agents-bot--all:ro'] },
    })
    onTestFinished(other.stop)
    const names = {
      OIDC_LICENSE_CLAIM: 'https://example.com/license',
      OIDC_CLIENT_CLAIM: 'azp',
      OIDC_SCOPE_CLAIM: 'permissions',
    }
    const theirs = await gatewayForTest({ env: { ...other.env, ...names } })
    for (const format of formats) {
      const { data } = await viewer(await other.token({ format }), theirs)
      expect(data?.viewer).toMatchObject({ licenseId: 7, clientId: 'theirs', scopes: ['agents-bot--all:ro'] })
    }
  })
})

describe('a key of the provider', () => {
  it('that is new is fetched, and one that was withdrawn is no longer trusted', { timeout: 60_000 }, async () => {
    const before = await provider.token()
    expect((await viewer(before)).status).toBe(200)
    await provider.rotateKey(true)
    const between = await provider.token()
    await eventually(
      () => viewer(between),
      ({ status }) => status === 200,
    )
    expect((await viewer(before)).status).toBe(200)

    await provider.rotateKey(false)
    const after = await provider.token()
    await eventually(
      () => viewer(after),
      ({ status }) => status === 200,
    )
    for (const old of [before, between]) {
      expect((await viewer(old)).errors?.[0]?.message).toBe(
        'The issuer has no key that matches the `kid` and `alg` of the access token.',
      )
    }
  })

  it('that is unknown does not make the gateway fetch the keys again and again', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const asked = () => provider.asked.get('/jwks') ?? 0
    const before = asked()
    for (let index = 0; index < 20; index++) {
      const token = await new SignJWT(payload())
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: `unknown-${index}` })
        .sign(privateKey)
      expect((await viewer(token)).status).toBe(401)
    }
    expect(asked() - before).toBeLessThanOrEqual(2)
  })
})

describe('a provider that is down', () => {
  it('does not affect tokens that known keys can verify; other callers are asked to try again, and /ready says why', {
    timeout: 60_000,
  }, async () => {
    const [jwt, opaque, another] = [
      await provider.token(),
      await provider.token({ format: 'opaque' }),
      await provider.token({ format: 'opaque' }),
    ]
    expect((await viewer(jwt)).status).toBe(200)
    expect((await viewer(opaque)).status).toBe(200)
    await provider.goDown()
    onTestFinished(() => provider.comeBack().catch(() => {}))

    expect((await viewer(jwt)).status).toBe(200)
    expect((await viewer(another)).errors?.[0]).toMatchObject({
      message: 'The access token cannot be checked now because its issuer cannot be reached. Try again in a moment.',
      extensions: { code: 'UNAUTHENTICATED' },
    })
    expect(await ready(gateway)).toMatchObject({
      httpStatus: 200,
      status: 'ready',
      troubles: ['The OpenID provider does not respond. The log says why.'],
    })

    await provider.comeBack()
    await eventually(
      () => viewer(another),
      ({ status }) => status === 200,
    )
    await eventually(
      () => ready(gateway),
      ({ troubles }) => troubles === undefined,
    )
  })

  it('does not prevent a gateway from starting, and the gateway is ready when the provider is available again', {
    timeout: 60_000,
  }, async () => {
    const token = await provider.token()
    await provider.goDown()
    onTestFinished(() => provider.comeBack().catch(() => {}))
    const early = await gatewayForTest({ env: provider.env })
    expect(await ready(early)).toMatchObject({
      httpStatus: 503,
      status: 'not ready',
      troubles: ['The OpenID provider does not respond. The log says why.'],
    })
    expect((await viewer(token, early)).errors?.[0]?.message).toMatch(/cannot be checked now/)
    await provider.comeBack()
    await eventually(
      () => ready(early),
      ({ status }) => status === 'ready',
    )
    expect((await viewer(token, early)).status).toBe(200)
  })
})

const now = () => Math.floor(Date.now() / 1_000)
const payload = (): JWTPayload => ({
  iss: provider.issuer,
  aud: AUDIENCE,
  sub: 'my-bots',
  jti: crypto.randomUUID(),
  iat: now(),
  exp: now() + 60,
  client_id: 'my-bots',
  license_id: 1,
  scope: 'agents-bot--my:ro',
})

/** A token signed with the key of the provider, valid except for the given changes. */
async function signed(changes: Record<string, unknown> = {}, header: object = {}): Promise<string> {
  const [key] = provider.keys
  if (!key?.kid) throw new Error('The provider has no key')
  return new SignJWT({ ...payload(), ...changes })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...header })
    .sign(await importJWK(key, 'RS256'))
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

describe('a token made by a test', () => {
  it('is valid if all of its claims are, even if the clock of the provider is slightly ahead', async () => {
    for (const changes of [{}, { nbf: now() + 20, iat: now() + 20 }, { license_id: '1' }, { aud: ['x', AUDIENCE] }]) {
      expect((await viewer(await signed(changes))).status).toBe(200)
    }
    expect((await viewer(await signed({}, { typ: 'application/at+jwt' }))).status).toBe(200)
  })

  const wrong: [name: string, token: () => Promise<string>, message: string | RegExp][] = [
    [
      'with `alg: none`',
      async () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(payload())}.`,
      'The access token is not signed: its `alg` is none.',
    ],
    [
      'signed with the public key as a shared secret',
      async () => {
        const [key] = provider.keys
        const { kty, n, e, kid } = key ?? {}
        const secret = await exportSPKI((await importJWK({ kty: kty ?? '', n, e } as never, 'RS256')) as CryptoKey)
        const text = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(payload())}`
        return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
      },
      /^The access token is signed with HS256, which is not accepted. Use RS256, /,
    ],
    [
      'for another audience',
      () => signed({ aud: 'https://other.example' }),
      `The access token is for another audience: its \`aud\` does not contain ${AUDIENCE}.`,
    ],
    [
      'of another issuer',
      () => signed({ iss: 'https://other.example' }),
      /^The access token is from another issuer: its `iss` is not http/,
    ],
    ['of another type', () => signed({}, { typ: 'JWT' }), 'The token is not an access token: its `typ` is not at+jwt.'],
    ['of no type', () => signed({}, { typ: undefined }), 'The token is not an access token: its `typ` is not at+jwt.'],
    ['that has expired', () => signed({ exp: now() - 1 }), 'The access token has expired.'],
    [
      'that is not valid yet',
      () => signed({ nbf: now() + 60 }),
      'The access token is not valid yet: its `nbf` is in the future.',
    ],
    [
      'with an unknown `kid`',
      () => signed({}, { kid: 'unknown' }),
      'The issuer has no key that matches the `kid` and `alg` of the access token.',
    ],
    [
      'that is oversized',
      () => signed({ filler: 'x'.repeat(8_192) }),
      /^The access token is too long: it has \d+ characters/,
    ],
    [
      'without its signature',
      async () => `${(await signed()).split('.').slice(0, 2).join('.')}.`,
      'The signature of the access token is missing.',
    ],
    [
      'whose claims were changed after it was signed',
      async () => {
        const [header, , signature] = (await signed()).split('.')
        return `${header}.${encode({ ...payload(), license_id: 2 })}.${signature}`
      },
      'The access token was not signed by an issuer that this gateway trusts.',
    ],
    ['without a license', () => signed({ license_id: undefined }), 'The access token has no valid `license_id` claim.'],
    ['without an expiry', () => signed({ exp: undefined }), 'The access token has no valid `exp` claim.'],
    ['without an id', () => signed({ jti: undefined }), 'The access token has no valid `jti` claim.'],
  ]
  for (const [name, token, message] of wrong) {
    it(`${name} is refused for that reason`, async () => {
      const { status, errors } = await viewer(await token())
      expect(status).toBe(401)
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
      expect(errors?.[0]?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
    })
  }

  it('with a `kid` that several keys share is refused for that reason', async () => {
    const twice = await startOpenIdProvider()
    onTestFinished(twice.stop)
    await twice.duplicateKeyId()
    const theirs = await gatewayForTest({ env: twice.env })
    const { errors } = await viewer(await twice.token(), theirs)
    expect(errors?.[0]?.message).toMatch(/^The issuer has several keys that match/)
  })
})
