/** The scopes of an access token that this gateway knows, as they are written in its `scope` claim. */
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

/** Whether a token with the scope `held` may do what asks for `needed`: `rw` contains `ro`, `all` contains `my`. */
export function contains(held: string, needed: Scope): boolean {
  const [has, needs] = [form.exec(held)?.groups, form.exec(needed)?.groups]
  if (!has || !needs || has.resource !== needs.resource) return false
  return (has.access === 'rw' || needs.access === 'ro') && (has.reach === 'all' || needs.reach === 'my')
}
