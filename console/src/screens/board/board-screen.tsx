import { LoadingState, Skeleton } from '../../design/states.tsx'
import { useQuery } from '../../gateway/use-gateway.ts'
import { Failure } from '../../shell/failure.tsx'
import { Screen } from '../../shell/screen.tsx'
import { BoardCounts } from './board.operations.ts'

export default function BoardScreen() {
  const { data, error, reload } = useQuery(BoardCounts, { all: false })
  return (
    <Screen title="Bots">
      {error && <Failure error={error} onRetry={reload} />}
      {!error && !data && (
        <LoadingState label="Loading bots">
          <Skeleton height="3rem" />
        </LoadingState>
      )}
      {data && <p>{data.botAgentCounts.total} bots</p>}
    </Screen>
  )
}
