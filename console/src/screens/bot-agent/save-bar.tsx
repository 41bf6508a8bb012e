import { Button } from '../../design/button.tsx'
import styles from './bot-agent.module.css'
import type { Part } from './draft/parts.ts'
import { useUnsaved } from './use-unsaved.ts'

/** What has been changed and not saved, always in sight. */
export function SaveBar({
  changes,
  saving,
  blocked,
  onDiscard,
}: {
  changes: readonly Part[]
  saving: boolean
  /** Something has to be settled before. */
  blocked: boolean
  onDiscard: () => void
}) {
  const isChanged = changes.length > 0
  useUnsaved(isChanged)
  return (
    <div className={styles.bar}>
      <p className={styles.changed}>
        {isChanged ? `Changed: ${changes.map(({ label }) => label.toLowerCase()).join(', ')}` : 'No changes'}
      </p>
      <Button disabled={!isChanged || saving} onClick={onDiscard}>
        Discard
      </Button>
      <Button look="primary" type="submit" busy={saving} disabled={!isChanged || blocked}>
        Save
      </Button>
    </div>
  )
}
