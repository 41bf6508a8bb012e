/** The sign of life of work that goes on all the time, such as sending webhooks. */
export interface Heartbeat {
  /** What callers are told if it stands still. */
  readonly trouble: string
  /** @returns for how many milliseconds it has not gone on */
  readonly standsStillFor: () => number
}
