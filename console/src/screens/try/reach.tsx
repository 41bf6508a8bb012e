import { Badge } from '../../design/badge.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { LoadingState, Skeleton } from '../../design/states.tsx'
import { useQuery } from '../../gateway/use-gateway.ts'
import { useAllows } from '../../session/use-session.ts'
import { actionLabel } from '../../words/action-words.ts'
import type { Bot } from './bot-picker.tsx'
import { DeliveryCard } from './delivery-card.tsx'
import styles from './try.module.css'
import { BotAgentsToTry, WhyOrWhyNot } from './try.operations.ts'
import { useDeliveries } from './use-deliveries.ts'

export interface Published {
  readonly id: string
  readonly action: string
  readonly matched: number
  readonly cursor: string | null
}

/** Whom an event has reached, live, and why it has not reached others. */
export function Reach({ published: { id, action, matched, cursor } }: { published: Published }) {
  const maySee = useAllows('agents-bot--my:ro')
  const all = useAllows('agents-bot--all:ro')
  const deliveries = useDeliveries({ filter: { chatEventId: id }, after: cursor })
  const { data } = useQuery(BotAgentsToTry, maySee ? { all } : undefined)
  const reached = new Set(deliveries.map(({ botAgentId }) => botAgentId))
  // Until all that matched are known, one of them would stand among the others for a moment.
  const isKnown = deliveries.length >= matched || !all
  const others = isKnown ? (data?.botAgents.nodes ?? []).filter((bot) => !reached.has(bot.id)) : []
  return (
    <div className={styles.reach}>
      <p role="status">
        <strong>{actionLabel(action)}</strong> matched {matched === 1 ? 'one bot' : `${matched} bots`}.
      </p>
      {!maySee && <ScopeNote to="see what bots receive" scope="agents-bot--my:ro" />}
      {deliveries.map((delivery) => (
        <div key={delivery.id} className={styles.withWhy}>
          <DeliveryCard delivery={delivery} />
          <Why botAgentId={delivery.botAgentId} chatEventId={id} />
        </div>
      ))}
      {others.length > 0 && <h3>Not reached</h3>}
      {others.map((bot) => (
        <NotReached key={bot.id} bot={bot} chatEventId={id} />
      ))}
      {maySee && !all && <ScopeNote to="see bots of other applications" scope="agents-bot--all:ro" />}
    </div>
  )
}

function NotReached({ bot, chatEventId }: { bot: Bot; chatEventId: string }) {
  return (
    <article className={styles.delivery} aria-label={bot.name}>
      <div className={styles.line}>
        <strong>{bot.name}</strong>
        <Badge tone="off">Not matched</Badge>
      </div>
      <Why botAgentId={bot.id} chatEventId={chatEventId} />
    </article>
  )
}

function Why({ botAgentId, chatEventId }: { botAgentId: string; chatEventId: string }) {
  const { data, error } = useQuery(WhyOrWhyNot, { botAgentId, chatEventId })
  if (error) return <p className={styles.small}>{error.message}</p>
  if (!data) {
    return (
      <LoadingState label="Loading why">
        <Skeleton height="1.25rem" />
      </LoadingState>
    )
  }
  return (
    <ul className={styles.why}>
      {data.explainWebhook?.reasons.map(({ filter, held, message }) => (
        <li key={`${filter} ${message}`} data-held={held}>
          {message}
        </li>
      ))}
    </ul>
  )
}
