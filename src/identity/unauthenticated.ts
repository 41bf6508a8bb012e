import { RequestError } from '../request-error.ts'

/** The caller can't be told: no access token, or one that does not hold. */
export class Unauthenticated extends RequestError {
  override name = 'Unauthenticated'
  /** `unavailable`: the token may be good, but its issuer can't be asked now. */
  readonly reason: 'missing' | 'malformed' | 'expired' | 'foreign' | 'revoked' | 'unavailable'

  constructor(reason: Unauthenticated['reason'], message: string) {
    super('UNAUTHENTICATED', message)
    this.reason = reason
  }
}

export const expired = () => new Unauthenticated('expired', 'The access token has expired.')
export const revoked = () => new Unauthenticated('revoked', 'The access token was revoked.')
export const unavailable = () =>
  new Unauthenticated(
    'unavailable',
    'The access token can not be checked now, as its issuer can not be reached. Try again in a moment.',
  )
export const otherIssuer = (issuer: string) =>
  new Unauthenticated('foreign', `The access token is of another issuer: its \`iss\` is not ${issuer}.`)
export const otherAudience = (audience: string) =>
  new Unauthenticated('foreign', `The access token is for somebody else: its \`aud\` does not hold ${audience}.`)
export const notYet = () =>
  new Unauthenticated('foreign', 'The access token does not hold yet: its `nbf` is still to come.')
