import type { Tone } from '../../design/badge.tsx'
import { classNames } from '../../design/class-names.ts'
import { Skeleton } from '../../design/states.tsx'
import { type Status, statuses, type WebhooksState } from '../../words/bot-agent-words.ts'
import type { BoardCountsQuery } from './board.operations.ts'
import styles from './board-counts.module.css'
import type { BoardView } from './board-view.ts'

type Counts = BoardCountsQuery['botAgentCounts']

const places: readonly {
  label: string
  tone: Tone
  count: (counts: Counts) => number
  status?: Status
  webhooks?: WebhooksState
}[] = [
  { ...statuses.ACCEPTING_CHATS, count: ({ acceptingChats }) => acceptingChats, status: 'ACCEPTING_CHATS' },
  {
    ...statuses.NOT_ACCEPTING_CHATS,
    count: ({ notAcceptingChats }) => notAcceptingChats,
    status: 'NOT_ACCEPTING_CHATS',
  },
  { ...statuses.OFFLINE, count: ({ offline }) => offline, status: 'OFFLINE' },
  { label: 'Webhooks paused', tone: 'waiting', count: ({ webhooksPaused }) => webhooksPaused, webhooks: 'PAUSED' },
  {
    label: 'Webhooks disabled',
    tone: 'trouble',
    count: ({ webhooksDisabled }) => webhooksDisabled,
    webhooks: 'DISABLED',
  },
]

/** How many bots are in each state. Each number is also a filter. */
export function BoardCounts({
  counts,
  view,
  onChange,
}: {
  counts: Counts | undefined
  view: BoardView
  onChange: (changes: { status: readonly string[]; webhooks: readonly string[] }) => void
}) {
  return (
    <fieldset className={styles.counts}>
      <legend className="visually-hidden">Show only bots in these states</legend>
      {places.map(({ label, tone, count, status, webhooks }) => {
        const pressed =
          (status && view.statuses.includes(status)) || (webhooks && view.webhooks.includes(webhooks)) || false
        const number = counts && count(counts)
        return (
          <button
            key={label}
            type="button"
            className={styles.count}
            aria-pressed={pressed}
            onClick={() =>
              onChange({
                status: status ? toggled(view.statuses, status) : view.statuses,
                webhooks: webhooks ? toggled(view.webhooks, webhooks) : view.webhooks,
              })
            }
          >
            <span className={classNames(styles.number, number === 0 ? styles.none : styles[tone])}>
              {number === undefined ? <Skeleton width="2.5rem" height="1.5rem" /> : number.toLocaleString()}
            </span>
            {label}
          </button>
        )
      })}
    </fieldset>
  )
}

function toggled<Value>(values: readonly Value[], value: Value): Value[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value]
}
