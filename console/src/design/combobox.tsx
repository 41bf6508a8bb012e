import { useCombobox } from 'downshift'
import { useId } from 'react'
import { classNames } from './class-names.ts'
import styles from './combobox.module.css'
import fieldStyles from './field.module.css'

export interface ComboboxChoice {
  readonly value: string
  readonly label: string
  readonly detail?: string | undefined
}

/** One of many, which a few letters find. The choices come from outside: `onSearch` says what is looked for. @param props.note why there is none to choose */
export function Combobox({
  label,
  placeholder,
  choices,
  selected,
  note,
  onSearch,
  onSelect,
}: {
  label: string
  placeholder?: string
  choices: readonly ComboboxChoice[]
  selected: ComboboxChoice | undefined
  note?: string | undefined
  onSearch: (text: string) => void
  onSelect: (choice: ComboboxChoice | undefined) => void
}) {
  const id = useId()
  const { isOpen, getLabelProps, getInputProps, getMenuProps, getItemProps, highlightedIndex } = useCombobox({
    inputId: id,
    items: [...choices],
    selectedItem: selected ?? null,
    itemToString: (choice) => choice?.label ?? '',
    itemToKey: (choice) => choice?.value,
    onInputValueChange: ({ inputValue, selectedItem, type }) => {
      onSearch(inputValue === selectedItem?.label ? '' : inputValue)
      // Only the reader clears it. The text is also emptied for a moment while what was chosen comes back from outside.
      if (inputValue === '' && type === useCombobox.stateChangeTypes.InputChange) onSelect(undefined)
    },
    onSelectedItemChange: ({ selectedItem }) => onSelect(selectedItem ?? undefined),
  })
  return (
    <div className={classNames(fieldStyles.field, styles.box)}>
      <label {...getLabelProps()} htmlFor={id} className={fieldStyles.label}>
        {label}
      </label>
      <input {...getInputProps({ placeholder })} className={fieldStyles.input} />
      <ul {...getMenuProps()} className={styles.list} hidden={!isOpen}>
        {isOpen &&
          choices.map((choice, index) => (
            <li
              key={choice.value}
              {...getItemProps({ item: choice, index })}
              className={classNames(styles.choice, highlightedIndex === index && styles.highlighted)}
            >
              {choice.label}
              {choice.detail && <span className={styles.detail}>{choice.detail}</span>}
            </li>
          ))}
      </ul>
      {note && (
        <p className={fieldStyles.hint} role="status">
          {note}
        </p>
      )}
    </div>
  )
}
