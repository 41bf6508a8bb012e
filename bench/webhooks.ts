import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { Agent } from 'undici'
import { webhookBody } from '../src/deliveries/webhook-body.ts'
import { now } from './clock.ts'
import { peers } from './peers.ts'
import { openPoster } from './poster.ts'
import { mark, type Receiver, startReceiver } from './receiver.ts'
import { type Outcome, reconcile } from './reconcile.ts'
import { type Site, startSite } from './site.ts'
import { table } from './table.ts'

/** Bot agents, each in a license and at an origin of its own. */
const BOTS = 20
const BACKLOG = Number(process.env.BENCH_WEBHOOKS ?? 10_000)

/**
 * Each contender has two phases: publish events, then reconcile at the receiver. All contenders run in sequence, on one PostgreSQL,
 * with one receiver and the same bodies.
 */
export async function webhooks(): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const receiver = await startReceiver(BOTS)
  parts.defer(() => receiver.stop())
  const site = parts.use(await startSite())

  const drained: [name: string, Outcome][] = []
  for (const peer of peers) drained.push([peer.name, await drainPeer(site, receiver, peer)])
  const gateway = await openGateway(site, receiver)
  drained.push(['gateway: signed, every attempt recorded and in the feed', await drainGateway(gateway, receiver)])
  const limit = drained[0]?.[1].perSecond ?? Number.NaN
  process.stdout.write(`\nA backlog of ${BACKLOG} webhooks, sent by one process\n`)
  table(
    ['', 'webhooks/s', 'of the limit', 'lost', 'doubled'],
    drained.map(([name, { perSecond, lost, doubled }]) => [
      name,
      perSecond.toFixed(0),
      (perSecond / limit).toFixed(2),
      lost,
      doubled,
    ]),
  )

  const handedIn: [name: string, Outcome][] = [
    ['idle: one at a time', await publishAll(gateway, receiver, { events: 200, rate: 20 })],
    ['100 a second', await publishAll(gateway, receiver, { events: 1_000, rate: 100 })],
    ['as fast as it goes, 32 callers', await publishAll(gateway, receiver, { events: BACKLOG })],
  ]
  process.stdout.write('\nEvents from publishChatEvent to the arrival of their webhook\n')
  table(
    ['', 'events/s', 'p50 ms', 'p95 ms', 'p99 ms', 'lost', 'doubled'],
    handedIn.map(([name, { perSecond, p50, p95, p99, lost, doubled }]) => [
      name,
      perSecond.toFixed(0),
      p50.toFixed(1),
      p95.toFixed(1),
      p99.toFixed(1),
      lost,
      doubled,
    ]),
  )
}

async function drainPeer(site: Site, receiver: Receiver, peer: (typeof peers)[number]): Promise<Outcome> {
  await receiver.forget()
  const bodies = Array.from({ length: BACKLOG }, (_, number) =>
    webhookBody({
      webhookId: 'dlv_0199a6b2f0c35c9871d5372c824cbf22',
      secretKey: 'JSauw0Aks8l-asAa',
      action: 'incoming_event',
      data: JSON.stringify(dataOf(number)),
      additionalData: '{}',
    }),
  )
  const poster = openPoster(receiver.urls)
  const send = await peer.prepare(await site.createDatabase(), bodies, poster)
  const begun = now()
  await send()
  const outcome = reconcile(await receiver.reaches(BACKLOG), { sent: BACKLOG, begun })
  await poster.close()
  return outcome
}

interface Gateway {
  readonly databaseUrl: string
  publish(number: number): Promise<void>
}

async function openGateway(site: Site, receiver: Receiver): Promise<Gateway> {
  const { url, databaseUrl, token } = await site.startGateway()
  const agent = new Agent({ connections: 32 })
  const request = async (authorization: string, query: string, variables: object) => {
    const { origin, pathname: path } = new URL(url)
    const { body } = await agent.request({
      origin,
      path,
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await body.json()) as { data?: object; errors?: object[] }
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  const tokens = await Promise.all(
    Array.from({ length: BOTS }, async (_, licenseId) => `Bearer ${await token(licenseId)}`),
  )
  for (const [index, authorization] of tokens.entries()) {
    await request(
      authorization,
      'mutation ($input: CreateBotAgentInput!) { createBotAgent(input: $input) { userErrors { message } } }',
      {
        input: {
          name: 'bench',
          status: 'ACCEPTING_CHATS',
          webhooks: { url: receiver.urls[index], secretKey: 'JSauw0Aks8l-asAa', actions: [{ name: 'INCOMING_EVENT' }] },
        },
      },
    )
  }
  const publishing =
    'mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { matched userErrors { message } } }'
  return {
    databaseUrl,
    async publish(number) {
      await request(tokens[number % BOTS] ?? '', publishing, {
        input: { action: 'INCOMING_EVENT', authorType: 'CUSTOMER', data: dataOf(number) },
      })
    },
  }
}

/** The backlog is published while the destinations are paused. */
async function drainGateway(gateway: Gateway, receiver: Receiver): Promise<Outcome> {
  const database = new pg.Client({ connectionString: gateway.databaseUrl })
  await database.connect()
  await database.query(`update bot_agent set webhooks_state = 'PAUSED', webhooks_paused_until = 'infinity'`)
  await all(BACKLOG, 32, gateway.publish)
  await receiver.forget()
  await database.query('vacuum analyze')
  await database.query(`update bot_agent set webhooks_state = 'ACTIVE', webhooks_paused_until = null`)
  const arrivals = await receiver.reaches(BACKLOG)
  const begun = arrivals.reduce((first, { cameAt }) => Math.min(first, cameAt), Number.POSITIVE_INFINITY)
  await database.end()
  return reconcile(arrivals, { sent: BACKLOG, begun })
}

async function publishAll(
  gateway: Gateway,
  receiver: Receiver,
  { events, rate }: { events: number; rate?: number },
): Promise<Outcome> {
  await receiver.forget()
  const begun = now()
  if (rate) {
    const calls: Promise<void>[] = []
    for (let number = 0; number < events; number += 1) {
      await delay(Math.max(0, begun + (number * 1_000) / rate - now()))
      calls.push(gateway.publish(number))
    }
    await Promise.all(calls)
  } else await all(events, 32, gateway.publish)
  return reconcile(await receiver.reaches(events), { sent: events, begun })
}

async function all(count: number, callers: number, act: (number: number) => Promise<void>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number).values()
  const call = async () => {
    for (const number of numbers) await act(number)
  }
  await Promise.all(Array.from({ length: callers }, call))
}

function dataOf(number: number): object {
  const text = `${mark(number, now())} Hello, I have ordered a pair of shoes, and they are too small. Can I send them back?`
  return {
    chat_id: 'PJ0MRSHTDG',
    thread_id: 'PGDGHT5G',
    event: {
      id: `PGDGHT5G_${number}`,
      order: number,
      type: 'message',
      author_id: 'b7eff798-f8df-4364-8059-649c35c9ed0c',
      text,
    },
  }
}
