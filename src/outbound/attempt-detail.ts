import type { Header } from './kept-headers.ts'

/** What one attempt tells beside its outcome. */
export interface AttemptDetail {
  /** The address and port that it reached, or else the last one that it tried; `null` if it came to none. */
  readonly address: string | null
  readonly timings: AttemptTimings
  /** As they were sent, in their order, with `…` for each value that is secret. */
  readonly requestHeaders: readonly Header[]
  /** At most 50, and 8 KiB in all. Secrets are masked. */
  readonly responseHeaders: readonly Header[]
  /** The code of the error behind the failure, such as `CERT_HAS_EXPIRED`; `null` if there is none. */
  readonly cause: string | null
}

/** Milliseconds of each phase, up to the end of the attempt if it did not get further; `null` if it did not come to that. */
export interface AttemptTimings {
  readonly lookup: number | null
  readonly connect: number | null
  readonly tls: number | null
  /** From when the request was sent to the first byte of the response. */
  readonly firstByte: number | null
  /** From there to the end of the response. */
  readonly read: number | null
}

/** When the parts of opening a connection were over, by `performance.now()`; 0: not yet, or not at all. */
export interface Opening {
  readonly begun: number
  lookedUp: number
  /** When the first address was tried. */
  tried: number
  connected: number
  ready: number
}

/** How far an attempt has come, in the same way. */
export interface Progress {
  /** `undefined` on a connection that was open. */
  readonly opening: Opening | undefined
  sent: number
  answered: number
}

const nothing: AttemptTimings = { lookup: null, connect: null, tls: null, firstByte: null, read: null }

/** @param progress `undefined`: it waited for a connection to the end */
export function timingsOf(progress: Progress | undefined, end: number): AttemptTimings {
  if (!progress) return nothing
  const { opening, sent, answered } = progress
  return {
    ...(opening ? timingsOfOpening(opening, end) : nothing),
    firstByte: sent === 0 ? null : between(sent, answered || end),
    read: answered === 0 ? null : between(answered, end),
  }
}

function timingsOfOpening({ begun, lookedUp, tried, connected, ready }: Opening, end: number) {
  return {
    // An address in the URL is not looked up, and is tried at once.
    lookup: lookedUp || !tried ? between(begun, lookedUp || end) : null,
    connect: tried ? between(tried, connected || end) : null,
    tls: connected && ready !== connected ? between(connected, ready || end) : null,
  }
}

function between(from: number, to: number): number {
  return Math.max(0, Math.round(to - from))
}
