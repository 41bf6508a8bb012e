import { useEffect } from 'react'
import { announce } from '../../design/announcer.tsx'
import { Time } from '../../design/time.tsx'
import { reasonOf } from './board-row.tsx'
import styles from './latest-changes.module.css'
import type { StatusChange } from './use-board.ts'

/** What has changed since the board was opened, also beyond what is in view. */
export function LatestChanges({ changes }: { changes: readonly StatusChange[] }) {
  const [newest] = changes
  useEffect(() => {
    if (newest) announce(`${nameOf(newest)}: ${reasonOf(newest)}`)
  }, [newest])

  return (
    <aside className={styles.changes} aria-label="Latest changes of status">
      <h2>Latest changes</h2>
      {changes.length === 0 && <p className={styles.none}>Changes of status appear here as they happen.</p>}
      <ol className={styles.list}>
        {changes.map((change) => (
          <li key={change.cursor} className={styles.change}>
            <span className={styles.name}>
              <span>{nameOf(change)}</span>
              <span className={styles.when}>
                <Time at={change.changedAt} ago />
              </span>
            </span>
            <span>{reasonOf(change)}</span>
          </li>
        ))}
      </ol>
    </aside>
  )
}

function nameOf({ botAgent, botAgentId }: StatusChange): string {
  return botAgent?.name ?? botAgentId.slice(0, 8)
}
