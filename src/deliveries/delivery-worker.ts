import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Encryption } from '../database/encryption.ts'
import type { Attempted, HttpSender } from '../outbound/http-sender.ts'
import type { Metrics } from '../process/metrics.ts'
import { WakeSignal } from '../process/wake-signal.ts'
import { wireAction } from '../webhooks/webhook-action.ts'
import type { Busy, Shares } from './claim-sql.ts'
import { type Claimed, type DeliveryQueue, LEASE_MS, type Outcome } from './delivery-queue.ts'
import { delayBefore } from './retry-schedule.ts'
import { signatureHeaders } from './signature.ts'
import { webhookBody } from './webhook-body.ts'
import type { Verdict, WebhooksHealth } from './webhooks-health.ts'

/** Concurrent attempts of this gateway. */
export const SHARES: Shares = { all: 512, botAgent: 32, origin: 128, application: 256 }
/**
 * Deliveries that are claimed and not yet written. This is more than are sent at once, because others are sent while outcomes are being
 * written.
 */
const MOST_CLAIMED = 2 * SHARES.all
/** The pause after a claim that found something, and after a write: one statement with more rows is cheaper than several. */
const GATHER_MS = 5
/** How often the queue is read even if nothing wakes the worker: other gateways may have added deliveries, and retries become due. */
const POLL_MS = 1_000
const BACK_OFF_MS = 1_000

interface Options {
  readonly queue: DeliveryQueue
  readonly health: WebhooksHealth
  readonly sender: HttpSender
  readonly encryption: Encryption
  /** Milliseconds before the second attempt, the third and so on. */
  readonly schedule: readonly number[]
  readonly metrics: Metrics
  readonly log: Logger
}

/** A claimed delivery, and the outcome of its attempt. */
interface Done {
  readonly claimed: Claimed
  readonly outcome: Outcome
}

/** Sends deliveries that are due: claims them, sends them, writes the outcomes. */
export class DeliveryWorker {
  readonly #options: Options
  readonly #due = new WakeSignal()
  /** Claimed and not yet written. */
  readonly #underWay = new Set<Claimed>()
  readonly #busy = { botAgent: new Map<string, number>(), origin: new Map(), application: new Map() } satisfies Busy
  readonly #done: Done[] = []
  #sending = 0
  #stopping = false
  #looping: Promise<void> | undefined
  #writing: Promise<void> | undefined
  #renewal: NodeJS.Timeout | undefined

  constructor(options: Options) {
    this.#options = options
    const { metrics } = options
    metrics.gauge('gateway_webhooks_under_way', 'Attempts under way in this gateway.', async () => this.#sending)
  }

  start(): void {
    this.#looping = this.#loop()
    this.#renewal = setInterval(() => this.#renew(), LEASE_MS / 3)
  }

  /** Stops claiming; resolves when the attempts under way have ended and are written. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#due.set()
    await this.#looping
    while (this.#underWay.size > 0) await delay(10)
    await this.#writing
    clearInterval(this.#renewal)
    await this.#options.sender.close()
  }

  /** Reads the queue now: something has become due. */
  readonly wake = (): void => this.#due.set()

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      this.#due.clear()
      const all = Math.min(SHARES.all - this.#sending, MOST_CLAIMED - this.#underWay.size)
      const claimed = all > 0 ? await this.#claim({ ...SHARES, all }) : []
      for (const delivery of claimed) void this.#attempt(delivery)
      if (claimed.length > 0) await delay(GATHER_MS)
      else if (!this.#stopping) await this.#due.wait(POLL_MS)
    }
  }

  async #claim(shares: Shares): Promise<Claimed[]> {
    const { queue, log } = this.#options
    try {
      return await queue.claim(shares, this.#busy)
    } catch (error) {
      log.warn({ err: error }, 'webhooks could not be claimed: trying again')
      await delay(BACK_OFF_MS)
      return []
    }
  }

  async #attempt(claimed: Claimed): Promise<void> {
    this.#underWay.add(claimed)
    this.#count(claimed, 1)
    const attempted = await this.#send(claimed)
    this.#count(claimed, -1)
    this.wake()
    const { metrics, schedule } = this.#options
    metrics.attemptDone({ outcome: attempted.error ?? 'delivered', seconds: attempted.durationMs / 1_000 })
    this.#done.push({ claimed, outcome: outcomeOf(claimed, attempted, schedule) })
    this.#writing ??= this.#write()
  }

  #count({ botAgentId: botAgent, origin, application }: Claimed, change: 1 | -1): void {
    this.#sending += change
    for (const [by, key] of Object.entries({ botAgent, origin, application }) as [keyof Busy, string][]) {
      const count = (this.#busy[by].get(key) ?? 0) + change
      if (count > 0) this.#busy[by].set(key, count)
      else this.#busy[by].delete(key)
    }
  }

