import { LRUCache } from 'lru-cache'
import { type Form, type Forms, formsOf } from './secret-forms.ts'

/** Bytes of the start of a form, by which it is looked up. No form is shorter. */
const START = 3

/**
 * Bytes of one text that are compared with forms. This needs hardly more than there are bytes of secrets in the text, because a form is
 * compared only where its start is. Only a text full of long beginnings of secrets, or of a secret such as `aaaa…`, needs as many.
 */
export const MOST_COMPARED = 64 * 1024

/** Bytes that escapes begin with. */
const isEscape = Array.from({ length: 256 }, (_, byte) => '\\%+&'.includes(String.fromCharCode(byte)))

/** What each byte of a text counts as: the variants of Base64 are taken for one, and upper case for lower case in hex. */
export const alphabets = {
  plain: alphabet((byte) => byte),
  base64: alphabet((byte) => (byte === 0x2d ? 0x2b : byte === 0x5f ? 0x2f : byte)),
  hex: alphabet((byte) => (byte >= 0x41 && byte <= 0x46 ? byte + 0x20 : byte)),
} as const

function alphabet(of: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => of(byte))
}

/** How many lists of secrets are remembered, and how many characters of them: their forms are several times as long. */
const MOST_KNOWN = { count: 1_000, characters: 256 * 1024 }

/** Forms by their first bytes: all of them are looked for in one walk through a text, however many they are. */
type ByStart = ReadonlyMap<number, readonly Form[]>

export function byStart(forms: readonly Form[]): ByStart {
  return Map.groupBy(forms, startOf)
}

function startOf({ bytes: [first = 0, second = 0, third = 0] }: Form): number {
  return (first << 16) | (second << 8) | third
}

/** What is looked for in a text. */
export type Wanted = Readonly<Record<keyof Forms, ByStart>> & { readonly starts: ReadonlySet<number> }

const known = new LRUCache<string, Wanted>({
  max: MOST_KNOWN.count,
  maxSize: MOST_KNOWN.characters,
  sizeCalculation: (_, key) => key.length,
})

/** The forms of secrets. The last ones are remembered: they are needed for each webhook of a bot agent. */
export function wanted(secrets: readonly string[]): Wanted {
  const key = JSON.stringify(secrets)
  const remembered = known.get(key)
  if (remembered) return remembered
  const { plain, base64, hex } = formsOf(secrets)
  const found: Wanted = {
    plain: byStart(plain),
    base64: byStart(base64),
    hex: byStart(hex),
    starts: new Set([...plain, ...base64, ...hex].map(startOf)),
  }
  known.set(key, found)
  return found
}

/** The start that ends with a byte, from the one that ends before it. */
function nextStart(start: number, byte = 0): number {
  return ((start << 8) | byte) & 0xff_ffff
}

/**
 * Finds each form in a text, wherever it occurs, and the beginning of one at its end. Once `MOST_COMPARED` bytes have been compared, the
 * rest of the text counts as found, because a secret may be in it.
 * @returns how many bytes were compared: at most as many, and those of one form
 */
export function searchSecrets(
  text: Uint8Array,
  alphabet: Uint8Array,
  forms: ByStart,
  onFound: (start: number, end: number) => void,
): number {
  let compared = 0
  let start = 0
  if (forms.size === 0) return compared
  for (let next = 0; next < text.length; next++) {
    start = nextStart(start, alphabet[text[next] ?? 0])
    const at = next + 1 - START
    if (at < 0) continue
    for (const form of forms.get(start) ?? []) {
      if (compared >= MOST_COMPARED) {
        onFound(Math.max(0, at - 1), text.length)
        return compared
      }
      const equal = equalBytes(text, at, alphabet, form.bytes)
      compared += equal + 1
      const isWhole = equal === form.bytes.length
      const isBegun = at + equal === text.length && equal >= form.least
      if (!isWhole && !isBegun) continue
      onFound(Math.max(0, at - form.before), isWhole ? Math.min(text.length, at + equal + form.after) : text.length)
    }
  }
  return compared
}

function equalBytes(text: Uint8Array, at: number, alphabet: Uint8Array, form: Form['bytes']): number {
  const most = Math.min(form.length, text.length - at)
  let equal = 0
  while (equal < most && alphabet[text[at + equal] ?? 0] === form[equal]) equal++
  return equal
}

/** @returns false only if no form is in the text, not even begun or escaped. Nearly all texts can be told so at once. */
export function mayOccur(text: Uint8Array, { starts }: Wanted): boolean {
  let [plain, base64, hex] = [0, 0, 0]
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0
    if (isEscape[byte]) return true
    plain = nextStart(plain, byte)
    if (starts.has(plain)) return true
    // Base64 and hex may be written with spaces and line breaks.
    if (byte <= 0x20) continue
    base64 = nextStart(base64, alphabets.base64[byte])
    hex = nextStart(hex, alphabets.hex[byte])
    if (base64 !== plain && starts.has(base64)) return true
    if (hex !== base64 && starts.has(hex)) return true
  }
  return false
}
