import { type Dispatcher, request } from 'undici'

/** The requests that `openid-client` and `jose` make. They always have a signal with a timeout. */
interface Init {
  readonly method: string
  readonly headers: Headers | Record<string, string>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/**
 * A `fetch` that reads at most `most` bytes of a response. It follows no redirect, which could send a token to another server, and
 * decompresses nothing.
 */
export function createBoundedFetch(dispatcher: Dispatcher, most: number) {
  return async (url: string, { method, headers, body, signal }: Init): Promise<Response> => {
    const answer = await request(url, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(new Headers(headers)),
      ...(body !== undefined && body !== null && { body: String(body) }),
      ...(signal && { signal }),
    })
    const chunks: Uint8Array[] = []
    let bytes = 0
    // Leaving the loop early closes the connection.
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > most) throw new Error(`its response has more than ${most} bytes`)
      chunks.push(chunk)
    }
    return new Response(bytes > 0 ? Buffer.concat(chunks) : null, {
      status: answer.statusCode,
      headers: Object.entries(answer.headers).flatMap(([name, values]) =>
        [values ?? []].flat().map((value): [string, string] => [name, value]),
      ),
    })
  }
}
