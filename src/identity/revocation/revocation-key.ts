import type { TokenClaims } from '../issuers/issuer.ts'

/**
 * The keys by which access tokens can be revoked: keyed hashes in hex, so that a reader of the database learns nobody's id. There is one
 * for each accepted encryption key, beginning with the current one.
 */
export interface RevocationKeys {
  token(issuer: string, identity: string): readonly string[]
  session(issuer: string, session: string): readonly string[]
  subject(issuer: string, subject: string): readonly string[]
  /** The subject's tokens that name no session: they may belong to any session. */
  sessionless(issuer: string, subject: string): readonly string[]
  /** Does not revoke anything. It identifies a logout token, and is made in the same way. */
  logoutToken(issuer: string, identity: string): readonly string[]
  /** All keys by which a token can be revoked. */
  of(claims: TokenClaims): readonly string[]
}

/** The word keeps a token's key apart from a session's, whatever a `jti` or a `sid` contains: an issuer contains no space. */
const KINDS = ['token', 'session', 'subject', 'sessionless', 'logout'] as const

/** @param hashes the keyed hashes of a text, under each accepted key */
export function createRevocationKeys(hashes: (text: string) => readonly Buffer[]): RevocationKeys {
  const keys = (text: string) => hashes(text).map((hash) => hash.toString('hex'))
  const keyed = (kind: (typeof KINDS)[number]) => (issuer: string, id: string) => keys(`${issuer} ${kind} ${id}`)
  const named = {
    token: (issuer: string, identity: string) => [
      ...keyed('token')(issuer, identity),
      ...(isAmbiguous(identity) ? [] : keys(formerly(issuer, identity))),
    ],
    session: keyed('session'),
    subject: keyed('subject'),
    sessionless: keyed('sessionless'),
    logoutToken: keyed('logout'),
  }
  return {
    ...named,
    of: ({ issuer, identity, session, subject }) => [
      ...named.token(issuer, identity),
      ...(session === undefined ? [] : named.session(issuer, session)),
      ...(subject === undefined ? [] : named.subject(issuer, subject)),
      ...(subject === undefined || session !== undefined ? [] : named.sessionless(issuer, subject)),
    ],
  }
}

/** The form of the key before the word `token` was added: finds tokens that were bound or revoked earlier. */
function formerly(issuer: string, identity: string): string {
  return `${issuer} ${identity}`
}

/** Whether the token's former key could be mistaken for a key of one of the kinds. */
function isAmbiguous(identity: string): boolean {
  return KINDS.some((kind) => identity.startsWith(`${kind} `))
}
