/** A value of a property of a chat. */
export type PropertyValue = string | number | boolean

/** One value a line. A text that would be taken for something else stands in quotes. */
export function linesOf(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? quotedIfNeeded(value) : JSON.stringify(value))).join('\n')
}

/** @returns what `linesOf` was given: numbers, true and false, and texts; quotes make anything a text */
export function valuesOf(lines: string): PropertyValue[] {
  return written(lines).map((line) => {
    const value = parsed(line)
    return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : line
  })
}

/** @returns one id for each line */
export function idsOf(lines: string): string[] {
  return written(lines)
}

function written(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function quotedIfNeeded(text: string): string {
  const isPlain = text.trim() === text && text !== '' && !text.includes('\n') && parsed(text) === undefined
  return isPlain ? text : JSON.stringify(text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
