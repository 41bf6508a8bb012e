import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { type Page, pageOf } from './route.ts'

const listeners = new Set<() => void>()

const tell = () => {
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('popstate', listener)
  }
}

/** Goes to a page, or to the same page with other search parameters. @param options.replace no new entry in the history */
export function navigate(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (to === location.pathname + location.search) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  tell()
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
