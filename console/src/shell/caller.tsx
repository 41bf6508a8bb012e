import { Button } from '../design/button.tsx'
import { Popover } from '../design/popover.tsx'
import { Time } from '../design/time.tsx'
import { useSession } from '../session/use-session.ts'
import styles from './shell.module.css'

/** Whose token it is, and what it allows. */
export function Caller() {
  const { clientId, licenseId, scopes, expiresAt } = useSession().viewer
  const trigger = (
    <Button look="quiet" className={styles.callerButton}>
      <span>{clientId}</span>
      <span className={styles.license}>license {licenseId}</span>
    </Button>
  )
  return (
    <div className={styles.caller}>
      <Popover label="Access token" trigger={trigger}>
        <div className={styles.scopes}>
          <dl className={styles.facts}>
            <dt>Application</dt>
            <dd>{clientId}</dd>
            <dt>License</dt>
            <dd>{licenseId}</dd>
            <dt>Valid until</dt>
            <dd>{expiresAt ? <Time at={expiresAt} /> : 'it is revoked'}</dd>
          </dl>
          <h3>Scopes</h3>
          <ul>
            {scopes.map((scope) => (
              <li key={scope}>{scope}</li>
            ))}
          </ul>
        </div>
      </Popover>
    </div>
  )
}
