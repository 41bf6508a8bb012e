/** What GraphiQL's bundle provides, as far as the page uses it. */
declare global {
  var YogaGraphiQL: { renderYogaGraphiQL(element: Element, options: GraphiQLOptions): void }
  /** The editor, once GraphiQL has loaded it. */
  var __MONACO: { editor: { getEditors(): MonacoEditor[] } } | undefined
  var MonacoEnvironment: { globalAPI: boolean; getWorkerUrl(module: string, label: string): string }
}

interface GraphiQLOptions {
  title: string
  logo: string
  defaultTabs: readonly { query: string; variables?: string }[]
  initialQuery: string
  initialVariables: string
  defaultHeaders: string
  defaultEditorToolsVisibility: 'variables' | 'headers'
  shouldPersistHeaders: boolean
  storage: Storage
  fetcher: Fetcher
  onEditQuery(): void
  onTabChange(state: TabState): void
}

export interface MonacoEditor {
  getModel(): MonacoModel | null
  getAction(id: string): { run(): Promise<void> } | null
}

interface MonacoModel {
  uri: { path: string }
  getValue(): string
  setValue(value: string): void
  onDidChangeContent(listener: (change: { isFlush: boolean }) => void): void
}

export interface TabState {
  tabs: readonly { id: string; variables: string | null; query: string | null }[]
  activeTabIndex: number
}

export interface GraphQLRequest {
  query: string
  variables?: Record<string, unknown> | undefined
  operationName?: string | null | undefined
}

/** A result, or what the page shows instead of one. */
export type Shown = object

export interface Observer {
  next(shown: Shown): void
  complete(): void
}

interface Observable {
  subscribe(observer: Observer): { unsubscribe(): void }
}

export type Fetcher = (request: GraphQLRequest) => Promise<Shown> | Observable
