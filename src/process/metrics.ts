import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What an operator watches, in the text format of Prometheus. Labels take few values and name no license, application, bot agent
 * or destination.
 */
export interface Metrics {
  /** Of the answer of `text`. */
  readonly contentType: string
  text(): Promise<string>
  /** A request that was answered; `path` as the gateway routes it. */
  requestDone(request: { path: string; status: number; seconds: number }): void
  /** An attempt to send a webhook; `outcome` is `delivered` or why it failed. */
  attemptDone(attempt: { outcome: string; seconds: number }): void
  /** A value that is asked for when somebody looks; NaN where it can't be had. */
  gauge(name: string, help: string, read: () => Promise<number>): void
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Histogram({
    name: 'gateway_http_request_duration_seconds',
    help: 'Requests over HTTP, streams included, from their head to the end of the answer.',
    labelNames: ['path', 'status'],
    buckets: SECONDS,
    registers,
  })
  const attempts = new Counter({
    name: 'gateway_webhook_attempts_total',
    help: 'Attempts to send a webhook, by what came of them: delivered, or the error that the log of deliveries names.',
    labelNames: ['outcome'],
    registers,
  })
  const attemptDurations = new Histogram({
    name: 'gateway_webhook_attempt_duration_seconds',
    help: 'How long attempts took, from looking up the name to the end of the answer.',
    buckets: SECONDS,
    registers,
  })

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    requestDone({ path, status, seconds }) {
      requests.observe({ path, status }, seconds)
    },
    attemptDone({ outcome, seconds }) {
      attempts.inc({ outcome })
      attemptDurations.observe(seconds)
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read().catch(() => Number.NaN))
        },
      })
    },
  }
}
