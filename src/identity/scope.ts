/** The scopes that this gateway knows, as in the `scope` claim of an access token. */
export const scopes = [
  'agents-bot--my:ro',
  'agents-bot--my:rw',
  'agents-bot--all:ro',
  'agents-bot--all:rw',
  'chats--all:rw',
  'properties--my:ro',
  'properties--my:rw',
] as const

export type Scope = (typeof scopes)[number]

const form = /^(?<resource>.+)--(?<reach>my|all):(?<access>ro|rw)$/

/** Whether the scope `held` allows what requires `needed`: `rw` contains `ro`, `all` contains `my`. */
export function contains(held: string, needed: Scope): boolean {
  const [has, needs] = [form.exec(held)?.groups, form.exec(needed)?.groups]
  if (!has || !needs || has.resource !== needs.resource) return false
  return (has.access === 'rw' || needs.access === 'ro') && (has.reach === 'all' || needs.reach === 'my')
}
