import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { workingFor } from '../../process/log.ts'

/** Characters that a body must have to be compressed. Fewer arrive in the first packets of a connection anyway. */
const LEAST_COMPRESSED = 8 * 1_024

/** Both take a thread of the pool, not the event loop. In the order in which they are preferred. */
const encodings = {
  br: (text: string) =>
    promisify(brotliCompress)(text, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
    }),
  gzip: (text: string) => promisify(gzip)(text),
}
type Encoding = keyof typeof encodings

/** Whether a body is large enough to be compressed for a client that accepts that. */
export function isWorthCompressing(text: string): boolean {
  return text.length >= LEAST_COMPRESSED && workingFor.getStore()?.confidential !== true
}

/**
 * Compresses a body that is worth it, and adds the headers that say so. Only for bodies that are sent as a whole: in a stream, events would
 * wait in the compressor.
 * @returns the body as it is to be sent
 */
export async function compressed(
  { headers }: IncomingMessage,
  response: ServerResponse,
  text: string,
): Promise<string | Buffer<ArrayBuffer>> {
  if (!isWorthCompressing(text)) return text
  response.appendHeader('vary', 'accept-encoding')
  const encoding = preferred(headers['accept-encoding'])
  if (!encoding) return text
  const body = await encodings[encoding](text)
  if (!response.headersSent) response.setHeader('content-encoding', encoding)
  return body
}

/** RFC 9110, section 12.5.3. */
function preferred(accepted = ''): Encoding | undefined {
  const weights = new Map(
    accepted
      .toLowerCase()
      .split(',')
      .map((range) => {
        const [name = '', weight = ''] = range.split(';').map((part) => part.trim())
        return [name, weight.startsWith('q=') ? Number(weight.slice(2)) : 1]
      }),
  )
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  const [best] = (Object.keys(encodings) as Encoding[]).sort((one, other) => weightOf(other) - weightOf(one))
  return best && weightOf(best) > 0 ? best : undefined
}
