import { RequestError } from '../contract/request-error.ts'
import type { Viewer } from './viewer.ts'

/** The caller is not authenticated: there is no access token, or it is not valid. */
export class Unauthenticated extends RequestError {
  override name = 'Unauthenticated'
  /**
   * `inactive`: the issuer was asked, and does not know the token or has ended it. `unavailable`: the token may be valid, but can't be
   * checked now because its issuer does not respond.
   */
  readonly reason: 'missing' | 'malformed' | 'expired' | 'foreign' | 'inactive' | 'revoked' | 'unavailable'
  /** Whose token it is or was, if that is known: for the log. */
  caller: Caller | undefined

  constructor(reason: Unauthenticated['reason'], message: string, caller?: Caller) {
    super('UNAUTHENTICATED', message)
    this.reason = reason
    // Only these: a `Viewer` is passed, too, and errors get logged.
    this.caller = caller && { licenseId: caller.licenseId, clientId: caller.clientId }
  }
}

/** An application in one license. */
export type Caller = Pick<Viewer, 'licenseId' | 'clientId'>

export const expired = (caller?: Caller) => new Unauthenticated('expired', 'The access token has expired.', caller)
export const revoked = (caller?: Caller) => new Unauthenticated('revoked', 'The access token was revoked.', caller)
export const inactive = () =>
  new Unauthenticated('inactive', 'The access token is not active: its issuer does not know it, or has ended it.')
export const unavailable = () =>
  new Unauthenticated(
    'unavailable',
    'The access token cannot be checked now because its issuer cannot be reached. Try again in a moment.',
  )
export const otherIssuer = (issuer: string, caller?: Caller) =>
  new Unauthenticated('foreign', `The access token is from another issuer: its \`iss\` is not ${issuer}.`, caller)
export const otherAudience = (audience: string, caller?: Caller) =>
  new Unauthenticated(
    'foreign',
    `The access token is for another audience: its \`aud\` does not contain ${audience}.`,
    caller,
  )
export const notYet = (caller?: Caller) =>
  new Unauthenticated('foreign', 'The access token is not valid yet: its `nbf` is in the future.', caller)
