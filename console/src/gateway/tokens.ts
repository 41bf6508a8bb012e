/** Where the access token comes from. It is kept in memory alone. */
export interface Tokens {
  /** The token to send now, renewed if it is about to end. `undefined`: there is none to be had without the reader. */
  current(): Promise<string | undefined>
  /** Says that the gateway has refused this token, so that `current` returns it no more. */
  refuse(token: string, reason: string): void
}
