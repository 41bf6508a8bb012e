import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Connection } from './connection.ts'
import type { Gateway } from './gateway.ts'
import { GatewayError } from './gateway-error.ts'
import type { Operation } from './operation.ts'

export const GatewayContext = createContext<Gateway | undefined>(undefined)

export function useGateway(): Gateway {
  const gateway = useContext(GatewayContext)
  if (!gateway) throw new Error('There is no gateway around this component.')
  return gateway
}

export function useConnection(): Connection {
  const { connection } = useGateway()
  return useSyncExternalStore(connection.subscribe, connection.current)
}

export interface Query<Data> {
  /** The last result. It stays while the next one is loading, and if that fails. */
  readonly data: Data | undefined
  readonly error: GatewayError | undefined
  readonly loading: boolean
  readonly reload: () => void
}

interface Outcome<Data> {
  readonly asked: string
  readonly data?: Data | undefined
  readonly error?: GatewayError | undefined
}

/** Runs a query, and again when its variables change. @param variables `undefined`: not yet, or not at all */
export function useQuery<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables | undefined,
): Query<Data> {
  const gateway = useGateway()
  const [turn, setTurn] = useState(0)
  const asked = variables && `${turn} ${operation.text} ${JSON.stringify(variables)}`
  const [outcome, setOutcome] = useState<Outcome<Data>>({ asked: '' })
  const run = useEffectEvent((signal: AbortSignal) => gateway.run(operation, variables as Variables, { signal }))

  useEffect(() => {
    if (!asked) return
    const abort = new AbortController()
    run(abort.signal).then(
      (data) => abort.signal.aborted || setOutcome({ asked, data }),
      (error: unknown) => {
        if (abort.signal.aborted) return
        setOutcome(({ data }) => ({ asked, data, error: asGatewayError(error) }))
      },
    )
    return () => abort.abort()
  }, [asked])

  const reload = useCallback(() => setTurn((turn) => turn + 1), [])
  return { data: outcome.data, error: outcome.error, loading: asked !== undefined && outcome.asked !== asked, reload }
}

export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('failed', error instanceof Error ? error.message : 'Something went wrong.')
}

/**
 * Follows a subscription, and anew when its variables change. Changes of the two functions do not matter.
 * @param variables `undefined`: not yet, as when the list has not been read whose cursor is `after`
 */
export function useStream<Data, Variables extends { after?: string | null | undefined }>(
  operation: Operation<Data, Variables>,
  variables: Variables | undefined,
  sink: { next: (data: Data) => void; ended?: (error: GatewayError) => void },
): void {
  const gateway = useGateway()
  const asked = variables && JSON.stringify(variables)
  const next = useEffectEvent(sink.next)
  const ended = useEffectEvent((error: GatewayError) => sink.ended?.(error))
  const follow = useEffectEvent(() => gateway.follow(operation, variables as Variables, { next, ended }))
  useEffect(() => (asked ? follow() : undefined), [asked])
}
