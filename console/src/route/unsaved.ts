import { useEffect, useSyncExternalStore } from 'react'

/** Forms with changes that are not saved. */
const unsaved = new Set<symbol>()
/** How the reader wants to leave, and has to be asked first. */
let waiting: (() => void) | undefined
const listeners = new Set<() => void>()

const set = (next: (() => void) | undefined) => {
  waiting = next
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function hasUnsaved(): boolean {
  return unsaved.size > 0
}

/** Leaves what is shown: at once, or, if changes would be lost, when the reader says so. */
export function leaveBy(go: () => void): void {
  if (hasUnsaved()) set(go)
  else go()
}

/** The question whether to leave, if there is one. */
export function useLeaving(): { readonly leave: () => void; readonly stay: () => void } | undefined {
  const go = useSyncExternalStore(subscribe, () => waiting)
  if (!go) return undefined
  const stay = () => set(undefined)
  return {
    stay,
    leave() {
      stay()
      go()
    },
  }
}

/** Has the reader asked before changes are lost, be it within the console or by leaving it. */
export function useUnsaved(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return
    const form = Symbol()
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    unsaved.add(form)
    addEventListener('beforeunload', ask)
    return () => {
      unsaved.delete(form)
      removeEventListener('beforeunload', ask)
    }
  }, [isUnsaved])
}
