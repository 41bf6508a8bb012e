/** Who gives out the access tokens that this gateway takes: the built-in SSO, or an OpenID provider. */
export interface Issuer {
  /** What its tokens name it. @throws Unauthenticated `unavailable` */
  identifier(): Promise<string>
  /**
   * What an access token says, once it is sure that it holds.
   * @param options.known whether it has held before, so that it is not made to wait behind strangers' tokens
   * @throws Unauthenticated that says which way it does not; `inactive` for an opaque token, which is its own identity
   */
  check(token: string, options?: { readonly known?: boolean }): Promise<TokenClaims>
  /**
   * Asks the issuer about a token; absent where it can't be asked.
   * @returns `undefined` where it has no answer for this token
   * @throws Unauthenticated `unavailable`; or why an active token would not be taken any more
   */
  readonly introspect?: ((token: string) => Promise<Introspection | undefined>) | undefined
}

/** `claims` are those that the answer holds. */
export type Introspection =
  | { readonly active: false }
  | { readonly active: true; readonly claims: Partial<TokenClaims> }

/** What an access token says, by whatever names. */
export interface TokenClaims {
  readonly issuer: string
  /** What tells it from all others of its issuer: `jti`, or the token itself. */
  readonly identity: string
  readonly subject: string | undefined
  readonly session: string | undefined
  readonly licenseId: number
  readonly clientId: string
  readonly scopes: readonly string[]
  /** `undefined` where the issuer does not say. */
  readonly issuedAt: Date | undefined
  readonly expiresAt: Date
}
