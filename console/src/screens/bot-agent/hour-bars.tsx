import { exactTime } from '../../design/time.tsx'
import styles from './health.module.css'
import type { BotAgentStatisticsQuery } from './operate.operations.ts'

export type Hour = BotAgentStatisticsQuery['webhookStatistics']['nodes'][number]

/** The attempts of each hour: those that succeeded below, those that failed on top. @param props.label says it in a sentence */
export function HourBars({ hours, label }: { hours: readonly Hour[]; label: string }) {
  const most = Math.max(1, ...hours.map(({ delivered, failed }) => delivered + failed))
  return (
    <figure>
      <div className={styles.scale}>{most.toLocaleString()} an hour</div>
      <div className={styles.bars} role="img" aria-label={label}>
        {hours.map(({ from, delivered, failed }) => (
          <span
            key={from}
            className={styles.bar}
            title={`${exactTime(new Date(from))}: ${delivered} succeeded, ${failed} failed`}
          >
            <span className={styles.failed} style={{ height: `${(failed / most) * 100}%` }} />
            <span className={styles.delivered} style={{ height: `${(delivered / most) * 100}%` }} />
          </span>
        ))}
      </div>
      <figcaption className={styles.axis}>
        <span>24 hours ago</span>
        <span>now</span>
      </figcaption>
    </figure>
  )
}
