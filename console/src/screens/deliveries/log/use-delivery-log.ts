import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react'
import type { GatewayError } from '../../../gateway/gateway-error.ts'
import { asGatewayError, useGateway, useStream } from '../../../gateway/use-gateway.ts'
import { lastingConditions } from '../filter/conditions.ts'
import type { DeliveryView } from '../filter/delivery-view.ts'
import { type DeliveryLog, withFreshShown, withPage, withUpdates } from './delivery-log.ts'
import { LogUpdated, PageOfLog } from './log.operations.ts'
import { WaitingUpdates } from './waiting-updates.ts'

const PAGE = 100
/** Milliseconds for which updates are gathered, so that a busy stream is drawn a few times a second. */
const GATHERED_FOR = 80
/** Milliseconds after which a gateway that has just started is asked again for the cursor of its feed. */
const AGAIN = 400

interface Read {
  /** Of which view. */
  readonly asked: string
  readonly log: DeliveryLog
  /** Where the stream begins. */
  readonly cursor: string
}

export interface LiveLog {
  /** `undefined` until the first page has been read. */
  readonly log: DeliveryLog | undefined
  /** It is that of the former view, as the one of this view is being read. */
  readonly stale: boolean
  readonly error: GatewayError | undefined
  /** Why the next page could not be read. */
  readonly pageError: GatewayError | undefined
  /** How many deliveries have changed or come in since it was paused. */
  readonly heldBack: number
  readonly more: () => void
  /** Puts what gathered above the rows. */
  readonly showFresh: () => void
  readonly reload: () => void
}

/**
 * The log, and all that happens to it.
 * @param options.following what is new is shown at once
 * @param options.paused nothing changes
 * @param options.onChange something has happened
 */
export function useDeliveryLog(
  view: DeliveryView,
  { following, paused, onChange }: { following: boolean; paused: boolean; onChange: () => void },
): LiveLog {
  const gateway = useGateway()
  const [turn, setTurn] = useState(0)
  const [read, setRead] = useState<Read>()
  const [failed, setFailed] = useState<{ asked: string; error: GatewayError }>()
  const [pageFailed, setPageFailed] = useState<{ asked: string; error: GatewayError }>()
  const asked = JSON.stringify([turn, view])
  const orderBy = view.oldestFirst ? 'OLDEST_FIRST' : 'NEWEST_FIRST'

  const readFirst = useEffectEvent(async (signal: AbortSignal) => {
    const { all, filter } = view
    for (;;) {
      const { webhookDeliveries: page } = await gateway.run(
        PageOfLog,
        { all, filter, orderBy, first: PAGE },
        { signal },
      )
      const next = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined
      const log: DeliveryLog = { rows: page.nodes, fresh: [], next: next ? { after: next } : undefined }
      if (page.cursor) return { asked, log, cursor: page.cursor }
      await new Promise((resolve) => setTimeout(resolve, AGAIN))
      signal.throwIfAborted()
    }
  })
  useEffect(() => {
    const abort = new AbortController()
    readFirst(abort.signal).then(
      (first) => abort.signal.aborted || setRead(first),
      (error: unknown) => abort.signal.aborted || setFailed({ asked, error: asGatewayError(error) }),
    )
    return () => abort.abort()
  }, [asked])

  const reload = useCallback(() => setTurn((turn) => turn + 1), [])

  const isCurrent = read?.asked === asked
  const [waiting] = useState(() => new WaitingUpdates())
  const [heldBack, setHeldBack] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const show = useEffectEvent(() => {
    clearTimeout(timer.current)
    timer.current = undefined
    if (paused) return setHeldBack(waiting.count)
    if (waiting.isFull) return reload()
    const updates = waiting.take()
    setHeldBack(0)
    if (updates.length > 0) onChange()
    setRead((read) => {
      if (!read) return read
      const log = withUpdates(read.log, updates, view)
      return { ...read, log: following ? withFreshShown(log) : log }
    })
  })
  useEffect(() => {
    if (following || !paused) show()
  }, [following, paused])
  useEffect(() => () => clearTimeout(timer.current), [])

  const from = isCurrent ? { all: view.all, filter: lastingConditions(view.filter), after: read.cursor } : undefined
  useEffect(() => {
    // They are of the former stream.
    if (asked) waiting.take()
    setHeldBack(0)
  }, [asked, waiting])
  useStream(LogUpdated, from, {
    next: ({ webhookDeliveryUpdated: { delivery } }) => {
      waiting.add(delivery)
      timer.current ??= setTimeout(show, GATHERED_FOR)
    },
    ended: (error) => {
      if (error.code === 'CURSOR_EXPIRED') reload()
      else setFailed({ asked, error })
    },
  })

  const reading = useRef<string>(undefined)
  const more = useEffectEvent(async () => {
    const next = read?.log.next
    if (!isCurrent || !next || reading.current === asked) return
    reading.current = asked
    setPageFailed(undefined)
    try {
      const { from, after } = next
      const filter = { ...view.filter, ...from }
      const variables = { all: view.all, filter, orderBy, first: PAGE, ...(after && { after }) } as const
      const { webhookDeliveries: page } = await gateway.run(PageOfLog, variables)
      const { hasNextPage, endCursor } = page.pageInfo
      const behind = (hasNextPage && endCursor) || undefined
      setRead((read) =>
        read?.asked === asked && read.log.next === next
          ? { ...read, log: withPage(read.log, { nodes: page.nodes, next: behind }) }
          : read,
      )
    } catch (error) {
      setPageFailed({ asked, error: asGatewayError(error) })
    } finally {
      if (reading.current === asked) reading.current = undefined
    }
  })

  const showFresh = useCallback(() => setRead((read) => read && { ...read, log: withFreshShown(read.log) }), [])

  return {
    log: read?.log,
    stale: read !== undefined && !isCurrent,
    error: failed?.asked === asked ? failed.error : undefined,
    pageError: pageFailed?.asked === asked ? pageFailed.error : undefined,
    heldBack,
    more,
    showFresh,
    reload,
  }
}
