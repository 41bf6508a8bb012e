import { describe, expect, it } from 'vitest'
import { documentLimits, parseWithin } from './document-limits.ts'

const nested = `${'{a'.repeat(300)}${'}'.repeat(300)}`

describe('a document that is nested too deep is refused', () => {
  const hidden: [name: string, document: string][] = [
    ['as it is', nested],
    ['behind a comment that ends with a carriage return', `#\r${nested}`],
    ['behind a string', `query ($v: String = "{\\"") ${nested}`],
    ['behind a block string with a backslash before an escape', `{ b(x: """\\\\""" """) ${nested} }`],
    ['behind a block string with an escape', `{ b(x: """ \\""" " """) ${nested} }`],
  ]
  for (const [name, document] of hidden) {
    it(name, () => {
      expect(() => parseWithin(document, documentLimits)).toThrow(/more than 100 levels deep/)
    })
  }
})

it('brackets in strings and comments do not count as nesting', () => {
  const open = '{'.repeat(300)
  for (const document of [
    `{ a(b: "${open}") }`,
    `{ a(b: """${open}\\""" ${open}""") }`,
    `#${open}\r{ a }`,
    `{ a(b: "\\"${open}") }`,
  ]) {
    expect(parseWithin(document, documentLimits).kind).toBe('Document')
  }
})
