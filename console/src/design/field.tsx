import { type ComponentProps, type ReactNode, useId } from 'react'
import { classNames } from './class-names.ts'
import styles from './field.module.css'
import { Icon } from './icon.tsx'

/** What ties a control to its label, hint and error. */
interface FieldControl {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

interface FieldProps {
  label: ReactNode
  /** For those who can’t see: where the label would only repeat what is around it. */
  hideLabel?: boolean | undefined
  hint?: ReactNode
  /** What is wrong with the value, such as the message of a `userError`. */
  error?: string | undefined
}

/** A control with its label, its hint and what is wrong with it. */
function Field({
  label,
  hideLabel,
  hint,
  error,
  children,
}: FieldProps & { children: (control: FieldControl) => ReactNode }) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : styles.label}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={styles.error}>
          {error}
        </p>
      )}
    </div>
  )
}

export function TextField({
  label,
  hideLabel,
  hint,
  error,
  code = false,
  className,
  ...rest
}: FieldProps & ComponentProps<'input'> & { code?: boolean }) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error}>
      {(control) => (
        <input {...rest} {...control} className={classNames(styles.input, code && styles.code, className)} />
      )}
    </Field>
  )
}

export function TextArea({
  label,
  hideLabel,
  hint,
  error,
  code = false,
  className,
  ...rest
}: FieldProps & ComponentProps<'textarea'> & { code?: boolean }) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error}>
      {(control) => (
        <textarea {...rest} {...control} className={classNames(styles.input, code && styles.code, className)} />
      )}
    </Field>
  )
}

export interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
}

/** One of a few. The browser’s own, which every device knows how to open. For many, use Combobox. */
export function Select<Value extends string>({
  label,
  hideLabel,
  hint,
  error,
  value,
  choices,
  onChange,
  disabled,
}: FieldProps & {
  value: Value
  choices: readonly Choice<Value>[]
  onChange: (value: Value) => void
  disabled?: boolean
}) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error}>
      {(control) => (
        <span className={styles.select}>
          <select
            {...control}
            className={styles.input}
            value={value}
            disabled={disabled}
            onChange={(event) => {
              const chosen = choices.find((choice) => choice.value === event.target.value)
              if (chosen) onChange(chosen.value)
            }}
          >
            {choices.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </select>
          <Icon name="down" size={16} />
        </span>
      )}
    </Field>
  )
}
