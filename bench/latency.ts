import { benchmark } from './benchmark.ts'
import { openCaller } from './caller.ts'
import { CALLERS, callAll, callAtRate } from './callers.ts'
import { createListeners } from './listeners.ts'
import { allRecorded } from './pause.ts'
import { startReceiver } from './receiver.ts'
import { type Outcome, reconcile } from './reconcile.ts'
import { addRetries } from './retries.ts'
import { connect } from './sessions.ts'
import { startSite } from './site.ts'
import { each, latencies, quantile } from './statistics.ts'
import { progress, table } from './table.ts'

const BOTS = 20
const IDLE_RATE = 20
const HALF_SECONDS = 5
/** Events that are published to find the limit. */
const LIMIT_EVENTS = 3_000

/** One gateway that publishes and sends. */
export const latency = benchmark({
  measures: 'from publishChatEvent to the arrival of the webhook: idle, at half the limit, and beside many retries',
  flags: { rounds: 3, events: 200, retries: 1_000_000 },
  async run({ rounds, events, retries }) {
    await using parts = new AsyncDisposableStack()
    const receiver = await startReceiver(BOTS + 1)
    parts.defer(() => receiver.stop())
    const site = parts.use(await startSite())
    const databaseUrl = await site.createDatabase()
    const gateway = await site.startGateway({ databaseUrl })
    const client = parts.use(await connect(databaseUrl))
    const others = await createListeners(site, gateway, receiver.urls.slice(BOTS), { firstLicense: 1_000 })
    const listeners = await createListeners(site, gateway, receiver.urls.slice(0, BOTS))
    const caller = openCaller(gateway, 256)
    parts.defer(() => caller.close())

    const publish = (number: number) => listeners.publish(caller, number)
    const outcomeOf = async (sent: number, publishing: Promise<void>): Promise<Outcome> => {
      await publishing
      await receiver.reaches(sent)
      await allRecorded(client)
      return reconcile(await receiver.take(), sent)
    }
    const atRate = (count: number, rate: number) => outcomeOf(count, callAtRate(count, rate, publish))
    const repeated = async (what: string, measure: () => Promise<Outcome>) => {
      const outcomes: Outcome[] = []
      for (let round = 1; round <= rounds; round += 1) {
        progress(`${what}: round ${round} of ${rounds}`)
        outcomes.push(await measure())
      }
      return [what, outcomes] as const
    }

    const { perSecond: limit } = await outcomeOf(LIMIT_EVENTS, callAll(LIMIT_EVENTS, CALLERS, publish))
    const half = Math.floor(limit / 2)
    const calm = await repeated('idle', () => atRate(events, IDLE_RATE))
    const busy = await repeated(`at half the limit of ${limit.toFixed(0)}/s`, () => atRate(half * HALF_SECONDS, half))
    await outcomeOf(1, others.publish(caller, 0))
    progress(`adding ${retries} retries`)
    await addRetries(client, others.ids[0] ?? '', retries)
    const beside = await repeated(`idle, ${retries} retries of another tenant wait`, () => atRate(events, IDLE_RATE))

    table(
      `From publishChatEvent to the arrival of the webhook; ${rounds} rounds`,
      ['', 'events/s', 'p50 ms', 'p95 ms', 'p99 ms', 'lost', 'doubled', 'p50 of each round'],
      [calm, busy, beside].map(([what, outcomes]) => [
        what,
        (outcomes.reduce((sum, { perSecond }) => sum + perSecond, 0) / rounds).toFixed(0),
        ...latencies(outcomes.flatMap(({ waits }) => waits)),
        outcomes.reduce((sum, { lost }) => sum + lost, 0),
        outcomes.reduce((sum, { doubled }) => sum + doubled, 0),
        each(
          outcomes.map(({ waits }) => quantile(waits, 0.5)),
          1,
        ),
      ]),
    )
  },
})
