import { useState } from 'react'
import { EmptyState, LoadingState, Skeleton } from '../../design/states.tsx'
import { Link } from '../../route/link.tsx'
import { pathOf } from '../../route/route.ts'
import { useSearch } from '../../route/use-route.ts'
import { useAllows } from '../../session/use-session.ts'
import { Failure } from '../../shell/failure.tsx'
import { Outdated } from '../../shell/outdated.tsx'
import { Screen } from '../../shell/screen.tsx'
import { WhoseBots } from '../../shell/whose-bots.tsx'
import { pathOfDeliveries } from '../deliveries/filter/delivery-view.ts'
import { BotTrouble } from './bot-trouble.tsx'
import { Causes } from './causes.tsx'
import { Notices } from './notices.tsx'
import styles from './trouble.module.css'
import type { TroubledBotsQuery } from './trouble.operations.ts'
import { useTrouble } from './use-trouble.ts'

/** What does not arrive, why, and what can be done. */
export default function TroubleScreen() {
  const [search, changeSearch] = useSearch()
  const mayReadAll = useAllows('agents-bot--all:ro')
  const all = mayReadAll && search.get('of') === 'all'
  const { data, causes, error, notices, turnOf, readAnew, retry } = useTrouble(all)
  return (
    <Screen title="Trouble" actions={<WhoseBots all={all} onChange={changeSearch} />}>
      {!data ? (
        error ? (
          <Failure error={error} onRetry={retry} />
        ) : (
          <LoadingState label="Loading trouble">
            <div className={styles.tiles}>
              {['paused', 'disabled', 'held', 'failed'].map((tile) => (
                <Skeleton key={tile} height="5rem" />
              ))}
            </div>
          </LoadingState>
        )
      ) : (
        <>
          {error && <Outdated error={error} onRetry={retry} />}
          <Tiles data={data} all={all} />
          <div className={styles.columns}>
            <Bots key={String(all)} data={data} all={all} turnOf={turnOf} onChange={readAnew} />
            <div className={styles.side}>
              {causes && <Causes causes={causes} all={all} />}
              <Notices notices={notices} />
            </div>
          </div>
        </>
      )}
    </Screen>
  )
}

function Tiles({ data, all }: { data: TroubledBotsQuery; all: boolean }) {
  const of = all ? 'all' : undefined
  const { webhooksPaused, webhooksDisabled } = data.botAgentCounts
  const board = (webhooks: string) => {
    const search = new URLSearchParams({ webhooks, ...(of && { of }) })
    return `${pathOf({ screen: 'board' })}?${search}`
  }
  const tiles = [
    {
      label: 'Webhooks paused',
      count: webhooksPaused,
      isExact: true,
      to: board('PAUSED'),
      tone: styles.waiting,
    },
    {
      label: 'Webhooks disabled',
      count: webhooksDisabled,
      isExact: true,
      to: board('DISABLED'),
      tone: styles.trouble,
    },
    {
      label: 'Held deliveries',
      count: data.held.totalCount,
      isExact: data.held.totalCountIsExact,
      to: pathOfDeliveries({ state: 'HELD', of }),
      tone: styles.accent,
    },
    {
      label: 'Failed deliveries',
      count: data.failed.totalCount,
      isExact: data.failed.totalCountIsExact,
      to: pathOfDeliveries({ state: 'FAILED', ping: 'no', of }),
      tone: styles.trouble,
    },
  ]
  return (
    <ul className={styles.tiles}>
      {tiles.map(({ label, count, isExact, to, tone }) => (
        <li key={label}>
          <Link to={to} className={styles.tile}>
            <strong className={count > 0 ? tone : undefined}>
              {count.toLocaleString()}
              {!isExact && '+'}
            </strong>
            {label}
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** Bots whose webhooks are not sent, and those of the latest deliveries that did not arrive. */
function Bots({
  data,
  all,
  turnOf,
  onChange,
}: {
  data: TroubledBotsQuery
  all: boolean
  turnOf: (id: string) => number
  onChange: (id: string) => void
}) {
  const ids = [
    ...new Set([
      ...data.botAgents.nodes.map(({ id }) => id),
      ...data.held.nodes.map(({ botAgentId }) => botAgentId),
      ...data.failed.nodes.map(({ botAgentId }) => botAgentId),
    ]),
  ]
  const seen = useSeen(ids)
  return (
    <section aria-labelledby="bots" className={styles.section}>
      <h2 id="bots" className={ids.length === 0 ? 'visually-hidden' : undefined}>
        By bot
      </h2>
      {ids.length === 0 && (
        <EmptyState icon="check" tone="ok" title="Everything arrives">
          No webhooks are paused or disabled, and no delivery is held or has failed.
        </EmptyState>
      )}
      <ul className={styles.cards}>
        {seen.map((id) => (
          <BotTrouble key={id} id={id} all={all} turn={turnOf(id)} onChange={onChange} />
        ))}
      </ul>
    </section>
  )
}

/** All ids that there have been: a bot whose trouble ends still shows how its replay goes, and none changes its place. */
function useSeen(ids: readonly string[]): readonly string[] {
  const [seen, setSeen] = useState(ids)
  const unseen = ids.filter((id) => !seen.includes(id))
  if (unseen.length > 0) setSeen([...seen, ...unseen])
  return seen
}
