import { Button } from '../../design/button.tsx'
import styles from './trouble.module.css'
import type { WebhooksState } from './trouble.operations.ts'
import type { ReplayProgress } from './use-replay.ts'

/** How far a replay is. @param props.state of the webhooks: while they are not active, nothing is sent */
export function Progress({
  progress: { total, sent, arrived },
  state,
  onHide,
}: {
  progress: ReplayProgress
  state: WebhooksState
  onHide: () => void
}) {
  const isOver = sent >= total
  const failed = sent - arrived
  return (
    <div className={styles.progress}>
      <div className={styles.progressHead}>
        <span role="status">
          {isOver ? 'All were sent again' : `${sent.toLocaleString()} of ${total.toLocaleString()} sent again`}:{' '}
          {arrived.toLocaleString()} arrived{failed > 0 && `, ${failed.toLocaleString()} failed`}
        </span>
        <Button size="small" look="quiet" onClick={onHide}>
          Hide
        </Button>
      </div>
      <progress aria-label="Replay" max={total} value={sent} />
      {!isOver && state !== 'ACTIVE' && (
        <p className={styles.hint}>
          {state === 'PAUSED'
            ? 'The webhooks are paused, so the others wait until one has arrived.'
            : 'The webhooks are disabled, so the others are held.'}
        </p>
      )}
    </div>
  )
}
