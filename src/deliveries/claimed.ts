import type { WebhooksState } from '../database/client/client.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

/** A delivery that only this gateway may send, as long as its session lasts. */
export interface Claimed {
  readonly id: string
  /** The claim that lists it. */
  readonly claimId: string
  readonly botAgentId: string
  readonly origin: string
  readonly application: string
  readonly action: WebhookAction
  /** The current URL of the bot agent. */
  readonly url: string
  readonly ping: boolean
  /** Whether it is a ping that shows what a webhook of its action looks like. */
  readonly example: boolean
  /** Whether later deliveries of its chat wait for it. */
  readonly inOrder: boolean
  /** Whether this attempt is a replay. */
  readonly replay: boolean
  /** When it was last replayed, in milliseconds since the epoch. */
  readonly replayedMs: string | null
  /** How many attempts it had before this one. */
  readonly attemptCount: number
  /** Failed attempts of the schedule so far. */
  readonly failures: number
  /** JSON text. */
  readonly data: string
  readonly additionalData: string
  /** Bytes of data. */
  readonly size: number
  /** When it was claimed, or a little before, in milliseconds of `performance.now()`. */
  readonly claimedAt: number
  /** Milliseconds since it was created or last replayed. */
  readonly ageMs: number
  /** Encrypted: the key in the body, and the keys that sign, the last one first. */
  readonly secretKey: Uint8Array
  readonly currentSecretKey: Uint8Array
  readonly formerSecretKeys: readonly Uint8Array[]
  /** Encrypted: the headers that the owner has added; null if there are none. */
  readonly headers: Uint8Array | null
  readonly webhooksState: WebhooksState
  /** Milliseconds between two webhooks of the bot agent, and from the claim to the first one; null if it has no limit. */
  readonly spacingMs: number | null
  readonly pacedMs: number | null
}
