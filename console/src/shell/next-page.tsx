import { Button } from '../design/button.tsx'
import { useRetry } from '../design/states.tsx'
import type { GatewayError } from '../gateway/gateway-error.ts'
import styles from './next-page.module.css'

/** Below a list that is read page by page as one scrolls. @param props.error why the next page could not be read */
export function NextPage({
  error,
  hasMore,
  isEmpty,
  onMore,
}: {
  error: GatewayError | undefined
  hasMore: boolean
  isEmpty: boolean
  onMore: () => void
}) {
  useRetry(onMore, error?.trouble === 'offline')
  return (
    <div className={styles.end}>
      {error ? (
        <>
          {error.message}
          <Button size="small" onClick={onMore}>
            Try again
          </Button>
        </>
      ) : hasMore ? (
        'Reading on'
      ) : (
        !isEmpty && 'These are all.'
      )}
    </div>
  )
}
