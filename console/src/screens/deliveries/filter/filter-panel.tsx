import { Select } from '../../../design/field.tsx'
import type { SearchChanges } from '../../../route/use-route.ts'
import { actions } from '../../../words/action-words.ts'
import { attemptErrors } from '../../../words/delivery-words.ts'
import { BotChoice } from './bot-choice.tsx'
import { ChoiceList } from './choice-list.tsx'
import type { DeliveryView } from './delivery-view.ts'
import styles from './filter-panel.module.css'
import { MomentField } from './moment-field.tsx'
import { statusCodesOf } from './status-codes.ts'
import { TypedField } from './typed-field.tsx'

/** All filters but the states, and the order. */
export function FilterPanel({
  id,
  view: { all, oldestFirst, filter },
  search,
  onChange,
}: {
  id: string
  view: DeliveryView
  search: URLSearchParams
  onChange: (changes: SearchChanges) => void
}) {
  const text = (parameter: string) => search.get(parameter) ?? ''
  return (
    <search id={id} className={styles.panel} aria-label="Filters">
      <BotChoice
        all={all}
        chosen={filter.botAgentIds ?? []}
        onAdd={(bot) => onChange({ bot: [...(filter.botAgentIds ?? []), bot] })}
      />
      <ChoiceList
        label="Action"
        words={actions}
        chosen={filter.actions ?? []}
        onChange={(action) => onChange({ action })}
      />
      <ChoiceList
        label="Error of the last attempt"
        words={attemptErrors}
        chosen={filter.errors ?? []}
        onChange={(error) => onChange({ error })}
      />
      <TypedField
        key={`status ${text('status')}`}
        label="Status of the last response"
        placeholder="404, 500-599"
        value={text('status')}
        check={(codes) => (statusCodesOf(codes) ? undefined : 'Write statuses as 404, 5xx or 500-599.')}
        onChange={(status) => onChange({ status })}
      />
      <TypedField
        key={`chat ${text('chat')}`}
        label="Chat"
        placeholder="The id of a chat"
        value={text('chat')}
        onChange={(chat) => onChange({ chat })}
      />
      <TypedField
        key={`event ${text('event')}`}
        label="Event"
        placeholder="evt_…"
        value={text('event')}
        onChange={(event) => onChange({ event })}
      />
      <Select
        label="Replayed"
        value={filter.replayed === undefined || filter.replayed === null ? 'any' : filter.replayed ? 'yes' : 'no'}
        choices={[
          { value: 'any', label: 'Any' },
          { value: 'yes', label: 'Replayed at least once' },
          { value: 'no', label: 'Never replayed' },
        ]}
        onChange={(replayed) => onChange({ replayed: replayed === 'any' ? undefined : replayed })}
      />
      <Select
        label="Pings and examples"
        value={filter.ping === undefined || filter.ping === null ? 'any' : filter.ping ? 'yes' : 'no'}
        choices={[
          { value: 'any', label: 'With them' },
          { value: 'no', label: 'Without them' },
          { value: 'yes', label: 'Only them' },
        ]}
        onChange={(ping) => onChange({ ping: ping === 'any' ? undefined : ping })}
      />
      <MomentField
        label="Created since"
        value={filter.createdSince ?? undefined}
        onChange={(since) => onChange({ since })}
      />
      <MomentField
        label="Created until"
        value={filter.createdUntil ?? undefined}
        // A span has no end: what it began with becomes a moment.
        onChange={(until) => onChange({ until, since: filter.createdSince ?? undefined })}
      />
      <Select
        label="Order"
        value={oldestFirst ? 'oldest' : 'newest'}
        choices={[
          { value: 'newest', label: 'Newest first' },
          { value: 'oldest', label: 'Oldest first' },
        ]}
        onChange={(order) => onChange({ order: order === 'oldest' ? order : undefined })}
      />
    </search>
  )
}
