import type { IncomingMessage, ServerResponse } from 'node:http'
import cors from 'cors'
import type { Logger } from 'pino'
import { HttpError } from '../../contract/http-error.ts'
import { shortened } from '../../contract/quoted.ts'

/** Origins that the log names. More of them must not fill the log, or the memory. */
const MOST_NAMED = 100

/** Which pages in browsers may call the gateway. Other clients send no `Origin`, and are not restricted. RFC 6454, section 7. */
export interface Origins {
  /** @throws HttpError 403 if there is an `Origin`, and it is neither the gateway's own nor an allowed one */
  demand(request: IncomingMessage): void
  /** Adds CORS headers for an allowed origin. @returns whether the request was a preflight, which is then answered */
  answerPreflight(request: IncomingMessage, response: ServerResponse): boolean
}

/** @param allowed besides the gateway's own origin; if empty, all others are rejected and no CORS headers are sent */
export function createOrigins(allowed: readonly string[], log: Logger): Origins {
  const isAllowed = ({ headers }: IncomingMessage) => headers.origin !== undefined && allowed.includes(headers.origin)
  // A page sends its token in a header. There are no cookies, so no credentials are allowed.
  const share = cors({
    origin: [...allowed],
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'www-authenticate', 'x-request-id'],
    maxAge: 7_200,
  })

  /** A browser tells neither the page nor its author why a request was refused. */
  const named = new Set<string>()
  const nameOnce = (origin: string) => {
    if (named.size >= MOST_NAMED || named.has(origin)) return
    named.add(origin)
    log.warn({ origin }, 'a page was refused: its origin is not in ALLOWED_ORIGINS')
  }

  return {
    demand(request) {
      const { origin } = request.headers
      if (origin === undefined || isOwn(request) || isAllowed(request)) return
      nameOnce(shortened(originOf(origin)))
      const message = `Pages of the origin ${shortened(origin)} may not call this gateway. Its operator can add the origin to ALLOWED_ORIGINS.`
      throw new HttpError(403, message, { code: 'FORBIDDEN' })
    },

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

/** Without what a client may have added to it. URL knows only the origins of the schemes of the web, not such as `chrome-extension:`. */
function originOf(text: string): string {
  const url = URL.parse(text)
  if (!url?.host || url.origin !== 'null') return url?.origin ?? 'null'
  return `${url.protocol}//${url.host}`
}

/** Compares only the host: behind a proxy that terminates TLS, the scheme is not known. */
function isOwn({ headers }: IncomingMessage): boolean {
  const origin = URL.parse(headers.origin ?? '')
  return origin !== null && origin.host === URL.parse(`${origin.protocol}//${headers.host}`)?.host && origin.host !== ''
}
