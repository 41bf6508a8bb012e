/** An operation that GraphiQL opens in a tab, under the operation's name. */
export interface Example {
  readonly query: string
  /** JSON. An id that is "" is filled in by the page: see ids.ts. */
  readonly variables?: string
}

/** What the gateway writes into the page for its script. */
export interface PageOptions {
  readonly title: string
  /** SVG. */
  readonly logo: string
  readonly examples: readonly Example[]
  /** A token of the built-in SSO, which the page renews. Absent: its reader needs one of their own. */
  readonly token?: string
  /** Where the page gets the next token. */
  readonly tokenAddress: string
  /** The addresses of the editor's workers, by their labels. */
  readonly workers: Readonly<Record<string, string>>
}
