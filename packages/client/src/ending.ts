import type { FormattedExecutionResult } from 'graphql'

export type Errors = NonNullable<FormattedExecutionResult['errors']>

/** How a stream or its connection has ended: docs/protocol.md of the gateway, "How streams and sockets end". */
export interface Ending {
  /** Whether to subscribe again with the last cursor. */
  readonly again: boolean
  /** Milliseconds to wait at least. */
  readonly wait?: number | undefined
  /** The code of the gateway's error, if it sent one. */
  readonly code?: string | undefined
  readonly message: string
}

/** A stream has ended for good. */
export class StreamEnded extends Error {
  override name = 'StreamEnded'
  /** Such as `UNAUTHENTICATED`, `FORBIDDEN` or `CURSOR_EXPIRED`: docs/clients.md says what to do. */
  readonly code: string | undefined

  constructor({ message, code }: Pick<Ending, 'message' | 'code'>, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Milliseconds after which something that is limited may be tried again, if the gateway has not said so. */
export const A_MINUTE = 60_000

const passing = new Set(['SHUTTING_DOWN', 'SLOW_CONSUMER', 'OVERLOADED', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'])

export function endingOfErrors(errors: Errors): Ending {
  const { message, extensions = {} } = errors[0] ?? { message: 'The stream has ended.' }
  const code = typeof extensions.code === 'string' ? extensions.code : undefined
  const seconds = typeof extensions.retryAfter === 'number' ? extensions.retryAfter : undefined
  return {
    again: code !== undefined && passing.has(code),
    wait: seconds === undefined ? (code === 'RATE_LIMITED' ? A_MINUTE : undefined) : seconds * 1_000,
    code,
    message,
  }
}
