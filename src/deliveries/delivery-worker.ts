import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Encryption } from '../database/encryption.ts'
import type { Feed } from '../feed/feed.ts'
import type { Attempted, HttpSender } from '../outbound/http-sender.ts'
import type { Metrics } from '../process/metrics.ts'
import { wireAction } from '../webhooks/webhook-action.ts'
import { type Busy, type Claimed, type deliveryQueue, LEASE_MS, type Outcome, type Shares } from './delivery-queue.ts'
import { delayBefore } from './retry-schedule.ts'
import { signatureHeaders } from './signature.ts'
import { webhookBody } from './webhook-body.ts'
import type { Verdict, webhooksHealth } from './webhooks-health.ts'

/** Attempts at once in this gateway. */
const SHARES: Shares = { all: 512, botAgent: 32, origin: 128, application: 256 }
/** Deliveries that it has claimed and not yet written: while results are on their way to the database, others are sent. */
const MOST_CLAIMED = 2 * SHARES.all
/** Between two claims, and between two writes, that find something: they cost by the statement more than by the row. */
const GATHER_MS = 5
/** Behind the hints of this gateway: what others have published, and what falls due. */
const POLL_MS = 1_000
const BACK_OFF_MS = 1_000

/** Sends what is due, as long as it runs. */
export interface DeliveryWorker {
  start(): void
  /** Claims nothing more; resolves when what is under way has ended and is written. */
  stop(): Promise<void>
  /** Something has become due: look now. */
  hint(): void
}

