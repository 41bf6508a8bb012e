import { type Form, formsOf, leastOf, mayOccur } from './secret-forms.ts'

/** What a secret is replaced with. */
const MASK = Buffer.from('…')
/** Bytes that one escaped byte can take up, such as `\\u002f`, `%252F` or `&amp;#x2F;`. */
const LONGEST_ESCAPE = 12
/** Bytes of the shortest text that is masked: a secret of one character as a JSON string. */
const LEAST_OF_TEXT = 3

interface Range {
  readonly start: number
  readonly end: number
}

/** A text with escapes undone. `places[i]` is where byte `i` begins in the original text; the last place is where that text ends. */
interface Reading {
  readonly bytes: Buffer
  readonly places: Uint32Array
}

/** @returns how many bytes after the kept ones `masked` needs, to find secrets that begin before that point and end after it */
export function lookAhead(secrets: readonly string[]): number {
  return LONGEST_ESCAPE * Math.max(0, ...secrets.map((secret) => Buffer.byteLength(secret)))
}

/**
 * @returns the first `kept` bytes of a text, with each secret in it replaced by `…`: in plain text, escaped for JSON, URLs or HTML once
 *   or twice, in Base64, and in hex. The beginning of a secret at the end of the text is masked, too. A secret of less than 4 characters
 *   is masked only if it is a whole JSON string. The time is proportional to the length of the text.
 */
export function masked(text: Buffer, secrets: readonly string[], kept: number): Buffer {
  // Most responses are empty or `ok`, which is too short for a secret, and for as much of its beginning as is masked.
  if (text.length < LEAST_OF_TEXT) return text.subarray(0, kept)
  const wanted = formsOf(secrets)
  if (!mayOccur(text.toString('latin1'), wanted)) return text.subarray(0, kept)
  const ranges = readings(text).flatMap((reading) => {
    const [asBase64, asHex] = [base64Text(reading), hexText(reading)]
    return wanted.flatMap(({ short, plain, base64, hex }) => [
      ...short.flatMap((form) => found(reading, form)),
      ...plain.flatMap((form) => foundOrBegun(reading, form, leastOf.plain)),
      ...base64.flatMap((form) => foundOrBegun(asBase64, form, leastOf.base64)),
      ...hex.flatMap((form) => foundOrBegun(asHex, form, leastOf.hex)),
    ])
  })
  return replaced(text, ranges, kept)
}

function replaced(text: Buffer, ranges: readonly Range[], kept: number): Buffer {
  const pieces: Buffer[] = []
  let end = 0
  for (const range of ranges.toSorted((one, other) => one.start - other.start)) {
    if (range.start >= kept) break
    // The same secret may be found in several ways.
    if (pieces.length === 0 || range.start >= end) pieces.push(text.subarray(end, range.start), MASK)
    end = Math.max(end, range.end)
  }
  pieces.push(text.subarray(end, Math.max(end, kept)))
  return Buffer.concat(pieces)
}

// The text, unchanged and with one or two kinds of escapes undone.

function readings(text: Buffer): Reading[] {
  const places = new Uint32Array(text.length + 1)
  for (let place = 0; place < places.length; place++) places[place] = place
  const asItIs: Reading = { bytes: text, places }
  const once = undone(asItIs)
  return [asItIs, ...once, ...once.flatMap(undone)]
}

function undone(reading: Reading): Reading[] {
  return escapes
    .filter(({ sign }) => reading.bytes.includes(sign))
    .map((kind) => undo(reading, kind))
    .filter(({ bytes }) => !bytes.equals(reading.bytes))
}

/** The bytes that an escape stands for, and its length; `undefined`: it is not an escape; `'cut'`: the text ends within it. */
type Escape = { readonly stands: Uint8Array; readonly length: number } | 'cut' | undefined

function undo({ bytes, places }: Reading, { sign, read }: (typeof escapes)[number]): Reading {
  const out = new ReadingBuilder(bytes.length)
  let at = 0
  while (at < bytes.length) {
    const escaped = bytes[at] === sign ? read(bytes, at) : undefined
    if (escaped === 'cut') break
    if (escaped) for (const byte of escaped.stands) out.add(byte, places[at])
    else out.add(bytes[at], places[at])
    at += escaped ? escaped.length : 1
  }
  return out.end(places[bytes.length])
}

class ReadingBuilder {
  readonly #bytes: Buffer
  readonly #places: Uint32Array
  #length = 0

  constructor(most: number) {
    this.#bytes = Buffer.alloc(most)
    this.#places = new Uint32Array(most + 1)
  }

  add(byte = 0, place = 0): void {
    this.#bytes[this.#length] = byte
    this.#places[this.#length] = place
    this.#length += 1
  }

