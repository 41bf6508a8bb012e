import { useCallback, useEffect, useRef } from 'react'

/** Calls something once, so many milliseconds after it was first asked for: what changes often is read now and then. */
export function useCalledLater(call: () => void, after: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      call()
    }, after)
  }, [call, after])
}
