import { Button } from '../../../design/button.tsx'
import styles from './filter-panel.module.css'

const HOUR = 3_600_000

const spans = [
  { label: 'Last hour', hours: 1 },
  { label: 'Last 24 hours', hours: 24 },
  { label: 'Last 7 days', hours: 7 * 24 },
] as const

/** The spans until now that are mostly wanted. */
export function Spans({ onChoose }: { onChoose: (since: string) => void }) {
  return (
    <div className={styles.spans}>
      {spans.map(({ label, hours }) => (
        <Button key={label} size="small" onClick={() => onChoose(new Date(Date.now() - hours * HOUR).toISOString())}>
          {label}
        </Button>
      ))}
    </div>
  )
}
