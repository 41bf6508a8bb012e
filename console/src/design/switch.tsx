import { Switch as Primitive } from 'radix-ui'
import { useId } from 'react'
import styles from './switch.module.css'

/** Something that is on or off, and takes effect at once. */
export function Switch({
  label,
  checked,
  disabled = false,
  onChange,
}: {
  label: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}) {
  const id = useId()
  return (
    <label className={styles.row} htmlFor={id}>
      <Primitive.Root
        id={id}
        className={styles.switch}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
      >
        <Primitive.Thumb className={styles.thumb} />
      </Primitive.Root>
      {label}
    </label>
  )
}
