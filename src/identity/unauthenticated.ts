import { RequestError } from '../request-error.ts'

/** The caller can't be told: no access token, or one that does not hold. */
export class Unauthenticated extends RequestError {
  override name = 'Unauthenticated'
  readonly reason: 'missing' | 'malformed' | 'expired' | 'foreign'

  constructor(reason: Unauthenticated['reason'], message: string) {
    super('UNAUTHENTICATED', message)
    this.reason = reason
  }
}
