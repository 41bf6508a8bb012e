import type { TokenClaims } from './issuer.ts'

/**
 * What access tokens can be revoked by: keyed hashes in hex, so that who reads the database learns no id of anybody. Each is one for
 * every encryption key that is accepted, the present one's first.
 */
export interface RevocationKeys {
  token(issuer: string, identity: string): readonly string[]
  session(issuer: string, session: string): readonly string[]
  subject(issuer: string, subject: string): readonly string[]
  /** The subject's tokens that name no session: any session may be theirs. */
  sessionless(issuer: string, subject: string): readonly string[]
  /** Revokes nothing, but is made alike: tells a logout token from others. */
  logoutToken(issuer: string, identity: string): readonly string[]
  /** All by which a token can be revoked. */
  of(claims: TokenClaims): readonly string[]
}

/** @param hashes the keyed hashes of a text, under each accepted key */
export function revocationKeys(hashes: (text: string) => readonly Buffer[]): RevocationKeys {
  const keys = (text: string) => hashes(text).map((hash) => hash.toString('hex'))
  const named = {
    token: (issuer: string, identity: string) => keys(`${issuer} ${identity}`),
    session: (issuer: string, session: string) => keys(`${issuer} session ${session}`),
    subject: (issuer: string, subject: string) => keys(`${issuer} subject ${subject}`),
    sessionless: (issuer: string, subject: string) => keys(`${issuer} sessionless ${subject}`),
    logoutToken: (issuer: string, identity: string) => keys(`${issuer} logout ${identity}`),
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
