import type { Tokens } from '../gateway/tokens.ts'
import { askForSignIn } from './sign-in.ts'

/** Tokens of the built-in SSO. There is always a next one, as long as the gateway is on this machine. */
export class DevelopmentTokens implements Tokens {
  readonly #onRenewed: () => void
  #token: string | undefined
  #asking: Promise<string | undefined> | undefined

  constructor(first: string, onRenewed: () => void) {
    this.#token = first
    this.#onRenewed = onRenewed
  }

  async current(): Promise<string | undefined> {
    if (this.#token) return this.#token
    this.#asking ??= askForSignIn()
      .then(({ token }) => {
        this.#token = token
        this.#onRenewed()
        return token
      })
      .finally(() => {
        this.#asking = undefined
      })
    return this.#asking
  }

  refuse(token: string): void {
    if (this.#token === token) this.#token = undefined
  }
}
