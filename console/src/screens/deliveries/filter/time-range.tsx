import { Select } from '../../../design/field.tsx'
import type { SearchChanges } from '../../../route/use-route.ts'
import { keysOf } from '../../../words/delivery-words.ts'
import type { DeliveryView } from './delivery-view.ts'
import { spans } from './span.ts'

/** When deliveries were created. Moments are chosen with the other filters, and only said here. */
export function TimeRange({
  view: { span, filter },
  onChange,
}: {
  view: DeliveryView
  onChange: (changes: SearchChanges) => void
}) {
  const hasMoments = Boolean(filter.createdSince || filter.createdUntil)
  return (
    <Select
      hideLabel
      label="Created"
      value={span ?? (hasMoments ? 'moments' : 'any')}
      choices={[
        { value: 'any', label: 'Any time' },
        ...keysOf(spans).map((value) => ({ value, label: spans[value].label })),
        ...(hasMoments && !span ? [{ value: 'moments' as const, label: 'Chosen times' }] : []),
      ]}
      onChange={(value) => {
        if (value !== 'moments') onChange({ since: value === 'any' ? undefined : value, until: undefined })
      }}
    />
  )
}
