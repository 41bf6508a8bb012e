import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { PgBoss } from 'pg-boss'
import type { Poster } from './poster.ts'

/** Webhooks being sent at a time: as many as one gateway sends. */
const CONCURRENCY = 256

/** Something that sends a backlog of bodies. */
export interface Peer {
  readonly name: string
  /** Makes the backlog. @returns a function that sends it, and resolves when everything is sent and recorded */
  prepare(databaseUrl: string, bodies: readonly string[], poster: Poster): Promise<() => Promise<void>>
}

/** The upper bound: requests and nothing else. More connections do not make it faster. */
const bareLoop: Peer = {
  name: 'bare undici loop (the limit)',
  prepare: async (_databaseUrl, bodies, { post }) => {
    return async () => {
      const left = bodies.values()
      const send = async () => {
        for (const body of left) await post(body)
      }
      await Promise.all(Array.from({ length: 64 }, send))
    }
  },
}

/** Loops that fetch a batch, post it and complete it; together they send as many at a time as one gateway. */
const pgBoss: Peer = {
  name: 'pg-boss',
  async prepare(databaseUrl, bodies, { post }) {
    const boss = new PgBoss({ connectionString: databaseUrl, max: 10, supervise: false, schedule: false })
    await boss.start()
    await boss.createQueue('webhooks')
    for (let from = 0; from < bodies.length; from += 1_000) {
      const page = bodies.slice(from, from + 1_000)
      await boss.insert(
        'webhooks',
        page.map((body) => ({ data: { body } })),
      )
    }
    const loop = async () => {
      for (;;) {
        const jobs = await boss.fetch<{ body: string }>('webhooks', { batchSize: CONCURRENCY / 4 })
        if (jobs.length === 0) return
        await Promise.all(jobs.map(({ data }) => post(data.body)))
        await boss.complete(
          'webhooks',
          jobs.map(({ id }) => id),
        )
      }
    }
    return async () => {
      await Promise.all([loop(), loop(), loop(), loop()])
      await boss.stop({ graceful: false })
    }
  },
}

/** With the settings that its documentation recommends for speed: a local queue, and jobs completed in batches. */
const graphileWorker: Peer = {
  name: 'graphile-worker',
  async prepare(databaseUrl, bodies, { post }) {
    const logger = new Logger(() => () => {})
    const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger })
    await utils.migrate()
    for (let from = 0; from < bodies.length; from += 1_000) {
      const page = bodies.slice(from, from + 1_000)
      await utils.addJobs(page.map((body) => ({ identifier: 'webhook', payload: { body } })))
    }
    await utils.release()
    return async () => {
      let left = bodies.length
      const { promise: allSent, resolve } = Promise.withResolvers<void>()
      const runner = await run({
        connectionString: databaseUrl,
        concurrency: CONCURRENCY,
        maxPoolSize: 10,
        noHandleSignals: true,
        logger,
        preset: { worker: { localQueue: { size: 2 * CONCURRENCY }, completeJobBatchDelay: 0 } },
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
    }
  },
}

export const peers: readonly Peer[] = [bareLoop, pgBoss, graphileWorker]
