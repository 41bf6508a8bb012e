import { contains, type Scope } from './scope.ts'

/** Who calls: an application in one license, with what its access token allows. */
export interface Viewer {
  readonly licenseId: number
  readonly clientId: string
  /** As the token names them, without what they contain. */
  readonly scopes: readonly string[]
  /** When the access token ends. */
  readonly expiresAt: Date
  /** Keyed hash of the token's identity: tells tokens apart without keeping them. */
  readonly accessTokenHash: Buffer<ArrayBuffer>
  readonly accessToken: AccessToken
}

/** What is known of an access token, without the token. */
export interface AccessToken {
  /** The keyed hash in hex. */
  readonly id: string
  /** When its issuer issued it; `undefined` where it does not say: see token-history.ts. */
  readonly issuedAt: Date | undefined
  /** Keyed hashes in hex of the token itself, under each accepted encryption key: see revocation-key.ts. */
  readonly ownKeys: readonly string[]
  /** By which it can be revoked: those, and the same of the session and the subject that it was given for. */
  readonly revocationKeys: readonly string[]
}

/** Whether the viewer holds `scope`, or one that contains it. */
export function may(viewer: Viewer, scope: Scope): boolean {
  return viewer.scopes.some((held) => contains(held, scope))
}

/** Tells the applications of all licenses apart, for what they share. */
export function tenantOf({ licenseId, clientId }: Pick<Viewer, 'licenseId' | 'clientId'>): string {
  return `${licenseId} ${clientId}`
}
