/** @returns the value as people edit it */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

/** @returns the value, or what is wrong with the text */
export function readJson(text: string): { readonly value: unknown } | { readonly error: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : 'it can’t be read'}.` }
  }
}

/** @returns the text with its lines set out if it is JSON, or else as it is */
export function setOut(text: string): string {
  const read = readJson(text)
  return 'error' in read ? text : jsonText(read.value)
}
