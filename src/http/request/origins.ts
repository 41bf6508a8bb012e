import type { IncomingMessage, ServerResponse } from 'node:http'
import cors from 'cors'

/** Which pages in browsers may call. Whoever is no browser sends no `Origin`, and is not asked. RFC 6454, section 7. */
export interface Origins {
  /** Whether there is no `Origin`, or it is the gateway's own or an allowed one. */
  admits(request: IncomingMessage): boolean
  /** To be said with status 403 to whom is not admitted. */
  explain(request: IncomingMessage): string
  /** Says on the response that an allowed origin may read it; answers the request itself if it is a preflight. */
  answerPreflight(request: IncomingMessage, response: ServerResponse): boolean
}

/** @param allowed besides the gateway's own origin; none: closed to all others, and no CORS headers */
export function createOrigins(allowed: readonly string[]): Origins {
  const isAllowed = ({ headers }: IncomingMessage) => headers.origin !== undefined && allowed.includes(headers.origin)
  // Tokens are sent as a header, which a page adds itself: there are no cookies, so no credentials.
  const share = cors({
    origin: [...allowed],
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'www-authenticate', 'x-request-id'],
    maxAge: 7_200,
  })

  return {
    admits: (request) => request.headers.origin === undefined || isOwn(request) || isAllowed(request),

    explain: ({ headers }) =>
      `Pages of the origin ${headers.origin} may not call this gateway: whoever runs it can name it in ALLOWED_ORIGINS.`,

    answerPreflight(request, response) {
      if (allowed.length === 0) return false
      let answered = true
      // Calls on at once where there is something left to answer.
      share(request, response, () => {
        answered = false
      })
      return answered
    },
  }
}

/** By host alone: a proxy that takes TLS off tells no scheme. */
function isOwn({ headers }: IncomingMessage): boolean {
  const origin = URL.parse(headers.origin ?? '')
  return origin !== null && origin.host === URL.parse(`${origin.protocol}//${headers.host}`)?.host && origin.host !== ''
}
