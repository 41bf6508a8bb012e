import { useEffect, useRef, useState } from 'react'
import { useStream } from '../../gateway/use-gateway.ts'
import { Replayed } from './trouble.operations.ts'

/** A replay that was begun. */
export interface BegunReplay {
  readonly total: number
  readonly cursor: string
}

export interface ReplayProgress {
  readonly total: number
  /** Deliveries that were sent again, whatever came of it. */
  readonly sent: number
  readonly arrived: number
}

/** Milliseconds between drawings of a replay that is under way. */
const DRAWN_EACH = 100

/** Watches the deliveries of a replay being sent. */
export function useReplay(
  { botAgentId, all }: { botAgentId: string; all: boolean },
  begun: BegunReplay | undefined,
): ReplayProgress | undefined {
  const [drawn, setDrawn] = useState({ sent: 0, arrived: 0 })
  /** Whether it has arrived, of each delivery that was sent. */
  const outcomes = useRef(new Map<string, boolean>())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    // Those of the replay before.
    if (begun) outcomes.current.clear()
    setDrawn({ sent: 0, arrived: 0 })
    return () => clearTimeout(timer.current)
  }, [begun])

  useStream(Replayed, begun && { all, botAgentIds: [botAgentId], after: begun.cursor }, {
    next: ({ webhookDeliveryUpdated: { attempt, state, delivery } }) => {
      if (!attempt?.replay) return
      outcomes.current.set(delivery.id, state === 'SUCCEEDED')
      timer.current ??= setTimeout(() => {
        timer.current = undefined
        const arrived = [...outcomes.current.values()].filter(Boolean).length
        setDrawn({ sent: outcomes.current.size, arrived })
      }, DRAWN_EACH)
    },
  })
  return begun && { total: Math.max(begun.total, drawn.sent), ...drawn }
}
