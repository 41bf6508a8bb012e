import { setTimeout as delay } from 'node:timers/promises'
import type { Audience } from './audience.ts'
import { now } from './clock.ts'
import { documents } from './fan-out-document.ts'
import { openLicense, startWatchedGateway, type WatchedLicense } from './fan-out-gateway.ts'
import type { Site } from './site.ts'
import { each, quantile } from './statistics.ts'
import { progress, table } from './table.ts'

const WARM_UP_CHANGES = 200
/** After which memory is read that nobody has used since. */
const REST_MS = 2_000
/** Memory is read as often while the events are made. */
const SAMPLES = 10
/** One in so many does not read. */
const SLOW_ONE_IN = 5
/** Rounds of events whose latencies are kept, with slow subscribers and without: each has as many latencies as there are subscribers. */
const MOST_TIMED = 200

/** Subscribers of one license, and what changes there. */
interface Watched {
  readonly license: WatchedLicense
  readonly audience: Audience
}

/**
 * What many subscribers take of a gateway's memory, and what those who do not read do to the others.
 * @param options.licenses among which the subscribers are divided: an event goes to those of its own
 */
export async function fanOutToMany(
  site: Site,
  { subscribers: asked, events, licenses: count }: { subscribers: number; events: number; licenses: number },
) {
  const ofEach = Math.ceil(asked / count)
  const subscribers = ofEach * count
  await using parts = new AsyncDisposableStack()
  const gateway = await startWatchedGateway(site)
  const resident = () => gateway.metric('process_resident_memory_bytes')
  const licenses: WatchedLicense[] = []
  for (let id = 1; id <= count; id += 1) licenses.push(await openLicense(site, gateway, id, parts))
  for (let made = 0; made < WARM_UP_CHANGES; made += 1) await licenses[made % count]?.change(1)
  await delay(REST_MS)
  const before = await resident()
  progress(`opening ${subscribers} subscribers`)
  const watched: Watched[] = []
  for (const license of licenses) {
    const audience = parts.use(await license.openAudience(ofEach, documents(1)))
    watched.push({ license, audience })
  }
  await delay(REST_MS)
  const opened = await resident()
  process.stdout.write(
    `\n${subscribers} idle subscribers: ${((opened - before) / subscribers).toFixed(0)} bytes of the gateway's resident memory for each\n`,
  )

  const rounds = Math.ceil(events / SAMPLES / count)
  const perSample = rounds * count
  const samples = [opened]
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    progress(`events: ${(sample - 1) * perSample} of ${SAMPLES * perSample}`)
    for (let round = 0; round < rounds; round += 1) await tell(watched)
    samples.push(await resident())
  }
  process.stdout.write(
    `Resident MiB before, and after each tenth of ${SAMPLES * perSample} events: ${each(samples.map(mebibytes))}\n`,
  )

  const timed = Math.min(MOST_TIMED, rounds)
  const rows: (string | number)[][] = []
  const time = async (what: string) => {
    progress(`${timed} events of each license: ${what}`)
    const latencies: number[] = []
    for (let made = 0; made < timed; made += 1) for (const wait of await tell(watched)) latencies.push(wait)
    rows.push([
      what,
      ...[0.5, 0.99, 1].map((share) => quantile(latencies, share).toFixed(1)),
      mebibytes(await resident()).toFixed(0),
      await gateway.metric('gateway_streams_open'),
    ])
  }
  await time('all read')
  await Promise.all(watched.map(({ audience }) => audience.slow(SLOW_ONE_IN)))
  await time(`one in ${SLOW_ONE_IN} does not read`)
  table(
    `From a change to its arrival at ${subscribers} subscribers, of those who read; ${timed} changes in each license, one at a time`,
    ['', 'p50 ms', 'p99 ms', 'most', 'resident MiB', 'streams left'],
    rows,
  )
}

/** Makes a change in each license. @returns the milliseconds from the request of all to each arrival at those who read */
async function tell(watched: readonly Watched[]): Promise<number[]> {
  const begun = now()
  await Promise.all(watched.map(({ license }) => license.change(1)))
  const waits = await Promise.all(watched.map(({ audience }) => audience.receive(1, begun)))
  return waits.flat()
}

function mebibytes(bytes: number): number {
  return bytes / 2 ** 20
}
