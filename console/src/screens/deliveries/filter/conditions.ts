import type { WebhookAttemptError, WebhookDeliveryFilter, WebhookDeliveryState } from './filter.operations.ts'

/** What the conditions look at that a change of a delivery can end. */
export interface Changing {
  readonly state: WebhookDeliveryState
  readonly attempts: readonly {
    readonly statusCode: number | null
    readonly error: WebhookAttemptError | null
    readonly replay: boolean
  }[]
}

/**
 * The conditions that hold for good once they hold. A stream with these alone also tells when a delivery passes the others no more, which one
 * with all of them does not.
 */
export function lastingConditions(filter: WebhookDeliveryFilter): WebhookDeliveryFilter {
  const { states: _states, errors: _errors, statusCodes: _statusCodes, ...lasting } = filter
  if (lasting.replayed !== false) return lasting
  const { replayed: _replayed, ...others } = lasting
  return others
}

/** Whether a delivery that meets the lasting conditions meets the others as well, as it is now. */
export function meetsChangingConditions(delivery: Changing, filter: WebhookDeliveryFilter): boolean {
  const { states, errors, statusCodes, replayed } = filter
  const last = delivery.attempts.at(-1)
  if (states && !states.includes(delivery.state)) return false
  if (errors && !(last?.error && errors.includes(last.error))) return false
  if (statusCodes && !statusCodes.some(({ from, to }) => isWithin(last?.statusCode, from, to))) return false
  return !(replayed === false && delivery.attempts.some(({ replay }) => replay))
}

function isWithin(status: number | null | undefined, from: number, to: number): boolean {
  return typeof status === 'number' && status >= from && status <= to
}
