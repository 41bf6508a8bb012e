import { benchmark } from './benchmark.ts'
import { type FanOutContender, messageOf, openGateway, openPeer } from './fan-out-contenders.ts'
import { BURST } from './fan-out-gateway.ts'
import { fanOutToMany } from './fan-out-many.ts'
import { reportFanOut } from './fan-out-report.ts'
import { type FanOutWorkload, takeTurn } from './fan-out-turn.ts'
import { inTurn } from './in-turn.ts'
import { type Site, startSite } from './site.ts'
import { progress } from './table.ts'

/** Documents among the subscribers of the gateway that can't tell them all the same. */
const KINDS = 20

const workloads: readonly FanOutWorkload[] = [
  { name: 'One change at a time', atOnce: 1 },
  { name: `Bursts of ${BURST} changes`, atOnce: BURST },
]

/**
 * What it costs to tell many subscribers of a change, beside a bare broadcast of the same bytes, and beside what one would build instead.
 * Contenders take turns, in several rounds; the medians count.
 */
export const fanOut = benchmark({
  measures: 'what each message to a WebSocket subscriber costs, beside a bare broadcast and graphql-ws',
  flags: { subscribers: 1_000, changes: 60, rounds: 3, many: 0, events: 2_000, licenses: 1 },
  onlyByName: true,
  async run({ subscribers, changes, rounds, many, events, licenses }) {
    await using site = await startSite({ quiet: true })
    await compare(site, { subscribers, changes, rounds })
    if (many > 0) await fanOutToMany(site, { subscribers: many, events, licenses })
  },
})

async function compare(
  site: Site,
  { subscribers, changes, rounds }: { subscribers: number; changes: number; rounds: number },
): Promise<void> {
  await using parts = new AsyncDisposableStack()
  progress(`opening ${subscribers} subscribers of each contender`)
  const gateway = await openGateway({ name: 'gateway', kinds: 1, subscribers }, { site, parts })
  const strangers = `gateway, ${KINDS} documents`
  const ofKinds = await openGateway({ name: strangers, kinds: KINDS, subscribers }, { site, parts })
  const message = await messageOf(gateway)
  const open = (name: string, file: string, flags: readonly string[] = []) =>
    openPeer({ name, file, message, subscribers, flags }, parts)
  const limit = await open('limit', 'fan-out-limit-process.ts')
  const plain = await open('limit, message by message', 'fan-out-limit-process.ts', ['plain'])
  const graphqlWs = await open('graphql-ws', 'fan-out-graphql-ws-process.ts')

  const all: readonly FanOutContender[] = [limit, plain, graphqlWs, gateway, ofKinds]
  for (const workload of workloads) {
    // Without bursts it is the limit again.
    const contenders = all.filter((contender) => contender !== plain || workload.atOnce > 1)
    progress(workload.name)
    const turn = (contender: FanOutContender) => takeTurn(contender, workload, changes)
    // The first turn of each is not counted.
    for (const contender of contenders) await turn(contender)
    reportFanOut(workload, await inTurn(contenders, rounds, turn), { subscribers, limit, gateway, peer: graphqlWs })
  }
}
