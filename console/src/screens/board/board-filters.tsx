import { useEffect, useState } from 'react'
import { Button } from '../../design/button.tsx'
import { Select, TextField } from '../../design/field.tsx'
import { Icon } from '../../design/icon.tsx'
import { Segmented } from '../../design/segmented.tsx'
import type { SearchChanges } from '../../route/use-route.ts'
import { WhoseBots } from '../../shell/whose-bots.tsx'
import styles from './board-filters.module.css'
import { type BoardView, isFiltered, orders } from './board-view.ts'

/** While somebody types, nothing is asked. */
const TYPING = 200

/** The search, the filters and the order, which stand in the URL. */
export function BoardFilters({
  view,
  onChange,
  onReset,
}: {
  view: BoardView
  onChange: (changes: SearchChanges) => void
  onReset: () => void
}) {
  return (
    <search className={styles.filters}>
      <div className={styles.search}>
        <Icon name="search" size={16} />
        <TypedField
          key={`name ${view.name}`}
          type="search"
          label="Search by the beginning of the name"
          placeholder="Name begins with"
          value={view.name}
          onChange={(name) => onChange({ name: name || undefined })}
        />
      </div>
      <div className={styles.group}>
        <TypedField
          key={`group ${view.group}`}
          label="Only bots of this group"
          placeholder="Group number"
          inputMode="numeric"
          value={view.group?.toString() ?? ''}
          onChange={(group) => onChange({ group: /^\d{1,9}$/.test(group) ? group : undefined })}
        />
      </div>
      <div className={styles.order}>
        <Select
          hideLabel
          label="Order"
          value={view.order}
          choices={orders}
          onChange={(order) => onChange({ order: order === 'NAME' ? undefined : order })}
        />
      </div>
      <Segmented
        label="Layout"
        value={view.layout}
        choices={[
          { value: 'groups', label: 'Groups' },
          { value: 'list', label: 'List' },
        ]}
        onChange={(layout) => onChange({ layout: layout === 'groups' ? undefined : layout })}
      />
      <WhoseBots all={view.all} onChange={onChange} />
      {isFiltered(view) && (
        <Button look="quiet" icon="close" onClick={onReset}>
          Clear
        </Button>
      )}
    </search>
  )
}

/** A field whose value takes effect a moment after somebody has typed it. */
function TypedField({
  label,
  placeholder,
  value,
  onChange,
  type = 'text',
  inputMode,
}: {
  label: string
  placeholder: string
  value: string
  onChange: (value: string) => void
  type?: 'text' | 'search'
  inputMode?: 'numeric'
}) {
  const [typed, setTyped] = useState(value)
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onChange(typed.trim()), TYPING)
    return () => clearTimeout(timer)
  }, [typed, value, onChange])
  return (
    <TextField
      hideLabel
      label={label}
      placeholder={placeholder}
      type={type}
      {...(inputMode && { inputMode })}
      autoComplete="off"
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  )
}
