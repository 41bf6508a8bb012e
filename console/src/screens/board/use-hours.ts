import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { SparklineBucket } from '../../design/sparkline.tsx'
import { useGateway } from '../../gateway/use-gateway.ts'
import { BoardHealth } from './board.operations.ts'

export type Hours = readonly SparklineBucket[]

const AT_ONCE = 8
const KEEP_FOR = 60_000
/** While somebody scrolls on, nothing is asked. */
const SETTLED = 120

/** What became of the webhooks of the bots in view, in each of the last 24 hours. It is read for those that are looked at, and again each minute. */
export function useHours(ids: readonly string[], all: boolean): ReadonlyMap<string, Hours> {
  const gateway = useGateway()
  const [hours, setHours] = useState<ReadonlyMap<string, Hours>>(new Map())
  const readAt = useRef(new Map<string, number>())
  const [minute, setMinute] = useState(0)
  const wanted = ids.join(' ')

  useEffect(() => {
    const timer = setInterval(() => document.hidden || setMinute((minute) => minute + 1), KEEP_FOR)
    return () => clearInterval(timer)
  }, [])

  const read = useEffectEvent(async (signal: AbortSignal) => {
    const missing = ids.filter((id) => Date.now() - (readAt.current.get(id) ?? 0) > KEEP_FOR - 1_000)
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      const some = missing.slice(start, start + AT_ONCE)
      const of = (index: number) => some.slice(index, index + 1)
      const variables = { all, a: of(0), b: of(1), c: of(2), d: of(3), e: of(4), f: of(5), g: of(6), h: of(7) }
      const { a, b, c, d, e, f, g, h } = await gateway.run(BoardHealth, variables, { signal })
      const read = [a, b, c, d, e, f, g, h]
      for (const id of some) readAt.current.set(id, Date.now())
      setHours((last) => {
        const next = new Map(last)
        for (const [index, id] of some.entries()) {
          next.set(id, read[index]?.nodes.map(({ delivered, failed }) => ({ good: delivered, bad: failed })) ?? [])
        }
        return next
      })
    }
  })

  useEffect(() => {
    if (!wanted && minute < 0) return
    const abort = new AbortController()
    // Without them the board is still of use, and they are tried again.
    const timer = setTimeout(() => read(abort.signal).catch(() => {}), SETTLED)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [wanted, minute])

  return hours
}
