import { buttonClass } from '../../design/button.tsx'
import { ScopeNote } from '../../design/scope-note.tsx'
import { EmptyState } from '../../design/states.tsx'
import { Link } from '../../route/link.tsx'
import { pathOf } from '../../route/route.ts'
import { useAllows } from '../../session/use-session.ts'
import { Screen } from '../../shell/screen.tsx'

const board = (
  <Link className={buttonClass({})} to={pathOf({ screen: 'board' })}>
    All bots
  </Link>
)

/** It was removed while it was looked at. */
export function GoneBotAgent({ name }: { name: string }) {
  return (
    <Screen title={name}>
      <EmptyState icon="bots" title={`${name} was removed`} actions={board}>
        Its deliveries and its audit trail are kept for a time.
      </EmptyState>
    </Screen>
  )
}

export function UnknownBotAgent() {
  const seesAll = useAllows('agents-bot--all:ro')
  return (
    <Screen title="Bot">
      <EmptyState icon="bots" title="There is no such bot" actions={board}>
        {seesAll ? (
          'It may have been removed.'
        ) : (
          <>
            It may have been removed, or belong to another application.{' '}
            <ScopeNote to="see bots of other applications" scope="agents-bot--all:ro" />
          </>
        )}
      </EmptyState>
    </Screen>
  )
}
