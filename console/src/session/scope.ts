/** The scopes that the gateway knows. */
export type Scope =
  | 'agents-bot--my:ro'
  | 'agents-bot--my:rw'
  | 'agents-bot--all:ro'
  | 'agents-bot--all:rw'
  | 'chats--all:rw'
  | 'properties--my:ro'
  | 'properties--my:rw'

const form = /^(?<resource>.+)--(?<reach>my|all):(?<access>ro|rw)$/

/** Whether one of the scopes allows what requires `needed`: `rw` contains `ro`, `all` contains `my`. */
export function allows(scopes: readonly string[], needed: Scope): boolean {
  const needs = form.exec(needed)?.groups
  return scopes.some((held) => {
    const has = form.exec(held)?.groups
    if (!has || !needs || has.resource !== needs.resource) return false
    return (has.access === 'rw' || needs.access === 'ro') && (has.reach === 'all' || needs.reach === 'my')
  })
}
