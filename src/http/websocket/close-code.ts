import { CloseCode } from 'graphql-ws'
import type { Unauthenticated } from '../../identity/unauthenticated.ts'

/**
 * The codes with which sockets are closed. Clients of graphql-ws try to reconnect after `expired`, `restart`, `slow` and `later`, but by
 * default give up if the gateway is not back at once; they treat the others as final. RFC 6455, section 7.4; graphql-transport-ws,
 * PROTOCOL.md. See docs/protocol.md and docs/clients.md.
 */
export const closeCodes = {
  badRequest: CloseCode.BadRequest,
  unauthorized: CloseCode.Unauthorized,
  expired: CloseCode.Forbidden,
  wrongProtocol: CloseCode.SubprotocolNotAcceptable,
  tooMany: CloseCode.TooManyInitialisationRequests,
  restart: 1012,
  slow: 1013,
  later: 1013,
  failed: CloseCode.InternalServerError,
} as const

export function closeCodeOf({ reason }: Unauthenticated): number {
  const codes: Partial<Record<typeof reason, number>> = { expired: closeCodes.expired, unavailable: closeCodes.later }
  return codes[reason] ?? closeCodes.unauthorized
}

/** RFC 6455, section 5.5: the reason in a close frame may have 123 bytes. */
export function shortened(message: string): string {
  const bytes = Buffer.from(message.replace(/\.$/, ''))
  return bytes.length <= 123
    ? bytes.toString()
    : `${bytes
        .subarray(0, 120)
        .toString()
        .replace(/\uFFFD+$/, '')}…`
}
