import type { GraphQLError } from './request.ts'
import type { RequestHeaders } from './request-headers.ts'

/** What to do when the gateway has ended or refused something: the table in docs/protocol.md. */
export interface Advice {
  /** Whether a stream resumes by itself: always, or once in a while. */
  readonly again: { readonly always?: boolean; readonly once?: boolean }
  /** Milliseconds to wait before, if the gateway has said so. */
  readonly after?: number
  /** For the reader. */
  readonly advice: string
}

/** Codes after which a stream resumes with its last cursor. */
const passing = new Set(['SHUTTING_DOWN', 'SLOW_CONSUMER', 'OVERLOADED'])

/** Seconds. Who is asked to wait longer is told so instead. */
const LONGEST_WAIT = 60

export function adviceOn([error]: readonly GraphQLError[], headers: RequestHeaders): Advice {
  const { code = '', retryAfter = 0 } = error?.extensions ?? {}
  const after = retryAfter > 0 && retryAfter <= LONGEST_WAIT ? { after: retryAfter * 1_000 } : {}
  if (passing.has(code)) return { again: { always: true }, ...after, advice: 'Run it again in a moment.' }
  switch (code) {
    case 'RATE_LIMITED': {
      const advice = `Stop other streams, or wait${retryAfter > 0 ? ` ${retryAfter} seconds` : ''}. Then run it again.`
      return { again: { always: 'after' in after }, ...after, advice }
    }
    case 'INTERNAL_SERVER_ERROR':
      return { again: { once: true }, advice: 'If it happens again, report the id in the message.' }
    case 'UNAUTHENTICATED':
      return { again: {}, advice: aboutToken(headers) }
    case 'FORBIDDEN':
      return { again: {}, advice: 'Put a token with that scope into Headers. Then run it again.' }
    case 'CURSOR_EXPIRED':
      return { again: {}, advice: 'Run it again to listen from now on.' }
    default:
      return { again: {}, advice: 'Put right what the message says. Then run it again.' }
  }
}

function aboutToken(headers: RequestHeaders): string {
  if (headers.isOwn) return 'The gateway does not accept the token that it gave this page. Reload the page.'
  const own = headers.hasOwn ? ', or press "Use the token of this page" at the bottom' : ''
  return `Put a valid access token into Headers, as {"Authorization": "Bearer <token>"}${own}. Then run it again.`
}
