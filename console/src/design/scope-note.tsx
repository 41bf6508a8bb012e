import { Icon } from './icon.tsx'
import styles from './scope-note.module.css'

/** Stands where something would be offered if the access token had this scope. @param props.to what it would allow, as in “create bots” */
export function ScopeNote({ to, scope }: { to: string; scope: string }) {
  return (
    <span className={styles.note}>
      <Icon name="lock" size={14} />
      <span>
        To {to}, the token needs <code>{scope}</code>
      </span>
    </span>
  )
}
