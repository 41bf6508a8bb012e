import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEncryption, type Encryption } from '../../database/encryption.ts'
import { AUDIENCE, createBuiltInSso, ISSUER, openSso, type Sso } from '../issuers/sso.ts'
import { createRevocationKeys } from '../revocation/revocation-key.ts'
import { Revocations } from '../revocation/revocations.ts'
import { TokensInUse } from '../revocation/tokens-in-use.ts'
import { contains, type Scope, scopes } from '../scope.ts'
import { type Authenticate, createAuthenticate } from './access-token.ts'

const key = createEncryption(randomBytes(32))
let dataDir: string
let sso: Sso
let authenticate: Authenticate
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bot-agent-gateway-'))
  sso = await openSso(dataDir)
  authenticate = authenticator(key)
})
afterAll(() => rm(dataDir, { recursive: true }))

const authenticator = ({ hash }: Encryption): Authenticate => {
  const keys = createRevocationKeys((text) => [hash(text)])
  const revocations = new Revocations()
  const tokensInUse = new TokensInUse(revocations)
  return createAuthenticate({ issuer: createBuiltInSso(sso), keys, revocations, tokensInUse })
}

const claims = { clientId: 'my-bots', licenseId: 7, scopes: ['agents-bot--my:rw'], expiresIn: 60 }
const sign = (changes: object = {}) => sso.sign({ ...claims, ...changes })

describe('an access token', () => {
  it('identifies the caller, the license and the scopes, and says when it ends', async () => {
    const viewer = await authenticate(`Bearer ${await sign()}`)
    expect(viewer).toMatchObject({ clientId: 'my-bots', licenseId: 7, scopes: ['agents-bot--my:rw'] })
    expect(viewer.expiresAt.getTime() - Date.now()).toBeGreaterThan(50_000)
    expect(viewer.accessTokenHash).toHaveLength(32)
  })

  it('is identified by a keyed hash, which is stable for a token and differs under another key', async () => {
    const [token, other] = [`Bearer ${await sign()}`, `Bearer ${await sign()}`]
    const hash = async (of: string, by = authenticate) => (await by(of)).accessTokenHash.toString('hex')
    const elsewhere = authenticator(createEncryption(randomBytes(32)))
    expect(await hash(token)).toBe(await hash(token))
    expect(await hash(token)).not.toBe(await hash(other))
    expect(await hash(token)).not.toBe(await hash(token, elsewhere))
  })

  it('is valid at every gateway with the same data folder, whose key only its owner can read', async () => {
    const again = await Promise.all([openSso(dataDir), openSso(dataDir)])
    for (const { sign } of again) await expect(authenticate(`Bearer ${await sign(claims)}`)).resolves.toBeDefined()
    expect((await stat(join(dataDir, 'sso-key.json'))).mode & 0o777).toBe(0o600)
  })

  const forged = async (header: object, payload: object, signWith?: Parameters<SignJWT['sign']>[0]) => {
    const now = Math.floor(Date.now() / 1_000)
    const body = {
      iss: ISSUER,
      aud: AUDIENCE,
      exp: now + 60,
      iat: now,
      jti: 'x',
      client_id: 'x',
      license_id: 1,
      ...payload,
    }
    if (signWith) return new SignJWT(body).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...header }).sign(signWith)
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    return `${encode({ alg: 'none', typ: 'at+jwt', ...header })}.${encode(body)}.`
  }
  const other = generateKeyPair('RS256')
  const foreign = 'foreign'
  const cases: [name: string, token: () => Promise<string>, reason: string][] = [
    ['that nobody has signed', () => forged({}, {}), foreign],
    ['signed with another key', async () => forged({}, {}, (await other).privateKey), foreign],
    [
      'signed with the public key as if it were a shared secret',
      async () => {
        const [header, body] = (await forged({ alg: 'HS256' }, {})).split('.')
        const secret = await exportSPKI((await other).publicKey)
        return `${header}.${body}.${createHmac('sha256', secret).update(`${header}.${body}`).digest('base64url')}`
      },
      foreign,
    ],
    ['without its signature', async () => `${(await sign()).split('.').slice(0, 2).join('.')}.`, foreign],
    ['that has expired', () => sign({ expiresIn: -1 }), 'expired'],
    ['that is three letters', async () => 'abc', 'malformed'],
    ['that is two megabytes', async () => 'a'.repeat(2_000_000), 'malformed'],
  ]
  for (const [name, token, reason] of cases) {
    it(`${name} is refused as ${reason}`, async () => {
      const error = await authenticate(`Bearer ${await token()}`).catch((caught) => caught)
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason })
    })
  }
})

describe('a scope', () => {
  it('with rw includes ro, and one with all includes my', () => {
    const table = scopes.map((held) => `${held}: ${scopes.filter((needed) => contains(held, needed)).join(' ')}`)
    expect(table).toEqual([
      'agents-bot--my:ro: agents-bot--my:ro',
      'agents-bot--my:rw: agents-bot--my:ro agents-bot--my:rw',
      'agents-bot--all:ro: agents-bot--my:ro agents-bot--all:ro',
      'agents-bot--all:rw: agents-bot--my:ro agents-bot--my:rw agents-bot--all:ro agents-bot--all:rw',
      'chats--all:rw: chats--all:rw',
      'properties--my:ro: properties--my:ro',
      'properties--my:rw: properties--my:ro properties--my:rw',
    ])
  })

  it('that is malformed includes nothing', () => {
    for (const held of [
      '',
      'agents-bot',
      'agents-bot--my:',
      'agents-bot--my:rwx',
      'x--all:rw',
      'agents-bot--all:rw\n',
    ]) {
      expect(scopes.filter((needed: Scope) => contains(held, needed))).toEqual([])
    }
  })
})