  async #send(claimed: Claimed): Promise<Attempted> {
    const { sender, encryption, log } = this.#options
    try {
      return await sender.send(requestOf(claimed, encryption))
    } catch (error) {
      // A bug in the gateway: this delivery is retried by the schedule, and the others are not affected.
      log.error({ err: error, delivery: claimed.id }, 'a webhook could not be sent')
      const nothing = { statusCode: null, responseBody: null, retryAfterMs: null }
      return { startedAt: new Date(), durationMs: 0, error: 'CONNECTION', ...nothing }
    }
  }

  /** Outcomes that arrive while one batch is written, or shortly after, are the next batch. */
  async #write(): Promise<void> {
    while (this.#done.length > 0) {
      const batch = this.#done.splice(0)
      await this.#untilWritten(batch)
      for (const { claimed } of batch) this.#underWay.delete(claimed)
      this.wake()
      await delay(GATHER_MS)
    }
    this.#writing = undefined
  }

  async #untilWritten(batch: readonly Done[]): Promise<void> {
    const { queue, health } = this.#options
    const written = await this.#insist(() => queue.complete(batch.map(({ outcome }) => outcome)))
    // An outcome whose lease was lost says little about the destination: a gateway that stalls sees timeouts.
    const verdicts = verdictsOf(
      batch.flatMap(({ claimed, outcome }) => {
        const { troubled } = written?.get(claimed.id) ?? {}
        return troubled === undefined ? [] : [{ claimed, outcome, troubled }]
      }),
    )
    if (verdicts.length > 0) await this.#insist(() => health.note(verdicts))
  }

  /**
   * Retries until it succeeds.
   * @returns `undefined` if the worker is stopped first: the database may stay down. The leases then expire, and other gateways send the
   * deliveries.
   */
  async #insist<Result>(act: () => Promise<Result>): Promise<Result | undefined> {
    for (;;) {
      try {
        return await act()
      } catch (error) {
        this.#options.log.warn({ err: error }, 'the outcomes of webhooks could not be written: trying again')
        if (this.#stopping) return undefined
        await delay(BACK_OFF_MS)
      }
    }
  }

  /** Renews the leases of what is under way, until it is written. */
  async #renew(): Promise<void> {
    const { queue, log } = this.#options
    if (this.#underWay.size === 0) return
    try {
      await queue.renew([...this.#underWay].map(({ id, leaseId }) => ({ id, leaseId })))
    } catch (error) {
      log.warn({ err: error }, 'claims could not be renewed')
    }
  }
}

function requestOf(claimed: Claimed, encryption: Encryption) {
  const { id, botAgentId, action, url, data, additionalData } = claimed
  const decrypt = (sealed: Uint8Array) => encryption.decrypt(sealed, botAgentId)
  const secretKey = decrypt(claimed.secretKey)
  const body = webhookBody({
    webhookId: id,
    secretKey,
    action: claimed.ping ? 'ping' : wireAction(action),
    data,
    additionalData,
  })
  const secrets = [claimed.currentSecretKey, claimed.formerSecretKey]
    .filter((sealed) => sealed !== null)
    // Usually the key in the body, which is decrypted already.
    .map((sealed) => (Buffer.compare(sealed, claimed.secretKey) === 0 ? secretKey : decrypt(sealed)))
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'bot-agent-gateway',
    ...signatureHeaders({ id, timestamp: new Date(), body, secrets }),
  }
  return { url, body, headers, secrets: [secretKey, ...secrets] }
}

function outcomeOf(claimed: Claimed, attempted: Attempted, schedule: readonly number[]): Outcome {
  const { id, leaseId, ping, replay } = claimed
  const { startedAt, durationMs, statusCode, error, responseBody, retryAfterMs } = attempted
  const succeeded = error === null
  const failures = claimed.failures + (succeeded ? 0 : 1)
  const wait = succeeded || ping ? undefined : delayBefore(failures, schedule, { random: Math.random, retryAfterMs })
  const state = succeeded ? 'SUCCEEDED' : wait === undefined ? 'FAILED' : 'PENDING'
  const record = { startedAt, durationMs, statusCode, error, responseBody }
  return { id, leaseId, replay, ...record, failures, state, delay: wait ?? null }
}

/** Only verdicts that may change the health of a destination: most attempts succeed, and change nothing. */
function verdictsOf(batch: readonly (Done & { troubled: boolean })[]): Verdict[] {
  const byDestination = Map.groupBy(
    batch.filter(({ claimed }) => !claimed.ping),
    ({ claimed }) => `${claimed.botAgentId} ${claimed.url}`,
  )
  return [...byDestination.values()].flatMap((attempts) => {
    const [first] = attempts
    const failures = attempts.filter(({ outcome }) => outcome.error !== null).length
    if (!first || (failures === 0 && !attempts.some(({ troubled }) => troubled))) return []
    const { botAgentId, url } = first.claimed
    const recovered = failures < attempts.length
    const probed = attempts.some(({ claimed }) => claimed.webhooksState === 'PAUSED')
    const gone = attempts.some(({ outcome }) => outcome.statusCode === 410)
    return [{ botAgentId, url, failures, recovered, probed, gone }]
  })
}