  end(place = 0): Reading {
    this.#places[this.#length] = place
    return { bytes: this.#bytes.subarray(0, this.#length), places: this.#places.subarray(0, this.#length + 1) }
  }
}

const codeOf = (character: string) => character.charCodeAt(0)

const escapes: readonly { sign: number; read: (bytes: Buffer, at: number) => Escape }[] = [
  { sign: codeOf('\\'), read: readBackslash },
  { sign: codeOf('%'), read: readPercent },
  { sign: codeOf('+'), read: () => ({ stands: Buffer.from(' '), length: 1 }) },
  { sign: codeOf('&'), read: readEntity },
]

const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** As JSON, JavaScript and Python write them: `\n`, `\/`, `\u00e9`, `\ud83d\ude00`, `\xe9`. */
function readBackslash(bytes: Buffer, at: number): Escape {
  const next = bytes[at + 1]
  if (next === undefined) return 'cut'
  const letter = String.fromCharCode(next)
  if (letter !== 'u' && letter !== 'x') return { stands: Buffer.from(letters[letter] ?? letter, 'latin1'), length: 2 }
  const digits = letter === 'u' ? 4 : 2
  const value = hexAt(bytes, at + 2, digits)
  if (typeof value !== 'number') return value
  if (letter === 'x') return { stands: Uint8Array.of(value), length: 4 }
  const isHigh = value >= 0xd800 && value < 0xdc00
  if (isHigh && at + 7 >= bytes.length) return 'cut'
  const low = isHigh && bytes[at + 6] === codeOf('\\') && bytes[at + 7] === next ? hexAt(bytes, at + 8, 4) : undefined
  if (low === 'cut') return 'cut'
  if (low === undefined) return { stands: utf8(value), length: 6 }
  return { stands: utf8(value, low), length: 12 }
}

function utf8(...units: readonly number[]): Uint8Array {
  const [first = 0] = units
  return first < 0x80 ? Uint8Array.of(first) : Buffer.from(String.fromCharCode(...units))
}

function readPercent(bytes: Buffer, at: number): Escape {
  const value = hexAt(bytes, at + 1, 2)
  return typeof value === 'number' ? { stands: Uint8Array.of(value), length: 3 } : value
}

const entities = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }))
const LONGEST_ENTITY = '&#1114111;'.length

function readEntity(bytes: Buffer, at: number): Escape {
  const [, name, end] = /^&(#?\w*)(;?)/.exec(bytes.toString('latin1', at, at + LONGEST_ENTITY)) ?? []
  if (name === undefined) return undefined
  if (!end) return at + 1 + name.length === bytes.length ? 'cut' : undefined
  const [, hex, decimal] = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(name) ?? []
  const point = hex ? Number.parseInt(hex, 16) : Number(decimal)
  const character = point <= 0x10_ffff ? String.fromCodePoint(point) : entities.get(name)
  return character === undefined ? undefined : { stands: Buffer.from(character), length: name.length + 2 }
}

/** The value of each hex digit, by its character code; -1 for other characters. */
const hexDigits = Int8Array.from({ length: 256 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(digit) ? -1 : digit
})

/** @returns the value of the hex digits; `undefined` if they are not hex digits; `'cut'` if the text ends before the last one */
function hexAt(bytes: Buffer, at: number, digits: number): number | 'cut' | undefined {
  let value = 0
  for (let index = at; index < at + digits; index++) {
    const byte = bytes[index]
    if (byte === undefined) return 'cut'
    const digit = hexDigits[byte] ?? -1
    if (digit < 0) return undefined
    value = value * 16 + digit
  }
  return value
}

// The texts in which Base64 and hex are searched for.

/** Without line breaks, and with one alphabet for both variants of Base64. */
function base64Text(reading: Reading): Reading {
  return withoutSpace(reading, (byte) =>
    byte === codeOf('-') ? codeOf('+') : byte === codeOf('_') ? codeOf('/') : byte,
  )
}

function hexText(reading: Reading): Reading {
  return withoutSpace(reading, (byte) => (byte >= codeOf('A') && byte <= codeOf('F') ? byte + 32 : byte))
}

const SPACE = codeOf(' ')

function withoutSpace({ bytes, places }: Reading, map: (byte: number) => number): Reading {
  const out = new ReadingBuilder(bytes.length)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte > SPACE) out.add(map(byte), places[at])
  }
  return out.end(places[bytes.length])
}

// Where these forms occur.

function found({ bytes, places }: Reading, form: Form): Range[] {
  const { bytes: wanted, before, after } = form
  const ranges: Range[] = []
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + wanted.length)) {
    const [start, end] = [Math.max(0, at - before), Math.min(bytes.length, at + wanted.length + after)]
    ranges.push({ start: places[start] ?? 0, end: places[end] ?? 0 })
  }
  return ranges
}

function foundOrBegun(reading: Reading, form: Form, least: number): Range[] {
  const { bytes, places } = reading
  const beginning = form.bytes.subarray(0, least)
  if (!bytes.includes(beginning)) return []
  const first = Math.max(0, bytes.length - form.bytes.length + 1)
  for (let start = bytes.indexOf(beginning, first); start >= 0; start = bytes.indexOf(beginning, start + 1)) {
    if (!bytes.subarray(start).equals(form.bytes.subarray(0, bytes.length - start))) continue
    const begun = { start: places[Math.max(0, start - form.before)] ?? 0, end: places[bytes.length] ?? 0 }
    return [...found(reading, form), begun]
  }
  return found(reading, form)
}
