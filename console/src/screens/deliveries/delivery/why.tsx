import { Icon } from '../../../design/icon.tsx'
import { Sentence } from '../../../design/sentence.tsx'
import { LoadingState, Skeleton } from '../../../design/states.tsx'
import { useQuery } from '../../../gateway/use-gateway.ts'
import { Failure } from '../../../shell/failure.tsx'
import styles from './delivery.module.css'
import { Explanation } from './delivery.operations.ts'

/** Why the event of the delivery matched. */
export function Why({ botAgentId, chatEventId }: { botAgentId: string; chatEventId: string }) {
  const { data, error, reload } = useQuery(Explanation, { botAgentId, chatEventId })
  if (error) return <Failure error={error} onRetry={reload} />
  if (!data) {
    return (
      <LoadingState label="Loading the explanation">
        <Skeleton height="6rem" />
      </LoadingState>
    )
  }
  if (!data.explainWebhook) return <p className={styles.hint}>The event is no longer kept.</p>
  return (
    <div className={styles.section}>
      <p className={styles.hint}>The event is as it was when it came. The bot and its filters are as they are now.</p>
      <ul className={styles.reasons}>
        {data.explainWebhook.reasons.map(({ filter, held, message }) => (
          <li key={`${filter} ${message}`} className={held ? styles.held : styles.notHeld}>
            <Icon name={held ? 'check' : 'close'} size={16} />
            <span>
              <span className="visually-hidden">{held ? 'Met: ' : 'Not met: '}</span>
              <Sentence text={message} />
              {filter && <code className={styles.filter}>{filter}</code>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
