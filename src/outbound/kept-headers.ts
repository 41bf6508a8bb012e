import { masked } from './masked.ts'
import { storable } from './storable.ts'

/** A header, its name in lower case. */
export type Header = readonly [name: string, value: string]

const MOST_HEADERS = 50
/** Bytes of all of them. */
const MOST_BYTES = 8 * 1024
/** Between two headers: DEL, which none contains. Masking skips spaces and line breaks. */
const END = '\x7f'

/**
 * @param headers of a response, with a character for each byte
 * @returns the first ones, as text that PostgreSQL can store, with each secret in them replaced by `…` as in a body
 */
export function keptHeaders(headers: readonly Header[], secrets: readonly string[]): readonly Header[] {
  const first = headers.length > MOST_HEADERS ? headers.slice(0, MOST_HEADERS) : headers
  let text = ''
  for (const [name, value] of first) text += `${name}: ${value}${END}`
  const bytes = Buffer.from(text, 'latin1')
  const shown = masked(bytes, secrets, MOST_BYTES)
  // Nearly all responses: the rest costs several times as much.
  if (/^[\x20-\x7f]*$/.test(text) && shown.equals(bytes)) return first
  const kept = storable(shown, text.length > MOST_BYTES, MOST_BYTES)
  return kept.text
    .split(END)
    .filter((header) => header !== '')
    .map((header) => {
      const colon = header.indexOf(': ')
      return colon < 0 ? [header, ''] : [header.slice(0, colon), header.slice(colon + 2)]
    })
}
