import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Encryption } from '../database/encryption.ts'
import type { Changes } from '../feed/change.ts'
import type { Attempted, HttpSender } from '../outbound/http-sender.ts'
import type { Heartbeat } from '../process/heartbeat.ts'
import type { Metrics } from '../process/metrics.ts'
import { WakeSignal } from '../process/wake-signal.ts'
import type { Claimed } from './claimed.ts'
import type { DeliveryQueue, Outcome } from './delivery-queue.ts'
import { DeliverySession } from './delivery-session.ts'
import { Departures } from './departures.ts'
import { Lanes, partitionOf } from './lanes.ts'
import { HANDOVER_MS } from './pace.ts'
import { Partitions } from './partitions.ts'
import { afterFailure, type RetrySchedule } from './retry-schedule.ts'
import { SHARES } from './shares.ts'
import type { StoppedWebhooks } from './stopped-webhooks.ts'
import { storedDetail } from './stored-detail.ts'
import { rememberedSecrets, requestOf } from './webhook-request.ts'
import { note, verdictsOf } from './webhooks-health.ts'
import type { WebhooksNotices } from './webhooks-notices.ts'

/**
 * Deliveries that are claimed and not yet written. This is more than are sent at once, because others are sent while outcomes are being
 * written.
 */
const MOST_CLAIMED = 2 * SHARES.all
/** Bytes of their data. */
const MOST_BYTES = 32 * 1_024 * 1_024
const OUTCOMES_AT_ONCE = 512
/** How often the worker shows that it is alive, sees to its partitions, and walks through the lanes: hints can get lost. */
const BEAT_MS = 1_000
/** The same while it waits to take over partitions. */
const EAGER_BEAT_MS = 200
/** For how long a worker that stops waits for deliveries that somebody has locked. */
const LONGEST_STOP_MS = 10_000
const RECONNECT_MS = { first: 50, most: 500 }

interface Options {
  /** The number of the gateway, which identifies the worker, also in later sessions. */
  readonly number: number
  readonly connectionString: string
  readonly changes: Changes
  readonly queue: DeliveryQueue
  readonly stopped: StoppedWebhooks
  readonly notices: WebhooksNotices
  readonly sender: HttpSender
  readonly encryption: Encryption
  /** Milliseconds before the second attempt, the third and so on. */
  readonly schedule: RetrySchedule
  readonly metrics: Metrics
  readonly log: Logger
}

/** A claimed delivery, and the outcome of its attempt. */
interface Done {
  readonly claimed: Claimed
  readonly outcome: Outcome
}

type SomeAttempted = Omit<Attempted, 'detail'> & { readonly detail: Attempted['detail'] | null }

/**
 * Sends deliveries that are due: claims them, sends them, writes the outcomes. What claims and writes goes through one database session,
 * one statement after the other. While there is no session, attempts end, and their outcomes wait for the next one.
 */
