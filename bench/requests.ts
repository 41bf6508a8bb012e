import { benchmark } from './benchmark.ts'
import { chosen } from './chosen.ts'
import { inTurn } from './in-turn.ts'
import { demandAgreement } from './request-agreement.ts'
import { gateway, limit, limitInJson, peers, type Started } from './request-contenders.ts'
import { load } from './request-load.ts'
import { report } from './request-report.ts'
import { LICENSES } from './request-rows.ts'
import { oneBotAgent, pageOfBotAgents, workloads } from './request-workloads.ts'
import { startSite } from './site.ts'
import { progress } from './table.ts'

/** The first turn of each fills caches, and is not counted. */
const WARM_UP_MS = 2_000

/** Those whose answers are the same in all databases. */
const comparable = [oneBotAgent, pageOfBotAgents]

/**
 * What a request costs: the gateway as it is shipped, beside a server that only runs one prepared statement, and beside servers that one
 * would build instead. Contenders take turns, in several rounds; the medians count. The load comes from this process, over 32
 * connections, with a token for each license.
 */
export const requests = benchmark({
  measures:
    'what requests cost, beside a bare server that runs one prepared statement for each, and other GraphQL servers',
  flags: { rounds: 3, seconds: 4, bots: 20_000 },
  run: measure,
})

async function measure({ rounds, seconds, bots }: { rounds: number; seconds: number; bots: number }): Promise<void> {
  const measuredWorkloads = chosen('BENCH_WORKLOADS', workloads)
  const contenders = chosen('BENCH_CONTENDERS', [gateway, limit, limitInJson, ...peers])
  await using parts = new AsyncDisposableStack()
  const site = parts.use(await startSite())
  const started = new Map<(typeof contenders)[number], Started>()
  for (const contender of contenders) {
    progress(`starting ${contender.name}`)
    started.set(contender, await contender.start({ site, perLicense: Math.floor(bots / LICENSES), parts }))
  }
  for (const workload of measuredWorkloads) {
    const taking = contenders.filter((contender) => contender.workloads.includes(workload))
    const turn = (contender: (typeof contenders)[number], ms: number) => {
      const target = started.get(contender) as Started
      return load(target, (number) => target.shotOf(workload, workload.call(target.bots, number)), ms)
    }
    const alike = taking.filter(({ documents }) => !documents).map((contender) => started.get(contender) as Started)
    if (comparable.includes(workload)) await demandAgreement(workload, alike)
    for (const contender of taking) await turn(contender, WARM_UP_MS)
    report(workload, await inTurn(taking, rounds, (contender) => turn(contender, 1_000 * seconds)))
  }
}
