import { contains, type Scope, scopes } from './scope.ts'

/** The caller: an application in one license, with what its access token allows. */
export interface Viewer {
  readonly licenseId: number
  readonly clientId: string
  /** As the token lists them, without the scopes that these contain. */
  readonly scopes: readonly string[]
  /** When the access token expires. */
  readonly expiresAt: Date
  /** Keyed hash of the token's identity: identifies the token without storing it. */
  readonly accessTokenHash: Buffer<ArrayBuffer>
  readonly accessToken: AccessToken
}

/** What is known about an access token, without the token itself. */
export interface AccessToken {
  /** The keyed hash in hex. */
  readonly id: string
  /** When it was issued; `undefined` if the token does not say: see token-history.ts. */
  readonly issuedAt: Date | undefined
  /** Keyed hashes in hex of the token itself, under each accepted encryption key: see revocation-key.ts. */
  readonly ownKeys: readonly string[]
  /** All keys by which it can be revoked: `ownKeys`, and the hashes of its session and subject. */
  readonly revocationKeys: readonly string[]
}

/** The scopes that a list of scopes allows. It is asked for each object, and is the same list while a token is remembered. */
const allowed = new WeakMap<Viewer['scopes'], ReadonlySet<Scope>>()

/** @returns whether the viewer has `scope`, or one that contains it */
export function may({ scopes: held }: Viewer, scope: Scope): boolean {
  const found = allowed.get(held) ?? new Set(scopes.filter((needed) => held.some((one) => contains(one, needed))))
  allowed.set(held, found)
  return found.has(scope)
}

/** @returns a key that identifies an application in a license, for limits and shares */
export function tenantOf({ licenseId, clientId }: Pick<Viewer, 'licenseId' | 'clientId'>): string {
  return `${licenseId} ${clientId}`
}
