import { LoadingState, Skeleton } from '../../../design/states.tsx'
import { Time } from '../../../design/time.tsx'
import { useQuery } from '../../../gateway/use-gateway.ts'
import { Link } from '../../../route/link.tsx'
import { Failure } from '../../../shell/failure.tsx'
import { actions } from '../../../words/action-words.ts'
import { pathOfDeliveries } from '../filter/delivery-view.ts'
import { Body } from './body.tsx'
import styles from './delivery.module.css'
import { EventOfDelivery } from './delivery.operations.ts'

/** What happened in the chat. */
export function Event({ id, all }: { id: string; all: boolean }) {
  const { data, error, reload } = useQuery(EventOfDelivery, { id })
  if (error) return <Failure error={error} onRetry={reload} />
  if (!data) {
    return (
      <LoadingState label="Loading the event">
        <Skeleton height="12rem" />
      </LoadingState>
    )
  }
  const event = data.chatEvent
  if (!event) return <p className={styles.hint}>The event is no longer kept.</p>
  return (
    <div className={styles.section}>
      <dl className={styles.facts}>
        <dt>Event</dt>
        <dd>
          <code>{event.id}</code>
        </dd>
        <dt>Action</dt>
        <dd>{actions[event.action]}</dd>
        <dt>Accepted</dt>
        <dd>
          <Time at={event.createdAt} />
        </dd>
        <dt>Matched</dt>
        <dd>
          <Link to={pathOfDeliveries({ event: event.id, of: all ? 'all' : undefined })}>
            {event.matched === 1 ? '1 bot' : `${event.matched} bots`}
          </Link>
        </dd>
      </dl>
      <Body label="Data of the event" text={JSON.stringify(event.data)} />
    </div>
  )
}
