import { Button } from '../../../design/button.tsx'
import { keysOf } from '../../../words/delivery-words.ts'
import styles from './filter-panel.module.css'
import { beginningOf, spans } from './span.ts'

/** The spans as buttons that set the moment at which they have begun. */
export function Spans({ onChoose }: { onChoose: (since: string) => void }) {
  return (
    <div className={styles.spans}>
      {keysOf(spans).map((span) => (
        <Button key={span} size="small" onClick={() => onChoose(beginningOf(span))}>
          {spans[span].label}
        </Button>
      ))}
    </div>
  )
}
