import { type Ending, StreamEnded } from './ending.ts'

/** Tokens that may be refused in a row. */
const MOST_REFUSALS = 2

/** The token that is sent. Another one than the one that was refused may do, the same one will not. */
export class Bearer {
  #sent: string | undefined
  #refused: { token: string | undefined; message: string } | undefined
  #refusals = 0

  /** @throws StreamEnded if there is no other token than the one that was refused */
  use(token: string | undefined): Record<string, string> {
    this.#sent = token
    if (this.#refused && (token === undefined || token === this.#refused.token))
      throw new StreamEnded({ code: 'UNAUTHENTICATED', message: this.#refused.message })
    return token ? { Authorization: `Bearer ${token}` } : {}
  }

  accepted(): void {
    this.#refusals = 0
  }

  /** Whether another token may help. */
  endingAfter(ending: Ending): Ending {
    if (ending.code !== 'UNAUTHENTICATED') return ending
    // The streams of one socket are refused together.
    if (!this.#refused || this.#refused.token !== this.#sent) this.#refusals += 1
    this.#refused = { token: this.#sent, message: ending.message }
    return { ...ending, again: this.#sent !== undefined && this.#refusals <= MOST_REFUSALS }
  }
}
