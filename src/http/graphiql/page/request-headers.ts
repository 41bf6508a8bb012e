/** Where a header that the reader has typed is kept: in this window, and over a reload. The page's own token is never stored. */
const KEY = 'bot-agents:headers'

/** The headers of all requests. They are the same in all tabs. */
export class RequestHeaders {
  #own: string | undefined
  #typed = sessionStorage.getItem(KEY)
  readonly #tokenAddress: string
  readonly #changed: (() => void)[] = []
  #renewing: Promise<boolean> | undefined

  /** @param own a token of the built-in SSO, if the gateway gives one @param tokenAddress where to get the next one */
  constructor(own: string | undefined, tokenAddress: string) {
    this.#own = own
    this.#tokenAddress = tokenAddress
  }

  /** As the editor shows them: JSON. */
  get text(): string {
    return this.#typed ?? JSON.stringify({ Authorization: `Bearer ${this.#own ?? ''}` }, null, 2)
  }

  /** Whether there is a token of the page's own, in use or not. */
  get hasOwn(): boolean {
    return this.#own !== undefined
  }

  get isOwn(): boolean {
    return this.hasOwn && this.#typed === null
  }

  /** @returns what to send; nothing, if the text is not valid */
  get values(): Record<string, string> {
    try {
      const values: unknown = JSON.parse(this.text)
      return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, String(value)]))
    } catch {
      return {}
    }
  }

  /** @param listener is called when the headers have changed */
  onChange(listener: () => void): void {
    this.#changed.push(listener)
  }

  /** Takes what the reader has typed instead of the page's own token. */
  type(text: string): void {
    sessionStorage.setItem(KEY, text)
    this.#typed = text
    this.#tell()
  }

  /** Goes back to the page's own token. */
  restore(): void {
    sessionStorage.removeItem(KEY)
    this.#typed = null
    this.#tell()
  }

  /** Gets a fresh token of the page's own, if that is in use. @returns whether there is one @throws if the gateway can't be reached */
  renew(): Promise<boolean> {
    if (!this.isOwn) return Promise.resolve(false)
    this.#renewing ??= this.#fetchToken().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #fetchToken(): Promise<boolean> {
    const response = await fetch(this.#tokenAddress, { cache: 'no-store' })
    if (!response.ok) return false
    this.#own = (await response.text()).trim()
    this.#tell()
    return true
  }

  #tell(): void {
    for (const listener of this.#changed) listener()
  }
}
