import type { Tokens } from '../gateway/tokens.ts'
import { type Grant, type OpenId, SignInFailed } from './open-id.ts'

/** Timers with more milliseconds end at once. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Milliseconds after which a renewal is tried again that the provider could not answer. */
const AGAIN = 5_000

interface Events {
  /** There is another access token, which may allow less than the last one, or more. */
  renewed(): void
  ended(reason: string): void
}

/** The tokens of one session at the provider. */
export class OpenIdTokens implements Tokens {
  readonly #openId: OpenId
  readonly #on: Events
  #grant: Grant | undefined
  #renewing: Promise<void> | undefined

  constructor(openId: OpenId, grant: Grant, on: Events) {
    this.#openId = openId
    this.#grant = grant
    this.#on = on
    this.#renewInTime()
  }

  /** When the session ends unless the reader signs in again; `undefined` if it renews itself. */
  get endsAt(): number | undefined {
    return this.#grant?.refreshToken ? undefined : this.#grant?.until
  }

  async current(): Promise<string | undefined> {
    const { until, renewAt, refreshToken } = this.#grant ?? {}
    if (refreshToken && renewAt !== undefined && renewAt < Date.now()) await this.#renew(refreshToken)
    else if (until !== undefined && until < Date.now()) this.#end('Your access token has expired.')
    return this.#grant?.accessToken
  }

  refuse(token: string, reason: string): void {
    if (this.#grant?.accessToken !== token) return
    // With a refresh token it is as good as ended; without one nothing follows.
    if (this.#grant.refreshToken) this.#grant = { ...this.#grant, until: 0, renewAt: 0 }
    else this.#end(reason)
  }

  /** Ends the use of the tokens without a word. */
  forget(): void {
    this.#grant = undefined
  }

  /** Also while the page asks for nothing. */
  #renewInTime(): void {
    const { renewAt, refreshToken } = this.#grant ?? {}
    if (!renewAt || !refreshToken) return
    setTimeout(() => this.current().catch(() => {}), Math.min(LONGEST_TIMER, renewAt - Date.now() + 100))
  }

  #renew(refreshToken: string): Promise<void> {
    this.#renewing ??= this.#openId
      .refresh(refreshToken)
      .then(
        (grant) => {
          this.#keep(grant)
          this.#on.renewed()
        },
        (error: unknown) => {
          if (error instanceof SignInFailed) return this.#end(error.message)
          const { until = 0 } = this.#grant ?? {}
          if (!this.#grant || until < Date.now()) throw error
          this.#keep({ ...this.#grant, renewAt: Math.min(until, Date.now() + AGAIN) })
        },
      )
      .finally(() => {
        this.#renewing = undefined
      })
    return this.#renewing
  }

  #keep(grant: Grant): void {
    // The reader may have signed out meanwhile.
    if (!this.#grant) return
    this.#grant = grant
    this.#renewInTime()
  }

  #end(reason: string): void {
    if (!this.#grant) return
    this.#grant = undefined
    this.#on.ended(reason)
  }
}
