import { setTimeout as delay } from 'node:timers/promises'
import type { Audience } from './audience.ts'
import { now } from './clock.ts'
import { documents } from './fan-out-document.ts'
import { openLicense, startWatchedGateway, type WatchedLicense } from './fan-out-gateway.ts'
import type { Site } from './site.ts'
import { each, quantile } from './statistics.ts'
import { progress, table } from './table.ts'

const LICENSE = 1
const WARM_UP_CHANGES = 200
/** After which memory is read that nobody has used since. */
const REST_MS = 2_000
/** Memory is read as often while the events are made. */
const SAMPLES = 10
/** One in so many does not read. */
const SLOW_ONE_IN = 5
/** Events whose latencies are kept, with slow subscribers and without: each has as many latencies as there are subscribers. */
const MOST_TIMED = 200

/** What many subscribers take of a gateway's memory, and what those who do not read do to the others. */
export async function fanOutToMany(site: Site, { subscribers, events }: { subscribers: number; events: number }) {
  await using parts = new AsyncDisposableStack()
  const gateway = await startWatchedGateway(site)
  const resident = () => gateway.metric('process_resident_memory_bytes')
  const license = await openLicense(site, gateway, LICENSE, parts)
  for (let made = 0; made < WARM_UP_CHANGES; made += 1) await license.change(1)
  await delay(REST_MS)
  const before = await resident()
  progress(`opening ${subscribers} subscribers`)
  const audience = parts.use(await license.openAudience(subscribers, documents(1)))
  await delay(REST_MS)
  const opened = await resident()
  process.stdout.write(
    `\n${subscribers} idle subscribers: ${((opened - before) / subscribers).toFixed(0)} bytes of the gateway's resident memory for each\n`,
  )

  const perSample = Math.ceil(events / SAMPLES)
  const samples = [opened]
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    progress(`events: ${(sample - 1) * perSample} of ${SAMPLES * perSample}`)
    for (let made = 0; made < perSample; made += 1) await tell(license, audience)
    samples.push(await resident())
  }
  process.stdout.write(
    `Resident MiB before, and after each tenth of ${SAMPLES * perSample} events: ${each(samples.map(mebibytes))}\n`,
  )

  const timed = Math.min(MOST_TIMED, perSample)
  const rows: (string | number)[][] = []
  const time = async (what: string) => {
    progress(`${timed} events: ${what}`)
    const latencies: number[] = []
    for (let made = 0; made < timed; made += 1) for (const wait of await tell(license, audience)) latencies.push(wait)
    rows.push([
      what,
      ...[0.5, 0.99, 1].map((share) => quantile(latencies, share).toFixed(1)),
      mebibytes(await resident()).toFixed(0),
      await gateway.metric('gateway_streams_open'),
    ])
  }
  await time('all read')
  await audience.slow(SLOW_ONE_IN)
  await time(`one in ${SLOW_ONE_IN} does not read`)
  table(
    `From a change to its arrival at ${subscribers} subscribers, of those who read; ${timed} changes, one at a time`,
    ['', 'p50 ms', 'p99 ms', 'most', 'resident MiB', 'streams left'],
    rows,
  )
}

/** @returns the milliseconds from the request of a change to its arrival at each who reads */
async function tell(license: WatchedLicense, audience: Audience): Promise<number[]> {
  const begun = now()
  await license.change(1)
  return audience.receive(1, begun)
}

function mebibytes(bytes: number): number {
  return bytes / 2 ** 20
}
