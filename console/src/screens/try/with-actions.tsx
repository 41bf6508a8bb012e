import type { ReactNode } from 'react'
import { ScopeNote } from '../../design/scope-note.tsx'
import { LoadingState, RefusedState, Skeleton } from '../../design/states.tsx'
import { useQuery } from '../../gateway/use-gateway.ts'
import type { Scope } from '../../session/scope.ts'
import { useAllows } from '../../session/use-session.ts'
import { Failure } from '../../shell/failure.tsx'
import styles from './try.module.css'
import { CatalogueWithExamples, type CatalogueWithExamplesQuery } from './try.operations.ts'

export type Actions = CatalogueWithExamplesQuery['webhookActions']

/** What needs the actions with their examples, and this scope. If a renewed token lacks it, what was typed stays. */
export function WithActions({ scope, children }: { scope: Scope; children: (actions: Actions) => ReactNode }) {
  const isAllowed = useAllows(scope)
  const { data, error, reload } = useQuery(CatalogueWithExamples, isAllowed ? {} : undefined)
  if (data) {
    return (
      <>
        {!isAllowed && <ScopeNote to="send this" scope={scope} />}
        <fieldset className={styles.whole} disabled={!isAllowed} aria-label="What is sent">
          {children(data.webhookActions)}
        </fieldset>
      </>
    )
  }
  if (!isAllowed) return <RefusedState scope={scope} />
  if (error) return <Failure error={error} onRetry={reload} />
  return (
    <LoadingState label="Loading the actions">
      <Skeleton height="28rem" />
    </LoadingState>
  )
}
