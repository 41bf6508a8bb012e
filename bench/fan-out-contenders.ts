import { strictEqual } from 'node:assert/strict'
import { type Audience, openAudience } from './audience.ts'
import { now } from './clock.ts'
import { documents } from './fan-out-document.ts'
import { BURST, openLicense, startWatchedGateway } from './fan-out-gateway.ts'
import { forkServer } from './forked-server.ts'
import type { Site } from './site.ts'

/** Something that tells subscribers of changes, in a process of its own. */
export interface FanOutContender {
  readonly name: string
  readonly stage: Stage
  /** The same process with a single subscriber, to see what a change costs without fan-out; absent where a change is only told. */
  readonly alone?: Stage
}

/** Subscribers, and what they hear of. */
export interface Stage {
  readonly origin: string
  readonly audience: Audience
  /** Makes so many changes at once. */
  change(count: number): Promise<void>
}

const WATCHED = 1
/** License of the bot agents that a single subscriber watches. */
const HARDLY_WATCHED = 2
/** What a gateway has done before it is compared with anything: fewer changes would not get its code compiled. */
const WARM_UP_BURSTS = 100
const WARM_UP_CHANGES = 1_000

/** @param options.name of the contender @param options.kinds how many different documents its subscribers have */
export async function openGateway(
  options: { name: string; kinds: number; subscribers: number },
  { site, parts }: { site: Site; parts: AsyncDisposableStack },
): Promise<FanOutContender> {
  const gateway = await startWatchedGateway(site)
  const open = async (licenseId: number, count: number, kinds: number): Promise<Stage> => {
    const license = await openLicense(site, gateway, licenseId, parts)
    const audience = parts.use(await license.openAudience(count, documents(kinds)))
    return { origin: gateway.url, audience, change: (atOnce) => license.change(atOnce) }
  }
  const alone = await open(HARDLY_WATCHED, 1, 1)
  for (let made = 0; made < WARM_UP_BURSTS; made += 1) await tell(alone, BURST)
  for (let made = 0; made < WARM_UP_CHANGES; made += 1) await tell(alone, 1)
  return { name: options.name, stage: await open(WATCHED, options.subscribers, options.kinds), alone }
}

/**
 * A server that only tells of changes: one happens when its process is told so.
 * @param options.file of its process @param options.message that each change sends to each subscriber
 * @param options.flags further ones for the process
 */
export async function openPeer(
  options: { name: string; file: string; message: string; subscribers: number; flags?: readonly string[] },
  parts: AsyncDisposableStack,
): Promise<FanOutContender> {
  const { name, file, message, subscribers: count, flags = [] } = options
  const { origin, child } = await forkServer(file, [message, ...flags], parts)
  const url = `${origin.replace(/^http/, 'ws')}/graphql`
  const audience = parts.use(await openAudience({ count, url, authorizations: [''], documents: documents(1) }))
  const stage: Stage = { origin, audience, change: async (atOnce) => void child.send(atOnce) }
  await tell(stage, 1)
  strictEqual(await audience.quote(), message, `${name} does not send what the gateway sends`)
  return { name, stage }
}

/** @returns the message of one change, as the gateway sends it */
export async function messageOf({ stage }: FanOutContender): Promise<string> {
  await tell(stage, 1)
  return stage.audience.quote()
}

async function tell({ audience, change }: Stage, changes: number): Promise<void> {
  await change(changes)
  await audience.receive(changes, now())
}
