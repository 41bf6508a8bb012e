import type { Tokens } from '../gateway/tokens.ts'
import { type Grant, type OpenId, SignInFailed } from './open-id.ts'

/** Timers with more milliseconds end at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The tokens of one session at the provider. */
export class OpenIdTokens implements Tokens {
  readonly #openId: OpenId
  readonly #onEnd: (reason: string) => void
  #grant: Grant | undefined
  #renewing: Promise<void> | undefined

  constructor(openId: OpenId, grant: Grant, onEnd: (reason: string) => void) {
    this.#openId = openId
    this.#grant = grant
    this.#onEnd = onEnd
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

  /** Also while the page asks for nothing. What fails here is tried again with the next request. */
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
          this.#grant = grant
          this.#renewInTime()
        },
        (error: unknown) => {
          if (error instanceof SignInFailed) this.#end(error.message)
          else if (!this.#grant?.until || this.#grant.until < Date.now()) throw error
        },
      )
      .finally(() => {
        this.#renewing = undefined
      })
    return this.#renewing
  }

  #end(reason: string): void {
    if (!this.#grant) return
    this.#grant = undefined
    this.#onEnd(reason)
  }
}
