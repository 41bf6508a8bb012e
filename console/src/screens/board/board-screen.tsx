import { buttonClass } from '../../design/button.tsx'
import { Icon } from '../../design/icon.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { EmptyState, LoadingState, NoMatchState, Skeleton } from '../../design/states.tsx'
import { useCalledLater } from '../../gateway/use-called-later.ts'
import { useQuery } from '../../gateway/use-gateway.ts'
import { Link } from '../../route/link.tsx'
import { pathOf } from '../../route/route.ts'
import { useSearch } from '../../route/use-route.ts'
import { useAllows } from '../../session/use-session.ts'
import { Failure } from '../../shell/failure.tsx'
import { NextPage } from '../../shell/next-page.tsx'
import { Outdated } from '../../shell/outdated.tsx'
import { Screen } from '../../shell/screen.tsx'
import { BoardCounts as CountsOfBoard } from './board.operations.ts'
import { BoardCounts } from './board-counts.tsx'
import { BoardFilters } from './board-filters.tsx'
import styles from './board-screen.module.css'
import { BoardTable } from './board-table.tsx'
import { type BoardView, isFiltered, viewOf } from './board-view.ts'
import { LatestChanges } from './latest-changes.tsx'
import { type LiveBoard, useBoard } from './use-board.ts'

/** Many changes at once are counted once. */
const COUNT_AFTER = 400

export default function BoardScreen() {
  const [search, changeSearch] = useSearch()
  const mayReadAll = useAllows('agents-bot--all:ro')
  const mayCreate = useAllows('agents-bot--my:rw')
  const view = viewOf(search, mayReadAll)
  const counts = useQuery(CountsOfBoard, { all: view.all })
  const countSoon = useCalledLater(counts.reload, COUNT_AFTER)
  const board = useBoard(view, countSoon)
  const error = board.error ?? counts.error
  const reload = () => {
    board.reload()
    counts.reload()
  }
  const reset = () => changeSearch({ name: undefined, status: undefined, webhooks: undefined, group: undefined })

  return (
    <Screen
      title="Bots"
      aside={board.list && <span className={styles.total}>{totalOf(board.list.total, view)}</span>}
      actions={mayCreate ? <NewBot /> : <ScopeNote to="create bots" scope="agents-bot--my:rw" />}
    >
      {error && !board.list ? (
        <Failure error={error} onRetry={reload} />
      ) : (
        <>
          {error && <Outdated error={error} onRetry={reload} />}
          <BoardCounts counts={counts.data?.botAgentCounts} view={view} onChange={changeSearch} />
          <BoardFilters view={view} onChange={changeSearch} onReset={reset} />
          <div className={styles.columns}>
            <Bots board={board} view={view} mayCreate={mayCreate} onReset={reset} />
            <LatestChanges changes={board.changes} />
          </div>
        </>
      )}
    </Screen>
  )
}

function Bots({
  board,
  view,
  mayCreate,
  onReset,
}: {
  board: LiveBoard
  view: BoardView
  mayCreate: boolean
  onReset: () => void
}) {
  if (!board.list) {
    return (
      <div className={styles.panel}>
        <LoadingState label="Loading bots">
          <div className={styles.skeletons}>
            {[...'abcdefgh'].map((line) => (
              <Skeleton key={line} />
            ))}
          </div>
        </LoadingState>
      </div>
    )
  }
  if (board.list.bots.length > 0) {
    return (
      <div>
        <BoardTable board={board} view={view} />
        {board.list.next !== undefined && (
          <NextPage error={board.pageError} hasMore isEmpty={false} onMore={board.more} />
        )}
      </div>
    )
  }
  if (isFiltered(view)) return <NoMatchState title="No bot matches" onReset={onReset} />
  return (
    <EmptyState icon="bots" title="There are no bots yet" actions={mayCreate && <NewBot />}>
      {view.all ? 'No application of this license has a bot.' : 'Your application has no bot.'} Each appears here as
      soon as it is created.
    </EmptyState>
  )
}

function NewBot() {
  return (
    <Link className={buttonClass({ look: 'primary' })} to={pathOf({ screen: 'new-bot-agent' })}>
      <Icon name="plus" size={16} />
      New bot
    </Link>
  )
}

function totalOf(total: number, view: BoardView): string {
  const bots = total === 1 ? '1 bot' : `${total.toLocaleString()} bots`
  return isFiltered(view) ? `${bots} found` : bots
}
