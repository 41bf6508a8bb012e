import type { IncomingMessage } from 'node:http'

/** The body of a request; `undefined` if it is larger than `most` bytes, the rest of which is let go by. */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > most) {
      // The connection may go on to be used.
      request.resume()
      return undefined
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
