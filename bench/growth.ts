import { benchmark } from './benchmark.ts'
import { chosen } from './chosen.ts'
import { inTurn } from './in-turn.ts'
import { medianOf, ratio } from './ratio.ts'
import { gateway, type Started } from './request-contenders.ts'
import { CONNECTIONS, load, type Measured } from './request-load.ts'
import { LICENSES } from './request-rows.ts'
import { oneBotAgent, pageOfBotAgents, updateOfStatus } from './request-workloads.ts'
import { startSite } from './site.ts'
import { progress, table } from './table.ts'

const WARM_UP_MS = 2_000
const SIZES = [1_000, 20_000, 200_000]
/** With this size all others are compared. */
const USUAL = 20_000

/** Whether requests cost more where there are more bot agents: gateways that differ in nothing else, and take turns. */
export const growth = benchmark({
  measures: `what requests cost with ${SIZES.join(', ')} bot agents`,
  flags: { rounds: 3, seconds: 4 },
  onlyByName: true,
  run: measure,
})

async function measure({ rounds, seconds }: { rounds: number; seconds: number }): Promise<void> {
  const workloads = chosen('BENCH_WORKLOADS', [oneBotAgent, pageOfBotAgents, updateOfStatus])
  await using parts = new AsyncDisposableStack()
  const site = parts.use(await startSite())
  const gateways = new Map<number, Started>()
  for (const size of SIZES) {
    progress(`making ${size} bot agents`)
    gateways.set(size, await gateway.start({ site, perLicense: size / LICENSES, parts }))
  }
  for (const workload of workloads) {
    const turn = (size: number, ms: number) => {
      const target = gateways.get(size) as Started
      return load(target, (number) => target.shotOf(workload, workload.call(target.bots, number)), ms)
    }
    for (const size of SIZES) await turn(size, WARM_UP_MS)
    const measured = await inTurn(SIZES, rounds, (size) => turn(size, 1_000 * seconds))
    const usual = measured.get(USUAL) ?? []
    table(
      `${workload.key}: ${workload.name}; ${CONNECTIONS} connections, medians of ${rounds} rounds`,
      ['bot agents', 'requests/s', `of those with ${USUAL}`, 'CPU ms', 'p50 ms', 'p99 ms'],
      [...measured].map(([size, ours]) => row(size, ours, usual)),
    )
  }
}

function row(size: number, ours: readonly Measured[], usual: readonly Measured[]): string[] {
  return [
    String(size),
    medianOf(ours, 'perSecond').toFixed(0),
    ratio(ours, usual),
    medianOf(ours, 'cpu').toFixed(3),
    medianOf(ours, 'p50').toFixed(1),
    medianOf(ours, 'p99').toFixed(1),
  ]
}
