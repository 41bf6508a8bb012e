import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/**
 * Metrics in the text format of Prometheus. Labels have few values: no license, application, bot agent or destination.
 */
export interface Metrics {
  /** The media type of `text`. */
  readonly contentType: string
  text(): Promise<string>
  /** Records a request that was answered; `path` as the gateway routes it. */
  requestDone(request: { path: string; status: number; seconds: number }): void
  /** Records an attempt to send a webhook; `outcome` is `delivered` or why it failed. */
  attemptDone(attempt: { outcome: string; seconds: number }): void
  /** Adds a counter with one label, for each of its values from 0 on. @returns counts one */
  counter(name: string, help: string, of: { label: string; values: readonly string[] }): (value: string) => void
  /** Adds a value that is read each time the metrics are requested; NaN if reading it fails. */
  gauge(name: string, help: string, read: () => Promise<number>): void
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Histogram({
    name: 'gateway_http_request_duration_seconds',
    help: 'Duration of HTTP requests, including streams, from the head of the request to the end of the response.',
    labelNames: ['path', 'status'],
    buckets: SECONDS,
    registers,
  })
  const attempts = new Counter({
    name: 'gateway_webhook_attempts_total',
    help: 'Attempts to send a webhook, by outcome: delivered, or the error of the attempt.',
    labelNames: ['outcome'],
    registers,
  })
  const attemptDurations = new Histogram({
    name: 'gateway_webhook_attempt_duration_seconds',
    help: 'Duration of attempts to send a webhook, from looking up the name to the end of the response.',
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
    counter(name, help, { label, values }) {
      const counter = new Counter({ name, help, labelNames: [label], registers })
      for (const value of values) counter.inc({ [label]: value }, 0)
      return (value) => counter.inc({ [label]: value })
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
