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
}

/** Whether the viewer holds `scope`, or one that contains it. */
export function may(viewer: Viewer, scope: Scope): boolean {
  return viewer.scopes.some((held) => contains(held, scope))
}
