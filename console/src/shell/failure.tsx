import { Sentence } from '../design/sentence.tsx'
import { ErrorState, OfflineState, RefusedState } from '../design/states.tsx'
import type { GatewayError } from '../gateway/gateway-error.ts'
import { useChangeOfScopes } from '../session/use-session.ts'

/** Why something could not be read, in the place where it would be. */
export function Failure({ error, onRetry }: { error: GatewayError; onRetry: () => void }) {
  useChangeOfScopes(onRetry)
  if (error.trouble === 'offline') return <OfflineState onRetry={onRetry} />
  if (error.trouble === 'refused') {
    return (
      <RefusedState scope={error.missingScope}>
        <Sentence text={error.message} />
      </RefusedState>
    )
  }
  return <ErrorState message={error.message} onRetry={onRetry} />
}
