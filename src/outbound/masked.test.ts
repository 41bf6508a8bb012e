import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LOOK_AHEAD, masked } from './masked.ts'

const KEPT = 600
const mask = (text: string | Buffer, secrets: readonly string[]) => masked(Buffer.from(text), secrets, KEPT).toString()

const unicode = (text: string) =>
  text.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const json = (text: string) => JSON.stringify(text).slice(1, -1)
const html = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
const entities = (text: string) =>
  [...text].map((character) => `&#x${character.codePointAt(0)?.toString(16)};`).join('')
const everyByte = (text: string) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&')
const form = (text: string) => new URLSearchParams({ a: text }).toString().slice(2)
const slashes = (text: string) => text.replaceAll('/', '\\/')

const ways: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'as JSON': json,
  'as JSON, twice': (text) => json(json(text)),
  'as JSON with slashes escaped': (text) => slashes(json(text)),
  'as JSON with every character escaped': unicode,
  'as JSON with every character escaped, in upper case': (text) =>
    unicode(text).replaceAll(/[0-9a-f]{4}/g, (digits) => digits.toUpperCase()),
  'as JSON with every character escaped, as JSON': (text) => json(unicode(text)),
  'for a URL': encodeURIComponent,
  'for a URL, in lower case': (text) => encodeURIComponent(text).replaceAll(/%../g, (byte) => byte.toLowerCase()),
  'for a URL, every byte': everyByte,
  'for a URL, twice': (text) => encodeURIComponent(everyByte(text)),
  'for a form': form,
  'as JSON, for a URL': (text) => encodeURIComponent(json(text)),
  'for HTML': html,
  'for HTML, every character': entities,
  'for HTML, as decimal numbers': (text) => [...text].map((character) => `&#${character.codePointAt(0)};`).join(''),
  'as JSON, for HTML': (text) => html(json(text)),
  'for HTML, as JSON': (text) => json(html(text)),
  'in hex': (text) => Buffer.from(text).toString('hex'),
  'in hex, in upper case': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'as JSON, in hex': (text) => Buffer.from(json(text)).toString('hex'),
}

const secrets = [
  'JSauw0Aks8l-asAa',
  'a/b"c\\d+e f',
  'zażółć 🎉 & <co>',
  '100%25&amp;\\u0041',
  "'quoted'",
  '%41%42%43',
  '    x',
]

describe('a secret in a text', () => {
  for (const [way, write] of Object.entries(ways)) {
    it(`is masked ${way}`, () => {
      for (const secret of secrets) {
        expect([secret, mask(`<<${write(secret)}>>`, [secret])]).toEqual([secret, '<<…>>'])
      }
    })
  }

  it('is masked in Base64, whatever its alignment, in both alphabets and across lines', () => {
    for (const secret of secrets) {
      for (const before of ['', 'x', 'xy', 'xyz', '{"secret_key":"']) {
        for (const after of ['', '!', '!!', '"}']) {
          for (const spelling of [secret, json(secret)]) {
            const text = Buffer.from(before + spelling + after)
            const lines = text.toString('base64').replaceAll(/.{7}/g, '$&\r\n')
            for (const encoded of [text.toString('base64'), text.toString('base64url'), lines]) {
              const found = mask(`<<${encoded}>>`, [secret])
              const beside = found.replaceAll(/[<>\s=]/g, '').split('…')
              expect(beside).toHaveLength(2)
              // These characters contain no bit of the secret.
              expect(beside[0]?.length).toBeLessThanOrEqual((before.length * 8) / 6)
              expect(beside[1]?.length).toBeLessThanOrEqual(Math.ceil((after.length * 8) / 6))
            }
          }
        }
      }
    }
  })

  it('is masked each time it occurs, also next to others', () => {
    expect(mask('one two one three', ['three', 'one two', 'two one'])).toBe('… …')
    expect(mask('JSauw0Aks8l-asAa, JSauw0Aks8l-asAa', ['JSauw0Aks8l-asAa', 'JSauw0Aks8l-asAa'])).toBe('…, …')
  })

  it('is masked only where it occurs', () => {
    for (const text of ['', 'thank you', '{"error":"50% of &amp; \\u0041"}', '%', '\\', '&', '%zz&nope;\\q']) {
      expect(mask(text, secrets)).toBe(text)
      expect(mask(text, [])).toBe(text)
    }
  })

  it('is masked completely where the text is cut in the middle of it', () => {
    for (const secret of secrets) {
      for (const write of Object.values(ways)) {
        const written = write(secret)
        for (let inside = 1; inside <= written.length; inside++) {
          const before = '.'.repeat(KEPT - inside)
          const seen = Buffer.from(`${before}${written}....`).subarray(0, KEPT + LOOK_AHEAD)
          expect(mask(seen, [secret])).toBe(`${before}…`)
        }
      }
    }
  })

  it('is masked where the text is cut in the middle of it, however long it is', () => {
    const secret = 'Bearer a/b"c&d '.repeat(60)
    const long = (text: string) =>
      text.replaceAll(/[\s\S]/g, (unit) => `&#x${unit.charCodeAt(0).toString(16).padStart(6, '0')};`)
    for (const write of [...Object.values(ways), (text: string) => long(long(text))]) {
      for (const inside of [1, 2, 99, KEPT]) {
        const text = Buffer.from(`${'.'.repeat(KEPT - inside)}${write(secret)}....`)
        expect(mask(text.subarray(0, KEPT + LOOK_AHEAD), [secret])).toBe(`${'.'.repeat(KEPT - inside)}…`)
        expect(mask(text, [secret])).toBe(`${'.'.repeat(KEPT - inside)}…`)
      }
    }
  })

  it('is masked where the text ends in the middle of it', () => {
    for (const secret of secrets) {
      for (const write of [
        ways['as it is'],
        ways['as JSON with every character escaped'],
        ways['for a URL, every byte'],
      ]) {
        const [written, least] = [secret, [...secret].slice(0, 4).join('')].map((text) =>
          Buffer.from(write?.(text) ?? ''),
        )
        for (let length = least?.length ?? 0; written && length < written.length; length++) {
          expect(mask(Buffer.concat([Buffer.from('<<'), written.subarray(0, length)]), [secret])).toBe('<<…')
        }
      }
    }
    const hex = Buffer.from('JSauw0Aks8l-asAa').toString('hex')
    expect(mask(`<<${hex.slice(0, 21)}`, ['JSauw0Aks8l-asAa'])).toMatch(/^<<…/)
    expect(mask(`<<${hex.slice(0, 20)}`, ['JSauw0Aks8l-asAa'])).toBe('<<…')
  })

  it('of less than 4 characters is masked only where it is a whole JSON string', () => {
    expect(mask('{"secret_key":"s","is":"yes"} s', ['s'])).toBe('{"secret_key":"…","is":"yes"} s')
    expect(mask(JSON.stringify('{"secret_key":"s"}'), ['s'])).toBe('"{\\"secret_key\\":\\"…\\"}"')
    expect(mask(JSON.stringify(JSON.stringify({ k: '"é' })), ['"é'])).toContain('…')
  })
})

