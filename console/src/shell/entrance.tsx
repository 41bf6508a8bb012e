import { Button } from '../design/button.tsx'
import { Icon } from '../design/icon.tsx'
import { Sentence } from '../design/sentence.tsx'
import { EmptyState, OfflineState } from '../design/states.tsx'
import type { Session } from '../session/session.ts'
import styles from './entrance.module.css'

/** What is there before a session is open. */
export function Entrance({ session, onRetry }: { session: Exclude<Session, { state: 'open' }>; onRetry: () => void }) {
  if (session.state === 'opening') return <div className={styles.entrance} role="status" aria-label="Signing in" />
  return (
    <main className={styles.entrance}>
      <h1 className={styles.brand}>
        <Icon name="bots" size={24} />
        Bot agents
      </h1>
      {session.offline ? (
        <OfflineState onRetry={onRetry} />
      ) : (
        <EmptyState
          icon="lock"
          title="You are not signed in"
          actions={
            session.signIn ? (
              <Button look="primary" onClick={session.signIn}>
                Sign in
              </Button>
            ) : (
              <Button onClick={onRetry}>Try again</Button>
            )
          }
        >
          <Sentence text={session.reason} />
        </EmptyState>
      )}
    </main>
  )
}
