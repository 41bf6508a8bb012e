import type { WebhookAttemptError, WebhooksState } from '../database/client/client.ts'

export const noticeKinds = ['PAUSED', 'DISABLED', 'ENABLED', 'RECOVERED', 'GAVE_UP'] as const

/** The attempt that a notice is about. */
export interface NoticedFailure {
  readonly deliveryId: string
  readonly error: WebhookAttemptError | null
  readonly statusCode: number | null
}

/**
 * What owners are told about their webhooks: a change of their state that they did not see coming, or a delivery that was given up. The
 * data of feed entries of the topics WEBHOOKS_STATE and WEBHOOKS_NOTICE.
 */
export type WebhooksNotice =
  | ({
      readonly kind: 'PAUSED' | 'DISABLED'
      /** Failed attempts in a row, and the time of the first of them. */
      readonly failures: number
      readonly since: string
      /** Whether the destination responded with 410. */
      readonly gone: boolean
    } & NoticedFailure)
  | { readonly kind: 'RECOVERED'; readonly failures: number; readonly since: string }
  | {
      readonly kind: 'ENABLED'
      readonly was: Exclude<WebhooksState, 'ACTIVE'>
      /** The mutation that did it. */
      readonly by: 'enableWebhooks' | 'updateBotAgent'
    }
  | ({ readonly kind: 'GAVE_UP'; readonly attempts: number } & NoticedFailure)

/** @returns a notice as sentences for people: what has happened, why, and what to do */
export function causeOf(notice: WebhooksNotice): string {
  switch (notice.kind) {
    case 'PAUSED':
      return `${inARow(notice)}; the last one ${ended(notice)}. Webhooks wait, and the gateway probes the destination from time to time: they go on by themselves after the first success, or at once when you call \`enableWebhooks\`.`
    case 'DISABLED':
      return `${notice.gone ? 'The destination responded with 410: it wants no more webhooks' : `No attempt has succeeded since ${time(notice.since)}; the last one ${ended(notice)}`}. Webhooks are held. When the destination accepts them again, call \`enableWebhooks\`, and replay those that are HELD.`
    case 'RECOVERED':
      return `An attempt has succeeded. Before it, ${inARow(notice)}. The webhooks that waited are sent now.`
    case 'ENABLED':
      return `The application that owns the bot agent called \`${notice.by}\`. Before, webhooks were ${notice.was}.${notice.was === 'DISABLED' ? ' Those that are HELD stay HELD until you replay them.' : ''}`
    case 'GAVE_UP':
      return `Attempt ${notice.attempts} was the last one, and it ${ended(notice)}. When the destination accepts webhooks again, replay the delivery.`
  }
}

function inARow({ failures, since }: { failures: number; since: string }): string {
  return failures === 1
    ? `1 attempt failed at ${time(since)}`
    : `${failures} attempts in a row failed since ${time(since)}`
}

/** Without milliseconds. */
function time(text: string): string {
  return new Date(text).toISOString().replace(/\.\d+/, '')
}

function ended({ error, statusCode }: NoticedFailure): string {
  return error === 'HTTP_STATUS' || error === null ? `got the status ${statusCode}` : endings[error]
}

const endings: Record<Exclude<WebhookAttemptError, 'HTTP_STATUS'>, string> = {
  TIMEOUT: 'took too long',
  DNS: 'failed because the host name was not found',
  CONNECTION: 'failed because there was no connection',
  CONNECTION_REFUSED: 'failed because nothing listens at the address and port',
  CONNECTION_RESET: 'failed because the connection was closed before a response began',
  RESPONSE_BROKEN_OFF: 'failed because the connection was closed in the middle of the response',
  TLS: 'failed because of TLS, perhaps because the certificate is not valid',
  BLOCKED_ADDRESS: 'was not made because the address is not public',
  INTERRUPTED: 'was interrupted because the gateway stopped',
}
