/** Limits of concurrent attempts: in all, for one bot agent, to one origin (scheme, host and port), and for one application. */
export interface Shares {
  readonly all: number
  readonly botAgent: number
  readonly origin: number
  readonly application: number
  /** Bytes of data, for one application. */
  readonly bytes: number
}

/** Those of one gateway. */
export const SHARES: Shares = { all: 512, botAgent: 32, origin: 128, application: 256, bytes: 8 * 1_024 * 1_024 }
