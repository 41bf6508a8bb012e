import type { Metrics } from '../process/metrics.ts'
import { createRateLimits, type RateLimitSettings, type RateLimits } from './rate-limits.ts'
import { Turns, turnsOfArrivals } from './turns.ts'

export interface AdmissionSettings {
  readonly rateLimits: RateLimitSettings
}

/** What decides whether and when work is accepted. */
export interface Admission {
  readonly rates: RateLimits
  readonly turns: Turns
  /** For requests that nothing is known about yet except their caller: an application, or a network. */
  readonly arrivals: Turns
}

export function createAdmission(settings: AdmissionSettings, { metrics }: { metrics: Metrics }): Admission {
  const turns = new Turns()
  metrics.gauge(
    'gateway_operations_running',
    'Operations that this gateway is running, at most 16.',
    async () => turns.running,
  )
  metrics.gauge('gateway_operations_waiting', 'Operations that are waiting for their turn.', async () => turns.waiting)
  const arrivals = new Turns(turnsOfArrivals)
  metrics.gauge(
    'gateway_requests_arriving',
    'Requests that have arrived, and wait for their turn to be read.',
    async () => arrivals.waiting,
  )
  return { rates: createRateLimits(settings.rateLimits), turns, arrivals }
}
