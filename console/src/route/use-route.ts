import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { type Page, pageOf } from './route.ts'
import { hasUnsaved, leaveBy } from './unsaved.ts'

const listeners = new Set<() => void>()

const here = () => location.pathname + location.search
let shown = here()

const subscribe = (listener: () => void) => {
  // Signing in has changed it since the page was loaded.
  shown = here()
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const tell = () => {
  shown = here()
  for (const listener of listeners) listener()
}

const go = (to: string, replace: boolean) => {
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  tell()
}

const pathIn = (address: string) => address.split('?')[0]

addEventListener('popstate', () => {
  const to = here()
  if (!hasUnsaved() || pathIn(to) === pathIn(shown)) return tell()
  // The browser has gone there already.
  history.pushState(null, '', shown)
  leaveBy(() => go(to, false))
})

/**
 * Goes to a page, or to the same page with other search parameters.
 * @param options.replace no new entry in the history @param options.unasked even if changes are lost
 */
export function navigate(to: string, { replace = false, unasked = false } = {}): void {
  if (to === here()) return
  if (unasked || pathIn(to) === location.pathname) go(to, replace)
  else leaveBy(() => go(to, replace))
}

export function usePage(): Page {
  const path = useSyncExternalStore(subscribe, () => location.pathname)
  return useMemo(() => pageOf(path), [path])
}

/** `undefined` and an empty list remove the parameter. */
export type SearchChanges = Readonly<Record<string, string | readonly string[] | undefined>>

/** The search parameters, and how to change some of them. By default a change replaces the entry in the history. */
export function useSearch(): [URLSearchParams, (changes: SearchChanges, options?: { push?: boolean }) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search)
  const parameters = useMemo(() => new URLSearchParams(search), [search])
  const change = useCallback((changes: SearchChanges, { push = false }: { push?: boolean } = {}) => {
    const next = new URLSearchParams(location.search)
    for (const [name, value] of Object.entries(changes)) {
      next.delete(name)
      if (typeof value === 'string') next.set(name, value)
      else for (const item of value ?? []) next.append(name, item)
    }
    const text = next.toString()
    navigate(location.pathname + (text && `?${text}`), { replace: !push })
  }, [])
  return [parameters, change]
}
