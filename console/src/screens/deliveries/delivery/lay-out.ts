/** Levels that are indented. What is nested for thousands would be mostly blanks. */
const DEEPEST = 40

const token = /"(?:[^"\\]+|\\.)*"|\s+|([[{])(\s*[\]}])?|([\]}])|(,)|:/g

/**
 * Puts JSON on lines as it stands: to read and write it would change numbers that JavaScript can’t hold, and names that come twice.
 * @returns `undefined` if it is not an object or a list in JSON
 */
export function layOut(text: string): string | undefined {
  if (!isNested(text)) return undefined
  let depth = 0
  const line = () => `\n${'  '.repeat(Math.min(depth, DEEPEST))}`
  return text.replace(token, (found: string, open?: string, end?: string, close?: string, comma?: string) => {
    if (open && end) return open + end.trim()
    if (open) {
      depth += 1
      return open + line()
    }
    if (close) {
      depth -= 1
      return line() + close
    }
    if (comma) return comma + line()
    if (found === ':') return ': '
    return found.trim()
  })
}

function isNested(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}
