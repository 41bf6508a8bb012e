import type { Result } from './request.ts'

const KEY = 'bot-agents:ids'

/** Where the values of variables come from: the variable, the path in a result, and the tab that gets it. */
const sources = [
  { variable: 'botAgentId', path: ['createBotAgent', 'botAgent', 'id'], tab: 'Create' },
  { variable: 'webhookDeliveryId', path: ['webhookDeliveries', 'nodes', 0, 'id'], tab: 'Deliveries' },
  { variable: 'chatEventId', path: ['publishChatEvent', 'chatEvent', 'id'], tab: 'Publish' },
] as const

/** Ids go from one tab to the next: a result fills in variables of those names in the tabs that are opened after it. */
export class Ids {
  /** By variable, the last one first. */
  readonly #known: Record<string, string[]> = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')

  learn({ data }: Result): void {
    for (const { variable, path } of sources) {
      const id = path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], data)
      if (typeof id !== 'string') continue
      const others = (this.#known[variable] ?? []).filter((other) => other !== id)
      this.#known[variable] = [id, ...others.slice(0, 99)]
    }
    sessionStorage.setItem(KEY, JSON.stringify(this.#known))
  }

  /** @param text the variables of a tab @returns them with the last ids; an id that the reader has typed stays */
  filled(text: string): string {
    const variables = read(text)
    if (!variables) return text
    const last = Object.entries(this.#known).flatMap(([variable, known]) => {
      const value = variables[variable]
      const isOurs = value === '' || (typeof value === 'string' && known.includes(value))
      return isOurs && value !== known[0] ? [[variable, known[0]]] : []
    })
    return last.length > 0 ? JSON.stringify({ ...variables, ...Object.fromEntries(last) }, null, 2) : text
  }

  /** @returns what has to be done before an operation with these variables can run, if anything */
  missing(variables: Record<string, unknown> = {}): string | undefined {
    const source = sources.find(({ variable }) => variables[variable] === '')
    if (!source) return undefined
    return `Run ${source.tab} first, and open this tab again: the page then fills in "${source.variable}". Or put an id of your own into Variables.`
  }
}

function read(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
