import type { MonacoEditor } from './graphiql-bundle.ts'

const files = {
  query: 'operation.graphql',
  variables: 'variables.json',
  headers: 'request-headers.json',
  response: 'response.json',
} as const

type EditorName = keyof typeof files

/** GraphiQL's editors. All tabs share them. */
export interface Editors {
  read(name: EditorName): string
  write(name: EditorName, text: string): void
  /** @param listener is called with the text when it has changed; `typed` is false if the page has changed it, or another tab was opened */
  onChange(name: EditorName, listener: (text: string, typed: boolean) => void): void
  /** Runs what the open tab contains. */
  run(): void
}

/** @returns the editors, when GraphiQL has made all of them */
export function findEditors(): Promise<Editors> {
  return new Promise((resolve) => {
    const observer = new MutationObserver(look)
    function look() {
      const editors = globalThis.__MONACO?.editor.getEditors() ?? []
      const found = Object.entries(files).flatMap(([name, file]) => {
        const editor = editors.find((candidate) => candidate.getModel()?.uri.path.endsWith(file))
        return editor ? [[name, editor] as const] : []
      })
      if (found.length < Object.keys(files).length) return
      observer.disconnect()
      resolve(createEditors(Object.fromEntries(found) as Record<EditorName, MonacoEditor>))
    }
    observer.observe(document.body, { childList: true, subtree: true })
    look()
  })
}

function createEditors(editors: Record<EditorName, MonacoEditor>): Editors {
  const read = (name: EditorName) => editors[name].getModel()?.getValue() ?? ''
  return {
    read,
    write(name, text) {
      if (read(name) !== text) editors[name].getModel()?.setValue(text)
    },
    onChange(name, listener) {
      editors[name].getModel()?.onDidChangeContent(({ isFlush }) => listener(read(name), !isFlush))
    },
    run() {
      editors.response.getAction('graphql-run')?.run()
    },
  }
}
