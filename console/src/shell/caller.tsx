import { Button } from '../design/button.tsx'
import { Popover } from '../design/popover.tsx'
import { Time } from '../design/time.tsx'
import { useQuery } from '../gateway/use-gateway.ts'
import { leaveBy } from '../route/unsaved.ts'
import { useSession } from '../session/use-session.ts'
import { CurrentViewer } from '../session/viewer.operations.ts'
import styles from './shell.module.css'

/** Whose token it is, and what it allows. */
export function Caller() {
  const { viewer, ended } = useSession()
  if (ended) {
    return (
      <div className={styles.caller}>
        <Button onClick={ended.signIn}>Sign in again</Button>
      </div>
    )
  }
  const trigger = (
    <Button look="quiet" className={styles.callerButton}>
      <span>{viewer.clientId}</span>
      <span className={styles.license}>license {viewer.licenseId}</span>
    </Button>
  )
  return (
    <div className={styles.caller}>
      <Popover label="Access token" trigger={trigger}>
        <AccessToken />
      </Popover>
    </div>
  )
}

function AccessToken() {
  const session = useSession()
  // The token may be another one since the session was opened.
  const { clientId, licenseId, scopes, expiresAt } = useQuery(CurrentViewer, {}).data?.viewer ?? session.viewer
  return (
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
      {session.signOut && <Button onClick={() => session.signOut && leaveBy(session.signOut)}>Sign out</Button>}
    </div>
  )
}
