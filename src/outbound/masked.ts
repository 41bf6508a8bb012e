import { alphabets, mayOccur, searchSecrets, wanted } from './secret-search.ts'

/** What a secret is replaced with. */
const MASK = Buffer.from('…')
/**
 * How many bytes after the kept ones `masked` needs and looks at, to find secrets that begin before that point and end after it. Of one that
 * is longer the beginning is enough: 8 bytes, of which none takes up more than 100, even if each is written as an entity of entities.
 */
export const LOOK_AHEAD = 1_024
/** Bytes of the shortest text that is masked: a secret of one character as a JSON string. */
const LEAST_OF_TEXT = 3

/** A text with escapes undone. `places[i]` is where byte `i` begins in the original text; the last place is where that text ends. */
interface Reading {
  readonly bytes: Buffer
  readonly places: Uint32Array
}

/**
 * @returns the first `kept` bytes of a text, with each secret in it replaced by `…`: in plain text, escaped for JSON, URLs or HTML once
 *   or twice, in Base64, and in hex. The beginning of a secret at the end of the text is masked, too. A secret of less than 4 characters
 *   is masked only if it is a whole JSON string. The time is proportional to the length of the text, whatever it and the secrets are: a
 *   text that repeats long beginnings of secrets over and over is masked from some point to its end.
 */
export function masked(text: Buffer, secrets: readonly string[], kept: number): Buffer {
  // Most responses are empty or `ok`, which is too short for a secret, and for as much of its beginning as is masked.
  if (text.length < LEAST_OF_TEXT || secrets.length === 0) return text.subarray(0, kept)
  const searched = text.subarray(0, kept + LOOK_AHEAD)
  const forms = wanted(secrets)
  if (!mayOccur(searched, forms)) return text.subarray(0, kept)
  // For each place, where the longest secret that begins there ends, or 0. A list of all that are found could be very long.
  const ends = new Uint32Array(searched.length + 1)
  for (const reading of readings(searched)) {
    const solid = withoutSpace(reading)
    searchSecrets(reading.bytes, alphabets.plain, forms.plain, mark(reading, ends))
    searchSecrets(solid.bytes, alphabets.base64, forms.base64, mark(solid, ends))
    searchSecrets(solid.bytes, alphabets.hex, forms.hex, mark(solid, ends))
  }
  return replaced(text.subarray(0, kept), ends)
}

function mark({ places }: Reading, ends: Uint32Array) {
  return (start: number, end: number) => {
    const [from = 0, to = 0] = [places[start], places[end]]
    ends[from] = Math.max(ends[from] ?? 0, to)
  }
}

function replaced(text: Buffer, ends: Uint32Array): Buffer {
  const pieces: Buffer[] = []
  let end = 0
  for (let start = 0; start < text.length; start++) {
    const until = ends[start] ?? 0
    if (until === 0) continue
    // The same secret may be found in several ways.
    if (start >= end) pieces.push(text.subarray(end, start), MASK)
    end = Math.max(end, until)
  }
  return pieces.length === 0 ? text : Buffer.concat([...pieces, text.subarray(end)])
}

// The text, unchanged and with one or two kinds of escapes undone: at most 21 readings.

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
const SPACE = codeOf(' ')

const singles = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
/** Most escapes stand for a single byte, and a response may be full of them. */
const single = (byte: number) => singles[byte] ?? Uint8Array.of(byte)

const escapes: readonly { sign: number; read: (bytes: Buffer, at: number) => Escape }[] = [
  { sign: codeOf('\\'), read: readBackslash },
  { sign: codeOf('%'), read: readPercent },
  { sign: codeOf('+'), read: () => ({ stands: single(SPACE), length: 1 }) },
  { sign: codeOf('&'), read: readEntity },
]

const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** As JSON, JavaScript and Python write them: `\n`, `\/`, `\u00e9`, `\ud83d\ude00`, `\xe9`. */
function readBackslash(bytes: Buffer, at: number): Escape {
  const next = bytes[at + 1]
  if (next === undefined) return 'cut'
  const letter = String.fromCharCode(next)
  if (letter !== 'u' && letter !== 'x') return { stands: single(codeOf(letters[letter] ?? letter)), length: 2 }
  const digits = letter === 'u' ? 4 : 2
  const value = hexAt(bytes, at + 2, digits)
  if (typeof value !== 'number') return value
  if (letter === 'x') return { stands: single(value), length: 4 }
  const isHigh = value >= 0xd800 && value < 0xdc00
  if (isHigh && at + 7 >= bytes.length) return 'cut'
  const low = isHigh && bytes[at + 6] === codeOf('\\') && bytes[at + 7] === next ? hexAt(bytes, at + 8, 4) : undefined
  if (low === 'cut') return 'cut'
  if (low === undefined) return { stands: utf8(value), length: 6 }
  return { stands: utf8(value, low), length: 12 }
}

function utf8(...units: readonly number[]): Uint8Array {
  const [first = 0] = units
  return first < 0x80 ? single(first) : Buffer.from(String.fromCharCode(...units))
}

function readPercent(bytes: Buffer, at: number): Escape {
  const value = hexAt(bytes, at + 1, 2)
  return typeof value === 'number' ? { stands: single(value), length: 3 } : value
}

const entities = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }))
const LONGEST_ENTITY = '&#1114111;'.length
/** Whether a byte may be in the name or the number of an entity. */
const isWord = Array.from({ length: 256 }, (_, code) => /\w/.test(String.fromCharCode(code)))

function readEntity(bytes: Buffer, at: number): Escape {
  const limit = Math.min(bytes.length, at + LONGEST_ENTITY)
  let end = bytes[at + 1] === codeOf('#') ? at + 2 : at + 1
  while (end < limit && isWord[bytes[end] ?? 0]) end++
  if (end === bytes.length) return 'cut'
  if (end === limit || bytes[end] !== codeOf(';')) return undefined
  const name = bytes.toString('latin1', at + 1, end)
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

/** Base64 and hex may be written with spaces and line breaks. */
function withoutSpace(reading: Reading): Reading {
  const { bytes, places } = reading
  if (!bytes.some((byte) => byte <= SPACE)) return reading
  const out = new ReadingBuilder(bytes.length)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte > SPACE) out.add(byte, places[at])
  }
  return out.end(places[bytes.length])
}
