/** In characters: shorter secrets occur everywhere by chance. */
export const SHORTEST_SECRET = 4
/** A secret that is cut off at the end of a text is masked if at least this many bytes of it are there, in each form. */
const leastOf = { plain: 4, base64: 6, hex: 8 } as const

// The forms in which a secret can occur in a text.

/** Bytes to search for. The `before` and `after` bytes around them hold parts both of the secret and of what is next to it. */
export interface Form {
  readonly bytes: Buffer
  /** How many of them are enough at the end of a text. */
  readonly least: number
  readonly before: number
  readonly after: number
}

/** Of secrets themselves, and of the secrets as they are escaped in the body of a webhook. */
export type Forms = Readonly<Record<'plain' | 'base64' | 'hex', readonly Form[]>>

export function formsOf(secrets: readonly string[]): Forms {
  const each = [...new Set(secrets)].filter((secret) => secret !== '').map(formsOfOne)
  return {
    plain: each.flatMap(({ plain }) => plain),
    base64: each.flatMap(({ base64 }) => base64),
    hex: each.flatMap(({ hex }) => hex),
  }
}

function formsOfOne(secret: string): Forms {
  const texts = [...new Set([secret, JSON.stringify(secret).slice(1, -1)])]
  if ([...secret].length < SHORTEST_SECRET) {
    return { plain: texts.map((text) => exactly(`"${text}"`, Number.POSITIVE_INFINITY, -1)), base64: [], hex: [] }
  }
  return {
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
  return { bytes, least, ...around }
}
