import { useState } from 'react'
import { TextField } from '../../../design/field.tsx'

/** A text that takes effect when somebody leaves the field, or presses Enter. @param props.check what is wrong with it */
export function TypedField({
  label,
  hint,
  placeholder,
  value,
  check,
  onChange,
}: {
  label: string
  hint?: string
  placeholder?: string
  value: string
  check?: (text: string) => string | undefined
  onChange: (value: string | undefined) => void
}) {
  const [text, setText] = useState(value)
  const error = check?.(text.trim())
  const apply = () => {
    if (!error && text.trim() !== value) onChange(text.trim() || undefined)
  }
  return (
    <TextField
      label={label}
      hint={hint}
      error={error}
      {...(placeholder && { placeholder })}
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={apply}
      onKeyDown={(event) => {
        if (event.key === 'Enter') apply()
      }}
    />
  )
}
