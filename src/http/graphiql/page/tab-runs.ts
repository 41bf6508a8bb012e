import type { Editors } from './editors.ts'
import type { Fetcher, GraphQLRequest, Observer, Shown } from './graphiql-bundle.ts'
import type { Tabs } from './tabs.ts'

/** What runs in a tab, whether that is open or not. */
interface Run {
  /** What was shown last. */
  shown: Shown | undefined
  isDone: boolean
  /** Events so far, of a subscription. */
  count: number | undefined
  /** GraphiQL, while the tab is open. */
  observer: Observer | undefined
  readonly stop: AbortController
}

/** @param show shows something in the tab @returns when nothing more will come */
export type Execute = (
  request: GraphQLRequest,
  options: { signal: AbortSignal; show(shown: Shown, count?: number): void },
) => Promise<void>

/**
 * GraphiQL stops what runs when another tab is opened. Here it goes on: it belongs to its tab, and is shown again when that is opened again.
 * It ends with its tab, or by the button.
 */
export class TabRuns {
  readonly #runs = new Map<string, Run>()
  readonly #tabs: Tabs
  readonly #execute: Execute
  #returning: Run | undefined

  constructor(tabs: Tabs, execute: Execute) {
    this.#tabs = tabs
    this.#execute = execute
    tabs.onChanged(() => {
      for (const [tab, run] of this.#runs) {
        if (!tabs.ids.includes(tab)) this.#end(tab, run)
        // GraphiQL itself forgets it when a tab is added.
        else if (tab !== tabs.open) this.#leave(run)
      }
    })
  }

  /** Shows again what runs in the tab that has been opened, or what it came to meanwhile. */
  comeBack(editors: Editors): void {
    const run = this.#runs.get(this.#tabs.open)
    if (!run || run.observer) return
    this.#returning = run
    editors.run()
    this.#returning = undefined
  }

  /** @returns how many events the running subscription of a tab had so far; undefined if there is none */
  countOf(tab: string): number | undefined {
    const run = this.#runs.get(tab)
    return run && !run.isDone ? run.count : undefined
  }

  readonly fetcher = (request: GraphQLRequest): Exclude<ReturnType<Fetcher>, Promise<Shown>> => {
    const tab = this.#tabs.open
    const returning = this.#returning
    return {
      subscribe: (observer) => {
        const run = returning ?? this.#start(tab, request)
        // Later, when GraphiQL knows how to unsubscribe.
        queueMicrotask(() => this.#show(tab, run, observer))
        return { unsubscribe: () => this.#unsubscribed(tab, run) }
      },
    }
  }

  #start(tab: string, request: GraphQLRequest): Run {
    this.#runs.get(tab)?.stop.abort()
    const run: Run = {
      shown: undefined,
      isDone: false,
      count: undefined,
      observer: undefined,
      stop: new AbortController(),
    }
    this.#runs.set(tab, run)
    const show = (shown: Shown, count?: number) => {
      run.shown = shown
      run.count = count
      run.observer?.next(shown)
    }
    this.#execute(request, { signal: run.stop.signal, show }).finally(() => {
      run.isDone = true
      if (run.observer) this.#finish(tab, run)
    })
    return run
  }

  #show(tab: string, run: Run, observer: Observer): void {
    run.observer = observer
    if (run.shown) observer.next(run.shown)
    if (run.isDone) this.#finish(tab, run)
  }

  #finish(tab: string, run: Run): void {
    this.#leave(run)
    if (this.#runs.get(tab) === run) this.#runs.delete(tab)
  }

  #leave(run: Run): void {
    const { observer } = run
    run.observer = undefined
    observer?.complete()
  }

  #unsubscribed(tab: string, run: Run): void {
    const before = this.#tabs.reports
    run.observer = undefined
    queueMicrotask(() => {
      // The button stops it. Otherwise another tab is being opened.
      if (this.#tabs.reports === before) this.#end(tab, run)
    })
  }

  #end(tab: string, run: Run): void {
    run.stop.abort()
    if (this.#runs.get(tab) === run) this.#runs.delete(tab)
  }
}
