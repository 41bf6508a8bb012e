import { type Scope, scopes } from '../../src/identity/scope.ts'
import { LICENSES } from '../request-rows.ts'

/** Who sends a request. */
export interface Caller {
  readonly licenseId: number
  readonly clientId: string
  readonly scopes: ReadonlySet<Scope>
}

/** The `Authorization` of a license at a peer. It looks tokens up instead of checking their signature, which is to its advantage. */
export function authorizationOf(licenseId: number): string {
  return `Bearer peer-${licenseId}`
}

const callers = new Map<string | undefined, Caller>(
  Array.from({ length: LICENSES }, (_, licenseId) => [
    authorizationOf(licenseId),
    { licenseId, clientId: 'bench', scopes: new Set(scopes) },
  ]),
)

/** @throws if nobody has that token */
export function callerOf(authorization: string | undefined): Caller {
  const caller = callers.get(authorization)
  if (!caller) throw new Error('The token is not valid.')
  return caller
}

/** What a caller may read: without a `clientId`, what belongs to any application of the license. @throws if nothing */
export function readable({ licenseId, clientId, scopes: held }: Caller): { licenseId: number; clientId?: string } {
  if (held.has('agents-bot--all:ro') || held.has('agents-bot--all:rw')) return { licenseId }
  if (held.has('agents-bot--my:ro') || held.has('agents-bot--my:rw')) return { licenseId, clientId }
  throw new Error('A scope is missing.')
}

/** What a caller may update: its own. @throws if nothing */
export function writable({ licenseId, clientId, scopes: held }: Caller): { licenseId: number; clientId: string } {
  if (held.has('agents-bot--my:rw') || held.has('agents-bot--all:rw')) return { licenseId, clientId }
  throw new Error('A scope is missing.')
}
