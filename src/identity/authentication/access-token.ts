import type { Issuer, TokenClaims } from '../issuers/issuer.ts'
import type { RevocationKeys } from '../revocation/revocation-key.ts'
import type { Revocations } from '../revocation/revocations.ts'
import type { TokenHistory } from '../revocation/token-history.ts'
import type { TokensInUse } from '../revocation/tokens-in-use.ts'
import { revoked, Unauthenticated } from '../unauthenticated.ts'
import type { Viewer } from '../viewer.ts'

/** Characters of a token. Tokens of real issuers have a few hundred to a few thousand. */
const LONGEST_TOKEN = 8_192

/**
 * Finds the viewer of an `Authorization` header (`Bearer …`).
 * @param options.known whether the header was valid before
 * @throws Unauthenticated with a message that says why the token is not valid
 */
export type Authenticate = (
  authorization: string | null | undefined,
  options?: { readonly known?: boolean },
) => Promise<Viewer>

/**
 * The only way in, for every transport: callers need a token of the issuer that is not revoked.
 * @param options.history absent if every token is a JWT that says when it was issued
 */
export function createAuthenticate(options: {
  issuer: Issuer
  keys: RevocationKeys
  revocations: Revocations
  tokensInUse: TokensInUse
  history?: TokenHistory
}): Authenticate {
  const { issuer, keys, revocations, tokensInUse, history } = options
  /** By the claims, which an issuer remembers: keyed hashes take time. */
  const viewers = new WeakMap<TokenClaims, Viewer>()

  const claimedBy = (claims: TokenClaims): Viewer => {
    const viewer = viewers.get(claims) ?? viewerOf(claims, keys)
    viewers.set(claims, viewer)
    return viewer
  }

  const check = async (token: string, known: boolean): Promise<TokenClaims> => {
    try {
      return await issuer.check(token, { known })
    } catch (error) {
      if (error instanceof Unauthenticated && error.reason === 'inactive') {
        const caller = await history?.ended(keys.token(await issuer.identifier(), token))
        error.caller ??= caller
      }
      throw error
    }
  }

  return async (authorization, { known = false } = {}) => {
    const token = bearer(authorization)
    const claimed = claimedBy(await check(token, known))
    if (revocations.cover(claimed.accessToken)) throw revoked(claimed)
    const viewer = claimed.accessToken.issuedAt || !history ? claimed : await history.see(claimed)
    if (revocations.cover(viewer.accessToken)) throw revoked(viewer)
    tokensInUse.know(viewer, token)
    // Bot agents may have been logged in with it before this gateway was started.
    if (issuer.introspect) tokensInUse.see(viewer)
    return viewer
  }
}

/** RFC 6750, section 2.1. */
function bearer(authorization: string | null | undefined): string {
  if (!authorization) {
    throw new Unauthenticated('missing', 'An access token is required: send it as `Authorization: Bearer <token>`.')
  }
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization) ?? []
  if (!token) throw new Unauthenticated('malformed', 'The authorization does not have the form `Bearer <token>`.')
  if (token.length > LONGEST_TOKEN) {
    throw new Unauthenticated(
      'malformed',
      `The access token is too long: it has ${token.length} characters; the limit is ${LONGEST_TOKEN}.`,
    )
  }
  return token
}

/** Keeps only keyed hashes of the token. */
function viewerOf(claims: TokenClaims, keys: RevocationKeys): Viewer {
  const { issuer, identity, licenseId, clientId, scopes, expiresAt, issuedAt } = claims
  const ownKeys = keys.token(issuer, identity)
  const [id = ''] = ownKeys
  return {
    licenseId,
    clientId,
    scopes,
    expiresAt,
    accessTokenHash: Buffer.from(id, 'hex'),
    accessToken: { id, issuedAt, ownKeys, revocationKeys: keys.of(claims) },
  }
}
