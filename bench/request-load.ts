import { Pool } from 'undici'
import { now } from './clock.ts'
import { quantile } from './statistics.ts'

export const CONNECTIONS = 32

/** A server under load. */
export interface Target {
  readonly name: string
  readonly origin: string
  /** The `Authorization` of each license. */
  readonly authorizations: readonly string[]
}

/** A request to send. */
export interface Shot {
  readonly licenseId: number
  readonly path: string
  readonly body: string
  /** Whether the response, as text, is what was asked for. */
  isAnswer(text: string): boolean
}

export interface Measured {
  readonly perSecond: number
  /** Milliseconds of the server's processor for each request. */
  readonly cpu: number
  /** Latencies in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 * Sends requests for so many milliseconds, over 32 connections that each send the next one when the last is answered.
 * @param next makes the request of that number @throws if an answer is not what was asked for
 */
export async function load(
  { name, origin, authorizations }: Target,
  next: (number: number) => Shot,
  ms: number,
): Promise<Measured> {
  const pool = new Pool(origin, { connections: CONNECTIONS })
  const latencies: number[] = []
  let sent = 0
  const cpuBefore = await cpuSeconds(pool)
  const begun = now()
  const loop = async () => {
    while (now() < begun + ms) {
      const { licenseId, path, body: content, isAnswer } = next(sent)
      sent += 1
      const from = now()
      const { body, statusCode } = await pool.request({
        path,
        method: 'POST',
        headers: { authorization: authorizations[licenseId] ?? '', 'content-type': 'application/json' },
        body: content,
      })
      const answer = await body.text()
      latencies.push(now() - from)
      if (statusCode !== 200 || !isAnswer(answer)) throw new Error(`${name}: ${content}: ${statusCode} ${answer}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, loop))
  const seconds = (now() - begun) / 1_000
  const cpu = (await cpuSeconds(pool)) - cpuBefore
  await pool.close()
  return {
    perSecond: latencies.length / seconds,
    cpu: (1_000 * cpu) / latencies.length,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  }
}

async function cpuSeconds(pool: Pool): Promise<number> {
  const { body } = await pool.request({ path: '/metrics', method: 'GET' })
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(await body.text())?.[1])
}
