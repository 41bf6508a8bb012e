import type { ExecutionResult } from 'graphql'
import { keptJson } from './kept-results.ts'

/** Levels of a result in which what is kept is looked for: the result, `data`, a list's field, its edges, one of them, its node. */
const DEEPEST = 5

/** Gives a result, in which there are objects of earlier ones, a function that writes it: Yoga calls it instead of `JSON.stringify`. */
export function withKeptJson(result: ExecutionResult): ExecutionResult {
  return Object.defineProperty(result, 'stringify', {
    value: (written: ExecutionResult) => stringify(written, DEEPEST),
  })
}

/** The same as `JSON.stringify`. What is kept of earlier responses is written once, unless it is long. */
function stringify(value: object, levels: number): string {
  const known = keptJson(value)
  if (known !== undefined) return known
  if (levels === 0) return JSON.stringify(value)
  if (Array.isArray(value)) {
    return beginsWithKept(value)
      ? `[${value.map((item) => member(item, levels) ?? 'null').join()}]`
      : JSON.stringify(value)
  }
  // Such as the error of a field, or raw JSON.
  if (Object.getPrototypeOf(value) !== Object.prototype) return JSON.stringify(value)
  const members: string[] = []
  for (const [name, one] of Object.entries(value)) {
    const json = member(one, levels)
    if (json !== undefined) members.push(`${JSON.stringify(name)}:${json}`)
  }
  return `{${members.join()}}`
}

function member(value: unknown, levels: number): string | undefined {
  return typeof value === 'object' && value !== null ? stringify(value, levels - 1) : JSON.stringify(value)
}

/** Whether the first item of a list is kept, or is an edge to one that is: then the others are likely to be so as well. */
function beginsWithKept([item]: readonly unknown[]): boolean {
  if (typeof item !== 'object' || item === null) return false
  return [item, ...Object.values(item)].some(
    (one) => typeof one === 'object' && one !== null && keptJson(one) !== undefined,
  )
}
