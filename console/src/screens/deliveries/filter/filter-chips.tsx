import { IconButton } from '../../../design/button.tsx'
import { Time } from '../../../design/time.tsx'
import { useQuery } from '../../../gateway/use-gateway.ts'
import type { SearchChanges } from '../../../route/use-route.ts'
import { actions } from '../../../words/action-words.ts'
import { attemptErrors } from '../../../words/delivery-words.ts'
import type { DeliveryView, Parameter } from './delivery-view.ts'
import { BotsById } from './filter.operations.ts'
import styles from './filter-bar.module.css'

/** Each filter that is set, but for those that are always in sight, and how to remove it. */
export function FilterChips({
  view: { all, oldestFirst, filter },
  onChange,
}: {
  view: DeliveryView
  onChange: (changes: SearchChanges) => void
}) {
  const bots = filter.botAgentIds ?? []
  const { data } = useQuery(BotsById, bots.length > 0 ? { all, ids: bots } : undefined)
  const nameOf = (id: string) => data?.botAgents.nodes.find((bot) => bot.id === id)?.name ?? id.slice(0, 8)
  const without = <Item,>(items: readonly Item[] | null | undefined, item: Item) =>
    (items ?? []).filter((other) => other !== item)

  const chips: {
    key: string
    text: string
    at?: string
    changes: Partial<Record<Parameter | 'order', readonly string[]>>
  }[] = [
    ...bots.map((id) => ({ key: id, text: `Bot: ${nameOf(id)}`, changes: { bot: without(bots, id) } })),
    ...(filter.actions ?? []).map((action) => ({
      key: action,
      text: actions[action],
      changes: { action: without(filter.actions, action) },
    })),
    ...(filter.errors ?? []).map((error) => ({
      key: error,
      text: attemptErrors[error],
      changes: { error: without(filter.errors, error) },
    })),
  ]
  const single = (parameter: Parameter, text: string | undefined, at?: string) => {
    if (text) chips.push({ key: parameter, text, ...(at && { at }), changes: { [parameter]: [] } })
  }
  single('status', filter.statusCodes ? `Status ${filter.statusCodes.map(rangeWords).join(', ')}` : undefined)
  single('chat', filter.chatId ? `Chat ${filter.chatId}` : undefined)
  single('event', filter.chatEventId ? `Event ${filter.chatEventId}` : undefined)
  single('replayed', booleanWords(filter.replayed, 'Replayed', 'Never replayed'))
  single('ping', booleanWords(filter.ping, 'Only pings and examples', 'Without pings and examples'))
  single('since', filter.createdSince ? 'Since ' : undefined, filter.createdSince ?? undefined)
  single('until', filter.createdUntil ? 'Until ' : undefined, filter.createdUntil ?? undefined)

  if (oldestFirst) chips.push({ key: 'order', text: 'Oldest first', changes: { order: [] } })

  if (chips.length === 0) return null
  return (
    <ul className={styles.chips} aria-label="Filters that are set">
      {chips.map(({ key, text, at, changes }) => (
        <li key={key} className={styles.chip}>
          <span className={styles.chipText}>
            {text}
            {at && <Time at={at} />}
          </span>
          <IconButton
            icon="close"
            size="small"
            label={`Remove the filter ${text.trim()}`}
            onClick={() => onChange(changes)}
          />
        </li>
      ))}
    </ul>
  )
}

function rangeWords({ from, to }: { from: number; to: number }): string {
  return from === to ? `${from}` : `${from}–${to}`
}

function booleanWords(value: boolean | null | undefined, yes: string, no: string): string | undefined {
  return value === true ? yes : value === false ? no : undefined
}
