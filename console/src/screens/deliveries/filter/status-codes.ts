import type { StatusCodeRange } from './filter.operations.ts'

const form = /^([1-9]\d\d)(?:\s*[-–]\s*([1-9]\d\d))?$/
const family = /^([1-9])xx$/i

/** Reads “404, 500-599, 3xx”. @returns `undefined` if one of them is no status */
export function statusCodesOf(text: string): StatusCodeRange[] | undefined {
  const ranges: StatusCodeRange[] = []
  for (const part of text.split(',')) {
    const trimmed = part.trim()
    if (!trimmed) continue
    const range = rangeOf(trimmed)
    if (!range) return undefined
    ranges.push(range)
  }
  return ranges
}

function rangeOf(text: string): StatusCodeRange | undefined {
  const [, hundred] = family.exec(text) ?? []
  if (hundred) return { from: Number(hundred) * 100, to: Number(hundred) * 100 + 99 }
  const [, from, to = from] = form.exec(text) ?? []
  if (!from || Number(to) < Number(from)) return undefined
  return { from: Number(from), to: Number(to) }
}
