import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { keyFile } from '../../process/key-file.ts'
import type { Issuer, TokenClaims } from './issuer.ts'
import { createTokenCheck } from './jwt-access-token.ts'
import { standardClaims } from './token-claims.ts'

/** RFC 9068, section 2.1: the only algorithm that every issuer and resource server must support. */
export const ALGORITHM = 'RS256'
export const ISSUER = 'urn:bot-agent-gateway:sso'
export const AUDIENCE = 'urn:bot-agent-gateway'

/** What an access token says about its bearer. */
interface AccessTokenClaims {
  clientId: string
  licenseId: number
  scopes: readonly string[]
  /** Seconds from now; a negative number makes a token that has already expired. */
  expiresIn: number
}

/** The built-in single sign-on, for development. It signs access tokens with its own key, which is kept in the data folder. */
export interface Sso {
  readonly publicKey: CryptoKey
  /** The same key for those who check tokens themselves: RFC 7517. */
  readonly publicJwk: JWK
  /** @returns a JWT access token as in RFC 9068 */
  sign(claims: AccessTokenClaims): Promise<string>
}

export interface BuiltInSso extends Issuer {
  /** Like `check`, but also accepts an expired token: the log-in of bot agents may still be tied to it. */
  recognise(token: string): Promise<TokenClaims>
}

/** The built-in single sign-on as the only issuer of access tokens. */
export function createBuiltInSso({ publicKey }: Pick<Sso, 'publicKey'>): BuiltInSso {
  const trust = {
    key: async () => publicKey,
    algorithms: [ALGORITHM],
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTolerance: 0,
    names: standardClaims,
  }
  const check = createTokenCheck()
  return {
    identifier: async () => ISSUER,
    check: (token) => check(token, trust),
    recognise: (token) => check(token, trust, new Date(0)),
  }
}

export async function openSso(dataDir: string): Promise<Sso> {
  const jwk: JWK = JSON.parse(await keyFile(join(dataDir, 'sso-key.json'), makeKey))
  const privateKey = await importJWK(jwk, ALGORITHM)
  // Named one by one: the rest of an RSA key is private.
  const { kty, n, e, kid = '' } = jwk
  const publicJwk = { kty, n, e, kid, alg: ALGORITHM, use: 'sig' } as JWK
  const publicKey = await importJWK(publicJwk, ALGORITHM)
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array)
    throw new Error('The SSO key is not an RSA key')

  return {
    publicKey,
    publicJwk,
    sign: ({ clientId, licenseId, scopes, expiresIn }) => {
      const now = Math.floor(Date.now() / 1_000)
      return new SignJWT({ client_id: clientId, license_id: licenseId, scope: scopes.join(' ') })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(clientId)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setExpirationTime(now + expiresIn)
        .sign(privateKey)
    },
  }
}

async function makeKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  return JSON.stringify({ ...(await exportJWK(privateKey)), kid: randomUUID(), alg: ALGORITHM })
}
