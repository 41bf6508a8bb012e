import { useId, useState } from 'react'
import { Button } from '../../../design/button.tsx'
import { classNames } from '../../../design/class-names.ts'
import type { SearchChanges } from '../../../route/use-route.ts'
import { WhoseBots } from '../../../shell/whose-bots.tsx'
import { deliveryStates, keysOf } from '../../../words/delivery-words.ts'
import { type DeliveryView, isFiltered, noFilters } from './delivery-view.ts'
import styles from './filter-bar.module.css'
import { FilterChips } from './filter-chips.tsx'
import { FilterPanel } from './filter-panel.tsx'
import { TimeRange } from './time-range.tsx'

/** The states, the time and whose deliveries in one line; the other filters behind a button, and those that are set as chips. */
export function FilterBar({
  view,
  search,
  onChange,
}: {
  view: DeliveryView
  search: URLSearchParams
  onChange: (changes: SearchChanges) => void
}) {
  const [open, setOpen] = useState(false)
  const panel = useId()
  const chosen = view.filter.states ?? []
  return (
    <div className={styles.filters}>
      <div className={styles.bar}>
        <fieldset className={styles.states}>
          <legend className="visually-hidden">States</legend>
          {keysOf(deliveryStates).map((state) => (
            <label key={state} className={classNames(styles.state, styles[deliveryStates[state].tone])}>
              <input
                type="checkbox"
                checked={chosen.includes(state)}
                onChange={({ target }) =>
                  onChange({
                    state: keysOf(deliveryStates).filter((other) =>
                      other === state ? target.checked : chosen.includes(other),
                    ),
                  })
                }
              />
              {deliveryStates[state].label}
            </label>
          ))}
        </fieldset>
        <Button
          icon="filter"
          aria-expanded={open}
          aria-controls={open ? panel : undefined}
          onClick={() => setOpen(!open)}
        >
          <span className={styles.filtersLabel}>Filters</span>
        </Button>
        <div className={styles.scope}>
          <div className={styles.time}>
            <TimeRange view={view} onChange={onChange} />
          </div>
          <WhoseBots all={view.all} things="deliveries" onChange={onChange} />
        </div>
        {(isFiltered(view) || view.oldestFirst) && (
          <Button look="quiet" icon="close" onClick={() => onChange({ ...noFilters, order: undefined })}>
            Clear
          </Button>
        )}
      </div>
      {open && <FilterPanel id={panel} view={view} search={search} onChange={onChange} />}
      <FilterChips view={view} onChange={onChange} />
    </div>
  )
}
