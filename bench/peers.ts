import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { PgBoss } from 'pg-boss'
import { webhookBody } from '../src/deliveries/webhook-body.ts'
import { eventData } from './chat-event.ts'
import type { Task } from './contender.ts'
import type { Poster } from './poster.ts'

/** What one would build instead of the gateway. */
export interface Peer {
  /** Makes the backlog. */
  fill(): Promise<void>
  /** Sends it. Resolves when everything is sent and recorded. */
  send(): Promise<void>
}

export type PeerName = keyof typeof peers

/** Jobs that are inserted at once. */
const PAGE = 1_000

export const LIMIT = 'bare undici loop (the limit)'
export const RIVAL = 'graphile-worker'

export const peers = {
  [LIMIT]: bareLoop,
  [RIVAL]: graphileWorker,
  'pg-boss': pgBoss,
} satisfies Record<string, (task: Task, poster: Poster) => Promise<Peer>>

/** The upper bound: requests and nothing else. */
async function bareLoop({ count, concurrency }: Task, { post }: Poster): Promise<Peer> {
  let bodies: string[] = []
  return {
    async fill() {
      bodies = bodiesOf(count)
    },
    async send() {
      const left = bodies.values()
      const loop = async () => {
        for (const body of left) await post(body)
      }
      await Promise.all(Array.from({ length: concurrency }, loop))
    },
  }
}

/** With the settings that its documentation recommends for speed: a local queue, and jobs completed in batches. */
async function graphileWorker({ databaseUrl, count, concurrency }: Task, { post }: Poster): Promise<Peer> {
  const logger = new Logger(() => () => {})
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger })
  await utils.migrate()
  return {
    async fill() {
      for (const page of pagesOf(bodiesOf(count))) {
        await utils.addJobs(page.map((body) => ({ identifier: 'webhook', payload: { body } })))
      }
      await utils.release()
    },
    async send() {
      let left = count
      const { promise: allSent, resolve } = Promise.withResolvers<void>()
      const runner = await run({
        connectionString: databaseUrl,
        concurrency,
        maxPoolSize: 10,
        noHandleSignals: true,
        logger,
        preset: { worker: { localQueue: { size: 2 * concurrency }, completeJobBatchDelay: 0 } },
        taskList: {
          async webhook(payload) {
            await post((payload as { body: string }).body)
            left -= 1
            if (left === 0) resolve()
          },
        },
      })
      await allSent
      await runner.stop()
    },
  }
}

/** Loops that fetch a batch, post it and complete it. */
async function pgBoss({ databaseUrl, count, concurrency }: Task, { post }: Poster): Promise<Peer> {
  const LOOPS = 4
  const boss = new PgBoss({ connectionString: databaseUrl, max: 10, supervise: false, schedule: false })
  await boss.start()
  await boss.createQueue('webhooks')
  const loop = async () => {
    for (;;) {
      const jobs = await boss.fetch<{ body: string }>('webhooks', { batchSize: concurrency / LOOPS })
      if (jobs.length === 0) return
      await Promise.all(jobs.map(({ data }) => post(data.body)))
      await boss.complete(
        'webhooks',
        jobs.map(({ id }) => id),
      )
    }
  }
  return {
    async fill() {
      for (const page of pagesOf(bodiesOf(count))) {
        await boss.insert(
          'webhooks',
          page.map((body) => ({ data: { body } })),
        )
      }
    },
    async send() {
      await Promise.all(Array.from({ length: LOOPS }, loop))
      await boss.stop({ graceful: false })
    },
  }
}

function bodiesOf(count: number): string[] {
  return Array.from({ length: count }, (_, number) =>
    webhookBody({
      webhookId: 'dlv_0199a6b2f0c35c9871d5372c824cbf22',
      secretKey: 'JSauw0Aks8l-asAa',
      action: 'incoming_event',
      data: JSON.stringify(eventData(number)),
      additionalData: '{}',
    }),
  )
}

function* pagesOf(bodies: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < bodies.length; from += PAGE) yield bodies.slice(from, from + PAGE)
}
