import { StringDecoder } from 'node:string_decoder'

const encoder = new TextEncoder()
const space = new Uint8Array(8 * 1024)

/**
 * @param goesOn more bytes followed, so the last character may be incomplete
 * @param most bytes of UTF-8, up to 8 KiB
 * @returns text that PostgreSQL can store: invalid UTF-8 is replaced with U+FFFD, and so is NUL
 */
export function storable(bytes: Buffer, goesOn: boolean, most: number): { text: string; isCut: boolean } {
  const decoder = new StringDecoder('utf8')
  const text = (decoder.write(bytes) + (goesOn ? '' : decoder.end())).replaceAll('\0', '\uFFFD')
  const { read } = encoder.encodeInto(text, space.subarray(0, most))
  return { text: text.slice(0, read), isCut: goesOn || read < text.length }
}
