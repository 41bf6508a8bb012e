import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Form, formsOf } from './secret-forms.ts'
import { alphabets, byStart, MOST_COMPARED, searchSecrets } from './secret-search.ts'

/** @returns the text with a `.` for each byte that was found, and how many were compared */
function search(text: string, forms: readonly Form[], alphabet: keyof typeof alphabets = 'plain') {
  const shown = [...text]
  const compared = searchSecrets(Buffer.from(text), alphabets[alphabet], byStart(forms), (start, end) =>
    shown.fill('.', start, end),
  )
  return { shown: shown.join(''), compared }
}

/** The same, slowly. */
function reference(text: string, forms: readonly Form[]): string {
  const shown = [...text]
  for (let at = 0; at < text.length; at++) {
    const rest = text.slice(at)
    for (const { bytes, least, before, after } of forms) {
      const form = bytes.toString()
      if (rest.startsWith(form)) shown.fill('.', Math.max(0, at - before), at + form.length + after)
      else if (form.startsWith(rest) && rest.length >= least) shown.fill('.', Math.max(0, at - before))
    }
  }
  return shown.join('')
}

/** Two letters, so that texts repeat themselves. */
const letters = (size: { minLength?: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom('a', 'b'), ...size })
const form = fc.record({
  bytes: letters({ minLength: 3, maxLength: 9 }).map((text) => Buffer.from(text)),
  least: fc.constantFrom(3, 4, 6, Number.POSITIVE_INFINITY),
  before: fc.constantFrom(-1, 0, 1),
  after: fc.constantFrom(-1, 0, 1),
})

describe('a search for secrets', () => {
  it('finds each place where a form is, and the beginning of one at the end', () => {
    const textAndForms = fc.tuple(letters({ maxLength: 40 }), fc.array(form, { maxLength: 5 }))
    const property = fc.property(textAndForms, ([text, forms]) => {
      expect(search(text, forms).shown).toBe(reference(text, forms))
    })
    fc.assert(property, { numRuns: 5_000 })
  })

  it('takes both variants of Base64, and hex in upper case', () => {
    const { base64, hex } = formsOf(['>>>???'])
    expect(search('<Pj4-Pz8_>', base64, 'base64').shown).toBe('<........>')
    expect(search('<3E3e3E3f3F3f>', hex, 'hex').shown).toBe('<............>')
  })

  it('compares little where secrets are quoted that begin in the same way', () => {
    const secrets = Array.from({ length: 10 }, (_, index) => `Bearer ${index}${'xyz'.repeat(300)}`)
    const text = secrets.map((secret) => `"${secret}" `).join('')
    const { shown, compared } = search(text, formsOf(secrets).plain)
    expect(shown).toBe(secrets.map((secret) => `"${'.'.repeat(secret.length)}" `).join(''))
    expect(compared).toBeLessThan(2 * text.length)
  })

  it('compares no more than so much, whatever the text and the secrets are, and takes the rest for a secret', () => {
    const endings = Array.from({ length: 30 }, (_, index) => `N"${index}`)
    const secrets = endings.flatMap((ending) => [`${'a'.repeat(1_000)}${ending}`, `${'ab'.repeat(500)}${ending}`])
    const forms = formsOf(secrets)
    const hostile = {
      plain: ['a'.repeat(16_384), 'ab'.repeat(8_192), `${'a'.repeat(999)}b`.repeat(16)],
      base64: ['a', 'ab'].map((part) => Buffer.from(part.repeat(12_288)).toString('base64')),
      hex: ['61'.repeat(8_192), '6162'.repeat(4_096)],
    }
    for (const kind of ['plain', 'base64', 'hex'] as const) {
      const longest = Math.max(...forms[kind].map(({ bytes }) => bytes.length))
      for (const text of hostile[kind]) {
        const { shown, compared } = search(text, forms[kind], kind)
        expect(compared).toBeGreaterThan(MOST_COMPARED)
        expect(compared).toBeLessThan(MOST_COMPARED + longest + 1)
        expect(shown.slice(1_000)).toBe('.'.repeat(text.length - 1_000))
      }
    }
  })
})
