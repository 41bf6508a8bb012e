import { useCallback, useEffect, useState } from 'react'
import { Button, buttonClass } from '../../design/button.tsx'
import { classNames } from '../../design/class-names.ts'
import { Icon } from '../../design/icon.tsx'
import { EmptyState, LoadingState, NoMatchState, Skeleton } from '../../design/states.tsx'
import { useCalledLater } from '../../gateway/use-called-later.ts'
import { useQuery } from '../../gateway/use-gateway.ts'
import { Link } from '../../route/link.tsx'
import { pathOf, SHOWN } from '../../route/route.ts'
import { useSearch } from '../../route/use-route.ts'
import { useAllows } from '../../session/use-session.ts'
import { Failure } from '../../shell/failure.tsx'
import { NextPage } from '../../shell/next-page.tsx'
import { Outdated } from '../../shell/outdated.tsx'
import { Screen } from '../../shell/screen.tsx'
import { countWords } from '../../words/delivery-words.ts'
import styles from './deliveries-screen.module.css'
import { DeliveryDrawer } from './delivery/delivery-drawer.tsx'
import { meetsChangingConditions } from './filter/conditions.ts'
import { type DeliveryView, isFiltered, noFilters, useDeliveryView } from './filter/delivery-view.ts'
import { CountOfDeliveries } from './filter/filter.operations.ts'
import { FilterBar } from './filter/filter-bar.tsx'
import { DeliveryList } from './log/delivery-list.tsx'
import type { Delivery } from './log/delivery-log.ts'
import { NewDeliveries } from './log/new-deliveries.tsx'
import { useDeliveryLog } from './log/use-delivery-log.ts'

/** Milliseconds after a change when all deliveries are counted anew. It costs a statement. */
const COUNT_AFTER = 3_000

/** The log, live. */
export default function DeliveriesScreen() {
  const [search, changeSearch] = useSearch()
  const mayReadAll = useAllows('agents-bot--all:ro')
  const view = useDeliveryView(search, mayReadAll)
  const shownId = search.get(SHOWN) ?? undefined
  const [paused, setPaused] = useState(false)
  const atTop = useAtTop()
  const following = atTop && !paused && !shownId

  const count = useQuery(CountOfDeliveries, { all: view.all, filter: view.filter })
  const countSoon = useCalledLater(count.reload, COUNT_AFTER)
  const { log, stale, error, pageError, heldBack, more, showFresh, reload } = useDeliveryLog(view, {
    following,
    paused,
    onChange: countSoon,
  })
  const passes = (delivery: Delivery) => stale || meetsChangingConditions(delivery, view.filter)
  const toTop = () => {
    setPaused(false)
    showFresh()
    scrollTo({ top: 0 })
  }
  const close = useCallback(() => changeSearch({ [SHOWN]: undefined }), [changeSearch])

  const [onlyBot] = view.filter.botAgentIds ?? []
  const counted = count.data?.webhookDeliveries
  const isEmpty = log !== undefined && !stale && log.rows.length === 0 && !log.next
  return (
    <div className={classNames(styles.log, shownId && styles.beside)}>
      <Screen
        title="Deliveries"
        aside={<span className={styles.count}>{counted && !error && countWords(counted)}</span>}
        actions={
          <>
            {onlyStuck(view) && (
              <Link className={buttonClass({})} to={`${pathOf({ screen: 'trouble' })}${view.all ? '?of=all' : ''}`}>
                <Icon name="replay" size={16} />
                Replay many
              </Link>
            )}
            {log && (
              <Button icon={paused ? 'try' : 'pause'} onClick={() => setPaused(!paused)}>
                {!paused ? 'Pause' : heldBack > 0 ? `Resume, ${heldBack.toLocaleString()} changed` : 'Resume'}
              </Button>
            )}
          </>
        }
      >
        <FilterBar view={view} search={search} onChange={changeSearch} />
        {error && !log ? (
          <Failure error={error} onRetry={reload} />
        ) : !log ? (
          <LoadingLog />
        ) : (
          <>
            {error && <Outdated error={error} onRetry={reload} />}
            <NewDeliveries count={log.fresh.length} onShow={toTop} />
            {isEmpty ? (
              isFiltered(view) ? (
                <>
                  <NoMatchState title="No delivery passes the filters" onReset={() => changeSearch(noFilters)} />
                  {onlyBot && (
                    <p className={styles.end}>
                      Did you expect one?
                      <Link to={pathOf({ screen: 'bot-agent', id: onlyBot })}>
                        See which of the latest events this bot hears, and why not the others
                      </Link>
                    </p>
                  )}
                </>
              ) : (
                <EmptyState icon="deliveries" title="No deliveries yet">
                  A delivery appears here as soon as an event matches the webhooks of a bot.
                </EmptyState>
              )
            ) : (
              <DeliveryList
                rows={log.rows}
                hasMore={log.next !== undefined}
                nextPage={stale || pageError ? undefined : log.next}
                stale={stale}
                shownId={shownId}
                passes={passes}
                onMore={more}
              />
            )}
            <NextPage
              error={pageError}
              hasMore={log.next !== undefined}
              isEmpty={log.rows.length === 0}
              onMore={more}
            />
          </>
        )}
        <DeliveryDrawer id={shownId} all={mayReadAll} onClose={close} />
      </Screen>
    </div>
  )
}

/** Only deliveries that can be replayed together, as one does on the screen of trouble. */
function onlyStuck({ filter: { states } }: DeliveryView): boolean {
  return (states ?? []).length > 0 && (states ?? []).every((state) => state === 'FAILED' || state === 'HELD')
}

function LoadingLog() {
  return (
    <LoadingState label="Loading deliveries">
      <div className={styles.skeletons}>
        {Array.from({ length: 12 }, (_, index) => (
          // They are all the same.
          // biome-ignore lint/suspicious/noArrayIndexKey: nothing moves
          <Skeleton key={index} height="1.25rem" />
        ))}
      </div>
    </LoadingState>
  )
}

/** Distance from the top within which somebody follows rather than reads. */
const TOP = 40

function useAtTop(): boolean {
  const [atTop, setAtTop] = useState(true)
  useEffect(() => {
    const look = () => setAtTop(window.scrollY < TOP)
    look()
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [])
  return atTop
}
