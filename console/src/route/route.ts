/** A page of the console. What else there is to say about what a reader sees is in the search parameters of its URL. */
export type Page =
  | { readonly screen: 'board' }
  | { readonly screen: 'new-bot-agent' }
  | { readonly screen: 'bot-agent'; readonly id: string }
  | { readonly screen: 'deliveries' }
  | { readonly screen: 'trouble' }
  | { readonly screen: 'try' }
  | { readonly screen: 'unknown' }

const ROOT = '/console'

export const paths = {
  board: `${ROOT}/bots`,
  'new-bot-agent': `${ROOT}/bots/new`,
  deliveries: `${ROOT}/deliveries`,
  trouble: `${ROOT}/trouble`,
  try: `${ROOT}/try`,
} as const

/** The screens that show one of their parts at a time, and the search parameter that says which. Without it, it is the first. */
export const parts = {
  'bot-agent': { parameter: 'tab', names: ['settings', 'health', 'audit'] },
  try: { parameter: 'do', names: ['example', 'event', 'chat'] },
} as const

/** The search parameter with the delivery that is open beside the log. */
export const SHOWN = 'delivery'

export function pathOf(page: Exclude<Page, { screen: 'unknown' }>): string {
  return page.screen === 'bot-agent' ? `${paths.board}/${page.id}` : paths[page.screen]
}

export function pageOf(path: string): Page {
  const plain = path.length > 1 ? path.replace(/\/$/, '') : path
  if (plain === ROOT) return { screen: 'board' }
  for (const [screen, known] of Object.entries(paths)) {
    if (known === plain) return { screen: screen as keyof typeof paths }
  }
  const [, id] = /^\/console\/bots\/([\w-]+)$/.exec(plain) ?? []
  return id ? { screen: 'bot-agent', id } : { screen: 'unknown' }
}
