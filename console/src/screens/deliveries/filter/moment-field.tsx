import { TextField } from '../../../design/field.tsx'

/** A moment in the reader’s time zone. */
export function MomentField({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  return (
    <TextField
      type="datetime-local"
      step={1}
      label={label}
      value={value ? localOf(new Date(value)) : ''}
      onChange={(event) => {
        const time = new Date(event.target.value)
        onChange(Number.isNaN(time.getTime()) ? undefined : time.toISOString())
      }}
    />
  )
}

/** As the browser’s field wants it. */
function localOf(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 19)
}
