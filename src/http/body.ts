import type { IncomingMessage } from 'node:http'

/** The body of a request; `undefined` if it is larger than `most` bytes. */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk)
    size += chunk.length
    if (size > most) break
  }
  if (size <= most) return Buffer.concat(chunks)
  // The rest is let go by, as the connection may carry more requests. Within the loop that would have no effect.
  request.resume()
  return undefined
}
