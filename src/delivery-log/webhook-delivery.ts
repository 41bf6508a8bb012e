import type { WebhookAttemptError, WebhookDeliveryState } from '../database/client/client.ts'
import type { WebhookAction } from '../webhooks/webhook-action.ts'

/** A webhook on its way to one bot agent, and the record of it. */
export interface WebhookDelivery {
  /** `dlv_…`; what the receiver gets as `webhook-id`, the same over all attempts. */
  readonly id: string
  readonly licenseId: number
  /** The application that owns the bot agent. */
  readonly clientId: string
  readonly botAgentId: string
  readonly chatEventId: string | null
  readonly action: WebhookAction
  readonly state: WebhookDeliveryState
  readonly url: string
  readonly ping: boolean
  readonly attemptCount: number
  readonly nextAttemptAt: Date | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
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
  /** Whether it was asked for, and not due by the schedule. */
  readonly replay: boolean
}

/** What the feed's topic WEBHOOK_DELIVERY holds. */
export interface WebhookDeliveryUpdate {
  readonly deliveryId: string
  readonly state: WebhookDeliveryState
  /** The number of the attempt that is reported; null where none is. */
  readonly attempt: number | null
}
