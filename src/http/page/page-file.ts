import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** A file that a page of the gateway loads. The content under a name never changes. */
export interface PageFile {
  contentType: string
  /** Compressed with gzip. */
  body(): Promise<Buffer>
}

/** Of everything that a page consists of. */
export const pageHeaders = { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' }

/** Loads and compresses the file when it is first requested, and only then. */
export function pageFile(contentType: string, load: () => Promise<string | Buffer>): PageFile {
  let body: Promise<Buffer> | undefined
  const compress = async () => promisify(gzip)(await load(), { level: 9 })
  return {
    contentType,
    body() {
      body ??= compress()
      // It is tried again.
      body.catch(() => {
        body = undefined
      })
      return body
    },
  }
}

export async function sendPageFile(response: ServerResponse, file: PageFile): Promise<void> {
  const body = await file.body()
  response.writeHead(200, {
    ...pageHeaders,
    'content-type': file.contentType,
    'content-encoding': 'gzip',
    'content-length': body.length,
    'cache-control': 'public, max-age=31536000, immutable',
  })
  response.end(body)
}
