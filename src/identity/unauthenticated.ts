import { RequestError } from '../contract/request-error.ts'
import type { Viewer } from './viewer.ts'

/** The caller can't be told: no access token, or one that does not hold. */
export class Unauthenticated extends RequestError {
  override name = 'Unauthenticated'
  /**
   * `inactive`: the issuer was asked, and does not know the token, or has ended it. `unavailable`: the token may be good, but its issuer
   * can't be asked now.
   */
  readonly reason: 'missing' | 'malformed' | 'expired' | 'foreign' | 'inactive' | 'revoked' | 'unavailable'
  /** Whose token it is or was, where that is known: for the log. */
  caller: Caller | undefined

  constructor(reason: Unauthenticated['reason'], message: string, caller?: Caller) {
    super('UNAUTHENTICATED', message)
    this.reason = reason
    // Nothing else of what a caller is made of: errors get logged.
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
    'The access token can not be checked now, as its issuer can not be reached. Try again in a moment.',
  )
export const otherIssuer = (issuer: string, caller?: Caller) =>
  new Unauthenticated('foreign', `The access token is of another issuer: its \`iss\` is not ${issuer}.`, caller)
export const otherAudience = (audience: string, caller?: Caller) =>
  new Unauthenticated(
    'foreign',
    `The access token is for somebody else: its \`aud\` does not hold ${audience}.`,
    caller,
  )
export const notYet = (caller?: Caller) =>
  new Unauthenticated('foreign', 'The access token does not hold yet: its `nbf` is still to come.', caller)
