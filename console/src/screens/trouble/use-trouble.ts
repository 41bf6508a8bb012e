import { useCallback, useEffect, useRef, useState } from 'react'
import { useCalledLater } from '../../gateway/use-called-later.ts'
import { useQuery, useStream } from '../../gateway/use-gateway.ts'
import type { TroubleNoticedSubscription } from './trouble.operations.ts'
import { CausesOfFailure, FollowedFrom, Replayed, Stuck, TroubledBots, TroubleNoticed } from './trouble.operations.ts'

export type Notice = TroubleNoticedSubscription['webhooksStateChanged']

/** Milliseconds for which changes are gathered before what they are about is read anew. */
const GATHERED_FOR = 700
const MOST_NOTICES = 50
/** Milliseconds after which a gateway that has just started is asked again for the cursor of its feed. */
const AGAIN = 500

/** What does not arrive, kept up to date. */
export function useTrouble(all: boolean) {
  const from = useQuery(FollowedFrom, {})
  const cursor = from.data?.cursor ?? undefined
  const bots = useQuery(TroubledBots, cursor ? { all } : undefined)
  const causes = useQuery(CausesOfFailure, cursor ? { all } : undefined)
  const [notices, setNotices] = useState<readonly Notice[]>([])
  /** Grows with each change of a bot. */
  const [turns, setTurns] = useState<ReadonlyMap<string, number>>(new Map())

  const { reload: reloadFrom } = from
  const isUnknown = from.data !== undefined && !cursor
  useEffect(() => {
    if (!isUnknown) return
    const timer = setTimeout(reloadFrom, AGAIN)
    return () => clearTimeout(timer)
  }, [isUnknown, reloadFrom])

  const changed = useRef(new Set<string>())
  const { reload: reloadBots } = bots
  const { reload: reloadCauses } = causes
  const readChanged = useCallback(() => {
    const ids = [...changed.current]
    changed.current.clear()
    setTurns((turns) => new Map([...turns, ...ids.map((id) => [id, (turns.get(id) ?? 0) + 1] as const)]))
    reloadBots()
    reloadCauses()
  }, [reloadBots, reloadCauses])
  const readSoon = useCalledLater(readChanged, GATHERED_FOR)
  const readAnew = useCallback(
    (botAgentId: string) => {
      changed.current.add(botAgentId)
      readSoon()
    },
    [readSoon],
  )

  const following = cursor ? { all, after: cursor } : undefined
  const ended = () => from.reload()
  useStream(TroubleNoticed, following, {
    next: ({ webhooksStateChanged: notice }) => {
      setNotices((notices) => [notice, ...notices].slice(0, MOST_NOTICES))
      readAnew(notice.botAgentId)
    },
    ended,
  })
  useStream(Stuck, following, {
    next: ({ webhookDeliveryUpdated: { delivery } }) => readAnew(delivery.botAgentId),
    ended,
  })
  useStream(Replayed, following, {
    next: ({ webhookDeliveryUpdated: { delivery } }) => readAnew(delivery.botAgentId),
    ended,
  })

  const retry = () => {
    from.reload()
    bots.reload()
    causes.reload()
  }
  return {
    data: bots.data,
    causes: causes.data,
    error: from.error ?? bots.error,
    notices,
    turnOf: (id: string) => turns.get(id) ?? 0,
    readAnew,
    retry,
  }
}
