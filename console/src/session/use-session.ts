import { createContext, useContext, useEffect, useEffectEvent, useRef } from 'react'
import type { OpenSession } from './open-session.ts'
import { allows, type Scope } from './scope.ts'

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

/** Calls when the access token no longer allows the same, as what was refused to the last one may be allowed now. */
export function useChangeOfScopes(call: () => void): void {
  const scopes = useSession().viewer.scopes.join(' ')
  const last = useRef(scopes)
  const changed = useEffectEvent(call)
  useEffect(() => {
    if (last.current === scopes) return
    last.current = scopes
    changed()
  }, [scopes])
}
