import { LRUCache } from 'lru-cache'

const MOST_KNOWN = 1_000
/** In characters: shorter secrets occur everywhere by chance. */
const SHORTEST = 4
/** A secret that is cut off at the end of a text is masked if at least this many bytes of it are there, in each form. */
export const leastOf = { short: 3, plain: 4, base64: 6, hex: 8 } as const

// The forms in which a secret can occur in a text.

/** Bytes to search for. The `before` and `after` bytes around them hold parts both of the secret and of what is next to it. */
export interface Form {
  readonly bytes: Buffer
  /** The first ones, each as a character: without them, nothing of it is masked. */
  readonly start: string
  readonly before: number
  readonly after: number
}

/** Of a secret itself, and of the secret as it is escaped in the body of a webhook. */
type Forms = Readonly<Record<'short' | 'plain' | 'base64' | 'hex', readonly Form[]>>

const known = new LRUCache<string, Forms>({ max: MOST_KNOWN })

/** @returns the forms of each secret. The last ones are remembered: each is needed for each webhook of its bot agent. */
export function formsOf(secrets: readonly string[]): Forms[] {
  return [...new Set(secrets)]
    .filter((secret) => secret !== '')
    .map((secret) => {
      const forms = known.get(secret) ?? makeForms(secret)
      known.set(secret, forms)
      return forms
    })
}

function makeForms(secret: string): Forms {
  const texts = [...new Set([secret, JSON.stringify(secret).slice(1, -1)])]
  if ([...secret].length < SHORTEST) {
    const short = texts.map((text) => exactly(`"${text}"`, leastOf.short, -1))
    return { short, plain: [], base64: [], hex: [] }
  }
  return {
    short: [],
    plain: texts.map((text) => exactly(text, leastOf.plain)),
    base64: texts.flatMap((text) => [0, 1, 2].map((offset) => inBase64(text, offset))),
    hex: texts.map((text) => exactly(Buffer.from(text).toString('hex'), leastOf.hex)),
  }
}

function exactly(text: string, least: number, around = 0): Form {
  return form(Buffer.from(text), least, { before: around, after: around })
}

/** @param offset how many bytes precede the secret in its Base64 group. The form has only those characters that no neighbour shares. */
function inBase64(secret: string, offset: number): Form {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const [first, last] = [Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)]
  const around = { before: offset === 0 ? 0 : 1, after: (bytes.length * 8) % 6 === 0 ? 0 : 1 }
  return form(Buffer.from(bytes.toString('base64').slice(first, last)), leastOf.base64, around)
}

function form(bytes: Buffer, least: number, around: { before: number; after: number }): Form {
  return { bytes, start: bytes.toString('latin1', 0, least), ...around }
}

/**
 * @param text with a character for each byte
 * @returns false only if no form occurs in the text, not even its beginning. Most texts can be told so at once.
 */
export function mayOccur(text: string, wanted: readonly Forms[]): boolean {
  if (wanted.length === 0) return false
  if (/[\\%+&]/.test(text)) return true
  const solid = text.replace(/[\0-\x20]+/g, '')
  const [asBase64, asHex] = [solid.replaceAll('-', '+').replaceAll('_', '/'), solid.toLowerCase()]
  return wanted.some(
    ({ short, plain, base64, hex }) =>
      short.some(({ start }) => text.includes(start)) ||
      plain.some(({ start }) => text.includes(start)) ||
      base64.some(({ start }) => asBase64.includes(start)) ||
      hex.some(({ start }) => asHex.includes(start)),
  )
}