export function deliveryWorker(options: {
  queue: ReturnType<typeof deliveryQueue>
  health: ReturnType<typeof webhooksHealth>
  sender: HttpSender
  encryption: Encryption
  feed: Feed
  /** Milliseconds before the second attempt, the third and so on. */
  schedule: readonly number[]
  metrics: Metrics
  log: Logger
}): DeliveryWorker {
  const { queue, health, sender, encryption, feed, schedule, metrics, log } = options
  /** Claimed and not yet written. */
  const underWay = new Set<Claimed>()
  let sending = 0
  const busy = { botAgent: new Map<string, number>(), origin: new Map(), application: new Map() } satisfies Busy
  const done: { claimed: Claimed; outcome: Outcome }[] = []
  let stopping = false
  let hinted = false
  let wake = () => {}
  let looping: Promise<void> | undefined
  let writing: Promise<void> | undefined

  const hint = () => {
    hinted = true
    wake()
  }

  async function loop(): Promise<void> {
    while (!stopping) {
      hinted = false
      const all = Math.min(SHARES.all - sending, MOST_CLAIMED - underWay.size)
      const claimed = all > 0 ? await claim({ ...SHARES, all }) : []
      for (const one of claimed) void attempt(one)
      await (claimed.length === 0 ? rest() : delay(GATHER_MS))
    }
  }

  async function claim(shares: Shares): Promise<Claimed[]> {
    try {
      return await queue.claim(shares, busy)
    } catch (error) {
      log.warn({ err: error }, 'webhooks could not be claimed: trying again')
      await delay(BACK_OFF_MS)
      return []
    }
  }

  /** Until a hint, or the poll. */
  async function rest(): Promise<void> {
    if (hinted || stopping) return
    const poll = setTimeout(hint, POLL_MS)
    await new Promise<void>((resolve) => {
      wake = resolve
    })
    clearTimeout(poll)
  }

  async function attempt(claimed: Claimed): Promise<void> {
    underWay.add(claimed)
    countBusy(claimed, 1)
    sending += 1
    const attempted = await send(claimed)
    countBusy(claimed, -1)
    sending -= 1
    hint()
    metrics.attemptDone({ outcome: attempted.error ?? 'delivered', seconds: attempted.durationMs / 1_000 })
    done.push({ claimed, outcome: outcomeOf(claimed, attempted) })
    writing ??= write()
  }

  function countBusy({ botAgentId: botAgent, origin, application }: Claimed, change: 1 | -1): void {
    for (const [of, key] of Object.entries({ botAgent, origin, application }) as [keyof Busy, string][]) {
      const count = (busy[of].get(key) ?? 0) + change
      if (count > 0) busy[of].set(key, count)
      else busy[of].delete(key)
    }
  }

  async function send(claimed: Claimed): Promise<Attempted> {
    try {
      return await sender.send(requestOf(claimed))
    } catch (error) {
      // Our fault, and logged as such: the delivery goes its way by the schedule, and the others theirs.
      log.error({ err: error, delivery: claimed.id }, 'a webhook could not be sent at all')
      const nothing = { statusCode: null, responseBody: null, retryAfterMs: null }
      return { startedAt: new Date(), durationMs: 0, error: 'CONNECTION', ...nothing }
    }
  }

  function requestOf(claimed: Claimed) {
    const { id, botAgentId, action, url, data, additionalData } = claimed
    const open = (sealed: Uint8Array) => encryption.decrypt(sealed, botAgentId)
    const secretKey = open(claimed.secretKey)
    const body = webhookBody({
      webhookId: id,
      secretKey,
      action: claimed.ping ? 'ping' : wireAction(action),
      data,
      additionalData,
    })
    const secrets = [claimed.presentSecretKey, claimed.formerSecretKey]
      .filter((sealed) => sealed !== null)
      // Mostly the one of the body: then it is open already.
      .map((sealed) => (Buffer.compare(sealed, claimed.secretKey) === 0 ? secretKey : open(sealed)))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'bot-agent-gateway',
      ...signatureHeaders({ id, timestamp: new Date(), body, secrets }),
    }
    return { url, body, headers, secrets: [secretKey, ...secrets] }
  }

  function outcomeOf(claimed: Claimed, attempted: Attempted): Outcome {
    const { id, leaseId, ping, replay } = claimed
    const { retryAfterMs, ...record } = attempted
    const succeeded = attempted.error === null
    const failures = claimed.failures + (succeeded ? 0 : 1)
    const wait = succeeded || ping ? undefined : delayBefore(failures, schedule, { random: Math.random, retryAfterMs })
    const state = succeeded ? 'SUCCEEDED' : wait === undefined ? 'FAILED' : 'PENDING'
    return { id, leaseId, replay, ...record, failures, state, delay: wait ?? null }
  }

  /** What has come in while one batch was written, and shortly after, is the next. */
  async function write(): Promise<void> {
    while (done.length > 0) {
      const batch = done.splice(0)
      await untilWritten(batch)
      for (const { claimed } of batch) underWay.delete(claimed)
      feed.hint()
      hint()
      await delay(GATHER_MS)
    }
    writing = undefined
  }

  async function untilWritten(batch: typeof done): Promise<void> {
    const written = await insist(() => queue.complete(batch.map(({ outcome }) => outcome)))
    // What came after the lease was lost says little of the destination: a gateway that stood still takes it for a timeout.
    const verdicts = verdictsOf(
      batch.flatMap(({ claimed, outcome }) => {
        const { troubled } = written?.get(claimed.id) ?? {}
        return troubled === undefined ? [] : [{ claimed, outcome, troubled }]
      }),
    )
    if (verdicts.length > 0) await insist(() => health.note(verdicts))
  }

  /** Answers nothing if it is to stop meanwhile: without a database there is no end to wait for. The leases run out, and others send. */
  async function insist<Result>(act: () => Promise<Result>): Promise<Result | undefined> {
    for (;;) {
      try {
        return await act()
      } catch (error) {
        log.warn({ err: error }, 'what came of webhooks could not be written')
        if (stopping) return undefined
        await delay(BACK_OFF_MS)
      }
    }
  }

  /** In step with the leases; what is under way holds them until it is written. */
  const renewing = async () => {
    if (underWay.size > 0) await queue.renew([...underWay].map(({ id, leaseId }) => ({ id, leaseId })))
  }
  let renewal: NodeJS.Timeout | undefined

  metrics.gauge('gateway_webhooks_under_way', 'Attempts under way in this gateway.', async () => sending)

  return {
    hint,
    start() {
      looping = loop()
      renewal = setInterval(
        () => renewing().catch((error) => log.warn({ err: error }, 'claims could not be renewed')),
        LEASE_MS / 3,
      )
    },
    async stop() {
      stopping = true
      wake()
      await looping
      while (underWay.size > 0) await delay(10)
      await writing
      clearInterval(renewal)
      await sender.close()
    },
  }
}

/** Only what changes the health of a destination: most attempts succeed, and are no news. */
function verdictsOf(batch: readonly { claimed: Claimed; outcome: Outcome; troubled: boolean }[]): Verdict[] {
  const byDestination = Map.groupBy(
    batch.filter(({ claimed }) => !claimed.ping),
    ({ claimed }) => `${claimed.botAgentId} ${claimed.url}`,
  )
  return [...byDestination.values()].flatMap((of) => {
    const [first] = of
    const failures = of.filter(({ outcome }) => outcome.error !== null).length
    if (!first || (failures === 0 && !of.some(({ troubled }) => troubled))) return []
    const { botAgentId, url } = first.claimed
    const recovered = failures < of.length
    const probed = of.some(({ claimed }) => claimed.webhooksState === 'PAUSED')
    const gone = of.some(({ outcome }) => outcome.statusCode === 410)
    return [{ botAgentId, url, failures, recovered, probed, gone }]
  })
}
