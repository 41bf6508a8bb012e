import type { IncomingMessage, ServerResponse } from 'node:http'
import cors from 'cors'

/** Which pages in browsers may call the gateway. Other clients send no `Origin`, and are not restricted. RFC 6454, section 7. */
export interface Origins {
  /** @returns whether there is no `Origin`, or it is the gateway's own or an allowed one */
  admits(request: IncomingMessage): boolean
  /** @returns the message of the 403 for a request that is not admitted */
  explain(request: IncomingMessage): string
  /** Adds CORS headers for an allowed origin. @returns whether the request was a preflight, which is then answered */
  answerPreflight(request: IncomingMessage, response: ServerResponse): boolean
}

/** @param allowed besides the gateway's own origin; if empty, all others are rejected and no CORS headers are sent */
export function createOrigins(allowed: readonly string[]): Origins {
  const isAllowed = ({ headers }: IncomingMessage) => headers.origin !== undefined && allowed.includes(headers.origin)
  // A page sends its token in a header. There are no cookies, so no credentials are allowed.
  const share = cors({
    origin: [...allowed],
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'www-authenticate', 'x-request-id'],
    maxAge: 7_200,
  })

  return {
    admits: (request) => request.headers.origin === undefined || isOwn(request) || isAllowed(request),

    explain: ({ headers }) =>
      `Pages of the origin ${headers.origin} may not call this gateway. Its operator can add the origin to ALLOWED_ORIGINS.`,

    answerPreflight(request, response) {
      if (allowed.length === 0) return false
      let answered = true
      // `cors` calls this synchronously if it has not answered the request itself.
      share(request, response, () => {
        answered = false
      })
      return answered
    },
  }
}

/** Compares only the host: behind a proxy that terminates TLS, the scheme is not known. */
function isOwn({ headers }: IncomingMessage): boolean {
  const origin = URL.parse(headers.origin ?? '')
  return origin !== null && origin.host === URL.parse(`${origin.protocol}//${headers.host}`)?.host && origin.host !== ''
}
