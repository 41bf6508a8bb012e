/** Issues the access tokens that this gateway accepts: the built-in SSO, or an OpenID provider. */
export interface Issuer {
  /** @returns its issuer identifier, as in `iss` @throws Unauthenticated `unavailable` */
  identifier(): Promise<string>
  /**
   * Checks an access token.
   * @returns its claims
   * @param options.known whether the token was valid before: such a token does not wait behind tokens that were never valid
   * @throws Unauthenticated with a message that says why the token is not valid; `inactive` only for an opaque token, which is its own
   *   identity
   */
  check(token: string, options?: { readonly known?: boolean }): Promise<TokenClaims>
  /**
   * Asks the issuer about a token; absent if the issuer can't be asked.
   * @returns `undefined` if the issuer does not introspect tokens of this kind
   * @throws Unauthenticated `unavailable`; or why an active token is no longer accepted
   */
  readonly introspect?: ((token: string) => Promise<Introspection | undefined>) | undefined
}

/** `claims` are those that the response contains. */
export type Introspection =
  | { readonly active: false }
  | { readonly active: true; readonly claims: Partial<TokenClaims> }

/** The claims of an access token, by names that do not depend on the issuer. */
export interface TokenClaims {
  readonly issuer: string
  /** Unique among the tokens of the issuer: `jti`, or the token itself. */
  readonly identity: string
  readonly subject: string | undefined
  readonly session: string | undefined
  readonly licenseId: number
  readonly clientId: string
  readonly scopes: readonly string[]
  /** `undefined` if the issuer does not say. */
  readonly issuedAt: Date | undefined
  readonly expiresAt: Date
}