describe('a text that repeats itself', () => {
  const escapeOf: Record<string, (character: string) => string> = {
    'as it is': (character) => character,
    'as JSON': unicode,
    'for a URL': everyByte,
    'for HTML': entities,
  }

  /** What is shown of a text, looked at place by place. */
  function reference(text: string, written: readonly string[], secrets: readonly string[]): string {
    const shown = [...written]
    for (let at = 0; at < text.length; at++) {
      const rest = text.slice(at)
      for (const secret of secrets) {
        if (secret.length < 4) {
          if (rest.startsWith(`"${secret}"`)) shown.fill('…', at + 1, at + 1 + secret.length)
        } else if (rest.startsWith(secret)) shown.fill('…', at, at + secret.length)
        else if (secret.startsWith(rest) && rest.length >= 4) shown.fill('…', at)
      }
    }
    return shown.join('')
  }

  const short = (text: string) => text.replaceAll(/…+/g, '…')
  const letter = (...letters: string[]) => fc.constantFrom(...letters)
  const someSecrets = fc.array(fc.string({ unit: letter('a', 'b'), minLength: 1, maxLength: 9 }), { maxLength: 4 })
  const someText = fc.array(fc.tuple(letter('a', 'a', 'b', 'b', '"'), fc.boolean()), { maxLength: 40 })

  for (const [way, escaped] of Object.entries(escapeOf)) {
    it(`has exactly the secrets masked ${way}`, () => {
      const property = fc.property(someText, someSecrets, (characters, secrets) => {
        const text = characters.map(([character]) => character).join('')
        const written = characters.map(([character, isEscaped]) => (isEscaped ? escaped(character) : character))
        expect(short(mask(written.join(''), secrets))).toBe(short(reference(text, written, secrets)))
      })
      fc.assert(property, { numRuns: 2_000 })
    })
  }

  it('is masked to its end if it takes too long to look for the secrets', () => {
    const secrets = [0, 1, 2].map((index) => `aaaa ${'a'.repeat(1_000)}${index}`)
    const beginnings = `aaaa ${'a'.repeat(900)}.`.repeat(16)
    for (const write of [ways['as it is'], ways['as JSON with every character escaped'], ways['in hex']]) {
      const text = Buffer.from(`thank you ${write?.(`${beginnings}${secrets.join(' ')}`)} b`)
      expect(masked(text, secrets, text.length).toString()).toMatch(/^thank you [^…]+…$/)
    }
  })

  it('may be full of secrets', () => {
    expect(mask('"s"'.repeat(100), ['s'])).toBe('"…"'.repeat(100))
    expect(mask('abcd'.repeat(100), ['abcd', 'cdab'])).toBe('…')
    expect(masked(Buffer.from('x'.repeat(100_000)), ['x'.repeat(50)], 100_000).toString()).toBe('…')
  })
})

it('names of inherited members such as `valueOf` are not taken for HTML entities', () => {
  for (const name of ['valueOf', 'toString', '__proto__']) {
    expect(masked(Buffer.from(`hi &${name}; x`), ['secretsecret'], 4_096).toString()).toBe(`hi &${name}; x`)
  }
})