export class DeliveryWorker {
  readonly #options: Options
  readonly #wake = new WakeSignal()
  readonly #lanes = new Lanes({ shares: SHARES, onDue: () => this.#wake.set() })
  readonly #departures = new Departures({
    lanes: this.#lanes,
    attempt: (delivery) => void this.#attempt(delivery),
    giveUp: (delivery) => this.#giveUp(delivery),
    // Without the session, what is claimed may belong to another gateway.
    isOver: () => this.#stopping || (this.#session?.lost ?? true),
  })
  readonly #partitions: Partitions
  /** How many deliveries of each claim are not yet written, and the claims of which all are. */
  readonly #claims = new Map<string, number>()
  #finishedClaims: string[] = []
  #done: Done[] = []
  #givenUp: Claimed[] = []
  #session: DeliverySession | undefined
  readonly #decrypt: Encryption['decrypt']
  /** When webhooks with a limit per second may begin again after another gateway may have sent some. */
  #pacedFrom = 0
  /** Where the walk through the lanes is. */
  #walked = { to: '' }
  #walking: Promise<void> | undefined
  #nextBeat = 0
  #lastBeat = performance.now()
  #stopping = false
  /** Outcomes that wait until somebody unlocks their deliveries, and until when a worker that stops waits for that. */
  #locked = 0
  #giveUpAt = 0
  #running: Promise<void> | undefined

  constructor(options: Options) {
    this.#options = options
    this.#decrypt = rememberedSecrets(options.encryption)
    this.#partitions = new Partitions({ queue: options.queue, number: options.number })
    const { metrics } = options
    metrics.gauge('gateway_webhooks_under_way', 'Attempts under way in this gateway.', async () => this.#lanes.sending)
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Stops claiming; resolves when the attempts under way have ended and are written. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#giveUpAt = performance.now() + LONGEST_STOP_MS
    this.#departures.giveUp()
    this.#wake.set()
    await this.#running
    await this.#walking
    this.#lanes.stop()
    await this.#options.sender.close()
  }

  readonly heartbeat: Heartbeat = {
    trouble: 'No webhooks are sent. The log says why.',
    standsStillFor: () => performance.now() - this.#lastBeat,
  }

  /** To be called when deliveries of these bot agents have become due at this gateway. */
  readonly due = (botAgentIds: readonly string[]): void => {
    const elsewhere = this.#ownedDue(botAgentIds)
    this.#session?.hint(elsewhere)
  }

  /** @returns the bot agents whose deliveries another gateway sends */
  #ownedDue(botAgentIds: readonly string[]): string[] {
    const elsewhere: string[] = []
    for (const id of botAgentIds) {
      if (this.#partitions.has(partitionOf(id))) this.#lanes.due(id)
      else elsewhere.push(id)
    }
    if (elsewhere.length < botAgentIds.length) this.#wake.set()
    return elsewhere
  }

  async #run(): Promise<void> {
    for (let wait = RECONNECT_MS.first; !this.#isOver(); wait = Math.min(2 * wait, RECONNECT_MS.most)) {
      try {
        await using session = await this.#open()
        wait = RECONNECT_MS.first
        await this.#serve(session)
      } catch (error) {
        this.#options.log.warn({ err: error }, 'webhooks cannot be claimed or written: reconnecting')
        // The database may stay away: what is not written now is taken over by other gateways, or by the next run of this one.
        if (this.#stopping && this.#lanes.sending === 0) return
      }
      this.#session = undefined
      this.#departures.giveUp()
      if (!this.#isOver()) await delay(wait)
    }
  }

  /** Connects, and takes the partitions that it had before, so that others do not take over what is under way. */
  async #open(): Promise<DeliverySession> {
    const { number, connectionString, log } = this.#options
    const { session, taken } = await DeliverySession.open({
      connectionString,
      worker: number,
      wanted: this.#partitions.wanted(),
      onHint: (botAgentIds) => {
        this.#ownedDue(botAgentIds)
        // Partitions may be free.
        if (botAgentIds.length === 0) this.#nextBeat = 0
        this.#wake.set()
      },
      onLost: () => this.#wake.set(),
      log,
    })
    this.#session = session
    this.#lanes.leave(this.#partitions.reset(taken))
    this.#pacedFrom = performance.now() + HANDOVER_MS
    this.#nextBeat = 0
    try {
      await this.#options.queue.forget(session, [...this.#claims.keys(), ...this.#finishedClaims])
      await this.#options.queue.prepare(session)
      return session
    } catch (error) {
      await session.end()
      throw error
    }
  }

  async #serve(session: DeliverySession): Promise<void> {
    while (!this.#isOver()) {
      this.#wake.clear()
      if (session.lost) throw new Error('The database session for webhooks has ended')
      if (performance.now() >= this.#nextBeat) await this.#beat(session)
      await this.#releaseGivenUp(session)
      const wrote = await this.#write(session)
      const claimed = await this.#claim(session)
      if (wrote || claimed) continue
      await this.#wake.wait(Math.max(0, this.#nextBeat - performance.now()))
      // Lanes that become due at the same moment are claimed from together.
      await setImmediate()
    }
    await this.#finishClaims(session)
  }

  #isOver(): boolean {
    if (!this.#stopping || this.#lanes.sending > 0 || this.#done.length > 0 || this.#givenUp.length > 0) return false
    return this.#locked === 0 || performance.now() > this.#giveUpAt
  }

  async #beat(session: DeliverySession): Promise<void> {
    this.#departures.giveUp()
    await this.#finishClaims(session)
    const { left, isNew, waits } = await this.#partitions.see(session, this.#lanes.partitions())
    this.#lanes.leave(left)
    this.#departures.giveUp(({ spacingMs, botAgentId }) => spacingMs !== null && left.has(partitionOf(botAgentId)))
    if (isNew) {
      this.#walked = { to: '' }
      this.#pacedFrom = performance.now() + HANDOVER_MS
    }
    this.#walking ??= this.#walk().finally(() => {
      this.#walking = undefined
    })
    this.#lastBeat = performance.now()
    this.#nextBeat = this.#lastBeat + (waits ? EAGER_BEAT_MS : BEAT_MS)
  }

  /** The next part of the walk, beside everything else. */
  async #walk(): Promise<void> {
    const { queue, log } = this.#options
    const walked = this.#walked
    try {
      const { lanes, next } = await queue.walk(walked.to)
      if (this.#stopping) return
      for (const { botAgentId, dueInMs } of lanes) {
        if (dueInMs !== null && this.#partitions.has(partitionOf(botAgentId))) this.#lanes.found(botAgentId, dueInMs)
      }
      // Unless the walk has to start again, because there are new partitions.
      if (this.#walked === walked) this.#walked = { to: next }
      this.#wake.set()
    } catch (error) {
      // What is due is still claimed as hints and timers tell.
      log.warn({ err: error }, 'webhooks that are due could not be looked for: trying again')
    }
  }

  /** Claims of which everything is written are removed with the next outcomes; or here, if there are none. */
  async #finishClaims(session: DeliverySession): Promise<void> {
    if (this.#finishedClaims.length > 0) await this.#options.queue.finish(session, this.#finishedClaims.splice(0))
  }

  /** @returns whether there may be more to claim */
  async #claim(session: DeliverySession): Promise<boolean> {
    const { deliveries, bytes: size } = this.#lanes.claimed
    const all = Math.min(SHARES.all - this.#lanes.sending, MOST_CLAIMED - deliveries)
    const bytes = MOST_BYTES - size
    if (this.#stopping || !this.#lanes.isDue || all <= 0 || bytes <= 0) return false
    const { asked, ...given } = this.#lanes.ask(all)
    const pacedFromMs = Math.max(0, this.#pacedFrom - performance.now())
    const limits = { shares: SHARES, all, bytes, pacedFromMs, ...given }
    try {
      const { claimed, lanes } = await this.#options.queue.claim(session, asked, limits)
      if (session.lost) return false
      const [first] = claimed
      if (first) this.#claims.set(first.claimId, claimed.length)
      this.#lanes.add(claimed, lanes)
      void this.#departures.begin(claimed, () => session.lost)
      const unsendable = lanes.filter(({ webhooksState: state }) => state === null || state === 'DISABLED')
      if (unsendable.length > 0) this.#stop(unsendable.map(({ botAgentId }) => botAgentId))
      return true
    } catch (error) {
      for (const { botAgentId } of asked) this.#lanes.due(botAgentId, session.lost ? 0 : BEAT_MS)
      if (session.lost) throw error
      this.#options.log.warn({ err: error }, 'webhooks could not be claimed: trying again')
      return false
    }
  }

  #stop(botAgentIds: readonly string[]): void {
    const { stopped, log } = this.#options
    stopped.found(botAgentIds).catch((error: unknown) => log.warn({ err: error }, 'stopped webhooks were not recorded'))
  }

  /** Gives up a claimed delivery of which no attempt has begun. */
  #giveUp(claimed: Claimed): void {
    this.#lanes.givenUp(claimed)
    this.#givenUp.push(claimed)
    this.#wake.set()
  }

  /** Only when it is in no claim any more may others send what was given up. */
  async #releaseGivenUp(session: DeliverySession): Promise<void> {
    const givenUp = this.#givenUp.splice(0)
    if (givenUp.length === 0) return
    try {
      await this.#options.queue.giveUp(session, givenUp)
    } catch (error) {
      this.#givenUp.push(...givenUp)
      if (session.lost) throw error
      this.#options.log.warn({ err: error }, 'webhooks that were not sent could not be given up: trying again')
      await delay(BEAT_MS)
      return
    }
    for (const claimed of givenUp) {
      this.#settle(claimed)
      const { botAgentId } = claimed
      if (this.#partitions.has(partitionOf(botAgentId))) this.#lanes.due(botAgentId, EAGER_BEAT_MS)
    }
  }

  async #attempt(claimed: Claimed): Promise<void> {
    const attempted = await this.#send(claimed)
    this.#lanes.ended(claimed)
    const { metrics, schedule } = this.#options
    metrics.attemptDone({ outcome: attempted.error ?? 'delivered', seconds: attempted.durationMs / 1_000 })
    this.#done.push({ claimed, outcome: outcomeOf(claimed, attempted, schedule) })
    this.#wake.set()
    this.#departures.ended(claimed)
  }

  /** @returns with `detail` null if no request could be made */
  async #send(claimed: Claimed): Promise<SomeAttempted> {
    const { sender, log } = this.#options
    try {
      return await sender.send(requestOf(claimed, this.#decrypt))
    } catch (error) {
      // A bug in the gateway: this delivery is retried by the schedule, and the others are not affected.
      log.error({ err: error, delivery: claimed.id }, 'a webhook could not be sent')
      const nothing = { statusCode: null, responseBody: null, responseBodyCut: false, retryAfterMs: null }
      return { startedAt: new Date(), durationMs: 0, error: 'CONNECTION', ...nothing, detail: null }
    }
  }

  /** Outcomes that arrive while a batch is written are the next batch. @returns whether anything was written */
  async #write(session: DeliverySession): Promise<boolean> {
    const batch = this.#done.splice(0, OUTCOMES_AT_ONCE)
    if (batch.length === 0) return false
    const finished = this.#finishedClaims
    this.#finishedClaims = []
    try {
      const outcomes = batch.map(({ outcome }) => outcome)
      const written = new Map(
        (await this.#options.queue.complete(session, outcomes, finished)).map((row) => [row.id, row]),
      )
      const judged: (Done & { troubled: boolean })[] = []
      for (const done of batch) {
        const { as, dueInMs, troubled } = written.get(done.claimed.id) ?? { as: 'GONE', dueInMs: null, troubled: false }
        if (as === 'LOCKED') {
          this.#later(done)
          continue
        }
        // An outcome that is not written says little about the destination: a gateway that stood still sees timeouts.
        if (as === 'WRITTEN') judged.push({ ...done, troubled })
        this.#settle(done.claimed)
        const { botAgentId, inOrder } = done.claimed
        const nextInMs = dueInMs ?? (inOrder ? 0 : null)
        if (nextInMs !== null && this.#partitions.has(partitionOf(botAgentId))) this.#lanes.due(botAgentId, nextInMs)
      }
      await this.#judge(session, judged)
      return true
    } catch (error) {
      this.#done.unshift(...batch)
      this.#finishedClaims.push(...finished)
      if (session.lost) throw error
      this.#options.log.warn({ err: error }, 'the outcomes of webhooks could not be written: trying again')
      await delay(BEAT_MS)
      return false
    }
  }

  /** Somebody has locked the delivery, so its outcome is written with a later batch. */
  #later(done: Done): void {
    this.#locked += 1
    setTimeout(() => {
      this.#locked -= 1
      this.#done.push(done)
      this.#wake.set()
    }, EAGER_BEAT_MS)
  }

  #settle(claimed: Claimed): void {
    this.#lanes.written(claimed)
    const left = (this.#claims.get(claimed.claimId) ?? 1) - 1
    this.#claims.set(claimed.claimId, left)
    if (left > 0) return
    this.#claims.delete(claimed.claimId)
    this.#finishedClaims.push(claimed.claimId)
  }

  async #judge(session: DeliverySession, judged: readonly (Done & { troubled: boolean })[]): Promise<void> {
    const verdicts = verdictsOf(judged)
    if (verdicts.length === 0) return
    const { changes, log, stopped, notices } = this.#options
    try {
      const noticed = await changes.commitStatement((change) => note(change, session, verdicts))
      notices.told(noticed)
      if (noticed.some(({ notice }) => notice.kind === 'DISABLED')) stopped.wake()
    } catch (error) {
      log.warn({ err: error }, 'what attempts have shown about destinations could not be written')
    }
  }
}

function outcomeOf(claimed: Claimed, attempted: SomeAttempted, schedule: readonly number[]): Outcome {
  const { id, claimId, attemptCount, url, ping, replay, replayedMs } = claimed
  const { retryAfterMs, detail, ...record } = attempted
  const common = {
    id,
    claimId,
    attemptCount,
    url,
    replay,
    replayedMs,
    ...record,
    detail: detail && storedDetail(detail, record.startedAt),
  }
  if (record.error === null) return { ...common, failures: claimed.failures, state: 'SUCCEEDED', delay: null }
  const { failures, delay } = afterFailure({ ...claimed, statusCode: record.statusCode, retryAfterMs }, schedule)
  if (ping || delay === undefined) return { ...common, failures, state: 'FAILED', delay: null }
  return { ...common, failures, state: 'PENDING', delay }
}
