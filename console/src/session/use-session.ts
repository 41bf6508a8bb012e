import { createContext, useContext } from 'react'
import { allows, type Scope } from './scope.ts'
import type { OpenSession } from './session.ts'

export const SessionContext = createContext<OpenSession | undefined>(undefined)

export function useSession(): OpenSession {
  const session = useContext(SessionContext)
  if (!session) throw new Error('There is no session around this component.')
  return session
}

/** Whether the access token allows what requires this scope. What it does not allow is not offered. */
export function useAllows(scope: Scope): boolean {
  return allows(useSession().viewer.scopes, scope)
}
