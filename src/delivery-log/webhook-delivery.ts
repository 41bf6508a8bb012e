import type { WebhookAttemptError, WebhookDeliveryState } from '../database/client/client.ts'
import type { Reach } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { AttemptDetail } from '../outbound/attempt-detail.ts'
import type { Header } from '../outbound/kept-headers.ts'
import { mayReadSecretKey } from '../webhooks/secret-keys.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

/** A webhook to one bot agent, and the record of its attempts. */
export interface WebhookDelivery {
  /** `dlv_…`. The receiver gets it as `webhook-id`, the same for all attempts. */
  readonly id: string
  readonly licenseId: number
  /** The application that owns the bot agent. */
  readonly clientId: string
  readonly botAgentId: string
  readonly chatEventId: string | null
  readonly chatId: string | null
  readonly action: WebhookAction
  readonly state: WebhookDeliveryState
  readonly url: string
  readonly ping: boolean
  /** Whether only the application that owns the bot agent may see its content. */
  readonly confidential: boolean
  readonly attemptCount: number
  /** How many attempts of the schedule have failed. */
  readonly failures: number
  /** Of the last attempt. */
  readonly lastError: WebhookAttemptError | null
  readonly lastStatusCode: number | null
  /** When it was last replayed. */
  readonly replayedAt: Date | null
  readonly nextAttemptAt: Date | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/**
 * The one rule for what others may know of a confidential delivery: neither what it carries, nor its chat and its event. They see that
 * there is a delivery, and what became of it.
 * @param viewer the application that asks
 */
export function isHiddenFrom(
  viewer: string,
  { confidential, clientId }: Pick<WebhookDelivery, 'confidential' | 'clientId'>,
): boolean {
  return confidential && clientId !== viewer
}

export interface WebhookAttempt {
  readonly deliveryId: string
  /** From 1. */
  readonly number: number
  readonly startedAt: Date
  readonly durationMs: number
  readonly statusCode: number | null
  readonly error: WebhookAttemptError | null
  readonly responseBody: string | null
  /** Whether there was more of the response than was kept. */
  readonly responseBodyCut: boolean
  /** Whether it is a replay, not an attempt of the schedule. */
  readonly replay: boolean
  /** Whether the delivery is a ping or an example. */
  readonly ping: boolean
  /** The id of the gateway that made it; null if an earlier release did. */
  readonly gateway: string | null
  /** Null if no request was made, or by an earlier release. */
  readonly detail: AttemptDetail | null
}

/** What a webhook carries. */
export interface WebhookContent {
  readonly botAgent: { readonly id: string; readonly licenseId: number; readonly clientId: string }
  /** @throws if it was encrypted with a key that is lost */
  secretKey(): string
  /** @returns the body as it is sent, with this secret key in it */
  body(secretKey: string): string
}

/**
 * @param owner the license and the application of the bot agent
 * @returns an attempt as the viewer may see it
 */
export function attemptFor(
  viewer: Viewer,
  attempt: WebhookAttempt & { readonly confidential: boolean },
  owner: Required<Reach>,
): WebhookAttempt {
  if (isHiddenFrom(viewer.clientId, { ...attempt, clientId: owner.clientId })) return withoutContent(attempt)
  return mayReadSecretKey(viewer, owner) ? attempt : withoutSignature(attempt)
}

/** The body is shown but for the key in it, so with a signature a key that is weak could be guessed, and nobody would notice. */
function withoutSignature(attempt: WebhookAttempt): WebhookAttempt {
  const { detail } = attempt
  if (!detail) return attempt
  const requestHeaders = detail.requestHeaders.map(([name, value]): Header => {
    if (name !== 'webhook-signature') return [name, value]
    return [name, value.replace(/[^, ]+(?= |$)/g, '…')]
  })
  return { ...attempt, detail: { ...detail, requestHeaders } }
}

/** @returns an attempt as those see it who may not read what a confidential delivery carries: the destination may quote that */
function withoutContent(attempt: WebhookAttempt): WebhookAttempt {
  const { detail } = attempt
  const hidden = detail && { ...detail, address: null, requestHeaders: [], responseHeaders: [] }
  return { ...attempt, responseBody: null, responseBodyCut: false, detail: hidden }
}

/** The data of feed entries of the topic WEBHOOK_DELIVERY. */
export interface WebhookDeliveryUpdate {
  readonly deliveryId: string
  readonly state: WebhookDeliveryState
  /** The number of the attempt that is reported; null if none is. */
  readonly attempt: number | null
  /** How many attempts it had then, and whether it had been replayed. Absent in entries by an earlier release. */
  readonly attempts?: number
  readonly replayed?: boolean
}
