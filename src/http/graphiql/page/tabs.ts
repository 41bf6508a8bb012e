import type { TabState } from './graphiql-bundle.ts'

/** GraphiQL's tabs, as it reports them. */
export class Tabs {
  #open: string | undefined
  #ids: readonly string[] = []
  /** Grows with each change of the tab that is open, also from a tab to itself. */
  reports = 0
  readonly #opened: (() => void)[] = []
  readonly #changed: (() => void)[] = []

  /** The id of the tab that is open; '' until GraphiQL has reported it. */
  get open(): string {
    return this.#open ?? ''
  }

  /** The ids, from left to right. */
  get ids(): readonly string[] {
    return this.#ids
  }

  /** @param listener is called when another tab has been opened and its content is in the editors; and with the first report */
  onOpened(listener: () => void): void {
    this.#opened.push(listener)
  }

  /** @param listener is called when tabs have been opened, closed or moved */
  onChanged(listener: () => void): void {
    this.#changed.push(listener)
  }

  /** For GraphiQL, which calls it in the midst of the change. */
  readonly report = ({ tabs, activeTabIndex }: TabState): void => {
    this.reports += 1
    const before = this.#open
    this.#open = tabs[activeTabIndex]?.id
    this.#ids = tabs.map(({ id }) => id)
    queueMicrotask(() => {
      for (const listener of this.#changed) listener()
      if (this.#open !== before) for (const listener of this.#opened) listener()
    })
  }
}
