import { Button } from '../../../design/button.tsx'
import { Popover } from '../../../design/popover.tsx'
import styles from './filter-panel.module.css'

/** Any number of a few, behind a button that says which are chosen. */
export function ChoiceList<Value extends string>({
  label,
  words,
  chosen,
  onChange,
}: {
  label: string
  words: Readonly<Record<Value, string>>
  chosen: readonly Value[]
  onChange: (chosen: readonly Value[]) => void
}) {
  const values = Object.keys(words) as Value[]
  const [first, ...others] = chosen
  const said = first ? `${words[first]}${others.length > 0 ? ` and ${others.length} more` : ''}` : 'Any'
  const change = (value: Value, isChosen: boolean) =>
    onChange(values.filter((other) => (other === value ? isChosen : chosen.includes(other))))
  return (
    <div className={styles.field}>
      <span className={styles.label}>{label}</span>
      <Popover
        label={label}
        trigger={
          <Button className={styles.opener} aria-label={`${label}: ${said}`}>
            <span className={styles.said}>{said}</span>
          </Button>
        }
      >
        <fieldset className={styles.choices}>
          <legend className="visually-hidden">{label}</legend>
          {values.map((value) => (
            <label key={value} className={styles.choice}>
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={(event) => change(value, event.target.checked)}
              />
              {words[value]}
            </label>
          ))}
        </fieldset>
      </Popover>
    </div>
  )
}
