import { Button } from '../design/button.tsx'
import { Sentence } from '../design/sentence.tsx'
import { useRetry } from '../design/states.tsx'
import type { GatewayError } from '../gateway/gateway-error.ts'
import { useChangeOfScopes } from '../session/use-session.ts'
import styles from './outdated.module.css'

/** Above what was read before, when it can’t be read again, or is not followed any more. */
export function Outdated({ error, onRetry }: { error: GatewayError; onRetry: () => void }) {
  useRetry(onRetry, error.trouble === 'offline')
  useChangeOfScopes(onRetry)
  return (
    <p className={styles.outdated} role="alert">
      <span>
        This may be out of date: <Sentence text={error.message} />
      </span>
      <Button size="small" onClick={onRetry}>
        Read again
      </Button>
    </p>
  )
}
