import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react'
import type { GatewayError } from '../../gateway/gateway-error.ts'
import { asGatewayError, useGateway, useStream } from '../../gateway/use-gateway.ts'
import { Board, BoardBotChanged, BoardStatusChanged, type BoardStatusChangedSubscription } from './board.operations.ts'
import { type BoardList, withChange, withPage } from './board-list.ts'
import { type BoardView, filterOf } from './board-view.ts'

export type StatusChange = BoardStatusChangedSubscription['botAgentStatusChanged']

const PAGE = 100
/** Groups are whole only when all bots have been read, so so many are read at once. */
const AT_ONCE = 1_000
/** The last changes, for those who have looked away. */
const KEPT_CHANGES = 12

export interface LiveBoard {
  /** `undefined` while the first page is loading. */
  readonly list: BoardList | undefined
  readonly error: GatewayError | undefined
  /** Why the next page could not be read. */
  readonly pageError: GatewayError | undefined
  /** Whether what is shown belongs to a former choice, and the present one is loading. */
  readonly stale: boolean
  readonly changes: readonly StatusChange[]
  readonly more: () => void
  readonly reload: () => void
}

/** The bots that a reader has chosen to see, kept up to date. */
export function useBoard(view: BoardView, onChange: () => void): LiveBoard {
  const gateway = useGateway()
  const [turn, setTurn] = useState(0)
  const asked = JSON.stringify([turn, view.all, filterOf(view), view.order])
  const [read, setRead] = useState<{ asked: string; list: BoardList } | undefined>()
  const [error, setError] = useState<GatewayError | undefined>()
  const [pageError, setPageError] = useState<GatewayError | undefined>()
  const [changes, setChanges] = useState<readonly StatusChange[]>([])
  const reading = useRef<AbortController>(undefined)

  const readPage = async (list: BoardList | undefined, signal: AbortSignal) => {
    const variables = {
      all: view.all,
      filter: filterOf(view),
      orderBy: view.order,
      first: PAGE,
      ...(list?.next && { after: list.next }),
    }
    const page = await gateway.run(Board, variables, { signal })
    if (signal.aborted) return
    setError(undefined)
    setRead((last) => ({ asked, list: withPage(list && last?.asked === asked ? last.list : list, page) }))
  }
  const begin = useEffectEvent((signal: AbortSignal) => {
    readPage(undefined, signal).catch((error: unknown) => signal.aborted || setError(asGatewayError(error)))
  })

  useEffect(() => {
    const abort = new AbortController()
    reading.current = abort
    setPageError(undefined)
    if (asked) begin(abort.signal)
    return () => abort.abort()
  }, [asked])

  const list = read?.list
  const current = read?.asked === asked ? read.list : undefined
  const readingMore = useRef<string>(undefined)
  const more = () => {
    const signal = reading.current?.signal
    if (!current?.next || !signal || readingMore.current === current.next) return
    readingMore.current = current.next
    setPageError(undefined)
    readPage(current, signal).catch((error: unknown) => {
      readingMore.current = undefined
      if (!signal.aborted) setPageError(asGatewayError(error))
    })
  }

  const wantsMore = view.layout === 'groups' && current && current.bots.length < AT_ONCE ? current.next : undefined
  const readOn = useEffectEvent(more)
  useEffect(() => {
    if (wantsMore) readOn()
  }, [wantsMore])

  const reload = useCallback(() => setTurn((turn) => turn + 1), [])
  const ended = (failure: GatewayError) => (failure.code === 'CURSOR_EXPIRED' ? reload() : setError(failure))
  const from = current && { all: view.all, ...(current.cursor && { after: current.cursor }) }
  useStream(BoardBotChanged, from, {
    next({ botAgentChanged }) {
      setRead((last) => last && { ...last, list: withChange(last.list, botAgentChanged, view) })
      onChange()
    },
    ended,
  })
  useStream(BoardStatusChanged, from, {
    next({ botAgentStatusChanged }) {
      setChanges((last) => [botAgentStatusChanged, ...last].slice(0, KEPT_CHANGES))
    },
  })

  return { list, error, pageError, stale: list !== undefined && !current, changes, more, reload }
}
