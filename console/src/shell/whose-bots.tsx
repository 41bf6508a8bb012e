import { ScopeNote } from '../design/scope-note.tsx'
import { Segmented } from '../design/segmented.tsx'
import type { SearchChanges } from '../route/use-route.ts'
import { useAllows } from '../session/use-session.ts'

/** The bots of the caller’s application, or those of all, which stands in the URL. @param props.things what is shown of them */
export function WhoseBots({
  all,
  things = 'bots',
  onChange,
}: {
  all: boolean
  things?: string
  onChange: (changes: SearchChanges) => void
}) {
  const mayReadAll = useAllows('agents-bot--all:ro')
  if (!mayReadAll) return <ScopeNote to={`see the ${things} of all applications`} scope="agents-bot--all:ro" />
  return (
    <Segmented
      label="Whose bots"
      value={all ? 'all' : 'mine'}
      choices={[
        { value: 'mine', label: 'Mine' },
        { value: 'all', label: 'All' },
      ]}
      onChange={(of) => onChange({ of: of === 'all' ? of : undefined })}
    />
  )
}
