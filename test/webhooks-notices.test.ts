import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { type Receiver, receiverForTest } from './support/receiver.ts'
import { subscribe, type Transport, transports } from './support/subscription.ts'

/** No webhook is retried while a test runs. */
const retryLater = { WEBHOOK_RETRY_SCHEDULE: '1d,1d,1d,1d' }
const never = { WEBHOOK_RETRY_SCHEDULE: '' }
const FAILURES_THAT_PAUSE = 10

let gateway: TestGateway
let second: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: retryLater })
  second = await startGateway({ beside: gateway, env: retryLater })
})
afterAll(async () => {
  await second.stop()
  await gateway.stop()
})

interface Notice {
  cursor: string
  previousCursor: string | null
  kind: string
  state: string | null
  cause: string
  botAgentId: string
  botAgent: { id: string } | null
  delivery: { id: string; state: string } | null
  occurredAt: string
}

const watch = (
  at: { url: string },
  token: string,
  { transport = 'WebSocket', ...variables }: Record<string, unknown> & { transport?: Transport } = {},
) =>
  subscribe<Notice>(
    at,
    token,
    `subscription ($after: String, $all: Boolean, $botAgentIds: [ID!]) {
      webhooksStateChanged(after: $after, all: $all, botAgentIds: $botAgentIds) {
        cursor previousCursor kind state cause botAgentId botAgent { id } delivery { id state } occurredAt
      }
    }`,
    { variables, transport },
  )

const answer = (status: number) => (response: ServerResponse) => void response.writeHead(status).end()

const enable = (at: TestGateway, token: string, id: string) =>
  run(at, token, `mutation { enableWebhooks(input: { botAgentId: "${id}" }) { userErrors { message } } }`)

const fail = (at: TestGateway, token: string) => publishAll(async () => at, token, { count: FAILURES_THAT_PAUSE })

const audited = async (at: TestGateway, token: string) => {
  const { auditTrail } = await run<{ auditTrail: { nodes: { action: string; gaveUp: number; clientId: string }[] } }>(
    at,
    token,
    '{ auditTrail { nodes { action gaveUp clientId } } }',
  )
  return auditTrail.nodes.toReversed().filter(({ action }) => action !== 'CREATED')
}

/** A bot agent in a license of its own, whose destination fails. */
async function setUp(status = 500) {
  const token = await gateway.token({ licenseId: newLicense() })
  const receiver = await receiverForTest()
  receiver.answer = answer(status)
  const id = await create(gateway, token, listening(receiver.url))
  return { token, receiver, id }
}

const probe = (id: string) =>
  sql(gateway.databaseUrl, 'update bot_agent set webhooks_paused_until = clock_timestamp() where id = $1', [id])

async function failingProbe(id: string, receiver: Receiver): Promise<void> {
  const [before] = await sql<{ webhooks_pauses: number }>(
    gateway.databaseUrl,
    'select webhooks_pauses from bot_agent where id = $1',
    [id],
  )
  const come = receiver.received.length
  await probe(id)
  await receiver.reaches(come + 1)
  await untilSql(gateway.databaseUrl, 'select from bot_agent where id = $1 and webhooks_pauses > $2', [
    id,
    before?.webhooks_pauses,
  ])
}

describe('the notices of a bot agent', () => {
  it('tell that its webhooks were paused, enabled and disabled, why, and by which delivery', async () => {
    const { token, receiver, id } = await setUp()
    const notices = await watch(gateway, token)
    await fail(gateway, token)
    const [paused] = await notices.take(1)
    expect(paused).toMatchObject({ kind: 'PAUSED', state: 'PAUSED', botAgentId: id, botAgent: { id } })
    expect(paused?.cause).toMatch(
      /^1\d attempts in a row failed since \S+Z; the last one got the status 500\. .*enableWebhooks/,
    )
    expect(receiver.received.map((webhook) => webhook.id)).toContain(paused?.delivery?.id)

    receiver.answer = answer(410)
    await enable(gateway, token, id)
    expect(await notices.take(1)).toMatchObject([
      {
        kind: 'ENABLED',
        cause: expect.stringContaining('called `enableWebhooks`. Before, webhooks were PAUSED.'),
        delivery: null,
      },
    ])
    await enable(gateway, token, id)
    await publish(gateway, token)
    expect(await notices.take(1)).toMatchObject([
      {
        kind: 'DISABLED',
        state: 'DISABLED',
        cause: expect.stringMatching(/^The destination responded with 410: .*replay/),
        delivery: { id: receiver.received.at(-1)?.id },
      },
    ])
    expect(notices.pending()).toEqual([])
    expect(await audited(gateway, token)).toEqual([
      { action: 'WEBHOOKS_PAUSED', gaveUp: null, clientId: null },
      { action: 'ENABLED', gaveUp: null, clientId: 'my-bots' },
      { action: 'ENABLED', gaveUp: null, clientId: 'my-bots' },
      { action: 'WEBHOOKS_DISABLED', gaveUp: null, clientId: null },
    ])
  })

  it('tell once that it recovered, and nothing of probes that fail', async () => {
    const { token, receiver, id } = await setUp()
    const notices = await watch(gateway, token)
    await fail(gateway, token)
    await notices.take(1)
    await publish(gateway, token)
    await sql(
      gateway.databaseUrl,
      'update webhook_delivery set next_attempt_at = clock_timestamp() where bot_agent_id = $1',
      [id],
    )
    await failingProbe(id, receiver)
    await failingProbe(id, receiver)
    receiver.answer = answer(200)
    await probe(id)
    expect(await notices.take(1)).toMatchObject([
      {
        kind: 'RECOVERED',
        delivery: null,
        cause: expect.stringMatching(/succeeded\. Before it, \d+ attempts in a row failed/),
      },
    ])
    expect((await audited(gateway, token)).map(({ action }) => action)).toEqual([
      'WEBHOOKS_PAUSED',
      'WEBHOOKS_RECOVERED',
    ])
  })

  it('tell that five days without a success have disabled them, unlike a 410', async () => {
    const { token, id } = await setUp(503)
    await sql(
      gateway.databaseUrl,
      `update bot_agent set webhooks_failures = 1, webhooks_failing_since = clock_timestamp() - interval '6 days' where id = $1`,
      [id],
    )
    const notices = await watch(gateway, token)
    await publish(gateway, token)
    expect(await notices.take(1)).toMatchObject([
      {
        kind: 'DISABLED',
        cause: expect.stringMatching(/^No attempt has succeeded since \S+Z; the last one got the status 503\./),
      },
    ])
  })

  it('tell once that an update has made them active again, as its one change', async () => {
    const { token, receiver, id } = await setUp()
    const notices = await watch(gateway, token)
    await fail(gateway, token)
    await notices.take(1)
    const changes = await subscribe<{ kind: string }>(gateway, token, 'subscription { botAgentChanged { kind } }')
    const webhooks = { url: `${receiver.url}/other`, actions: [{ name: 'INCOMING_EVENT' }] }
    await run(gateway, token, updateBotAgent, { input: { id, webhooks } })
    await run(gateway, token, updateBotAgent, { input: { id, webhooks } })
    expect(await notices.take(1)).toMatchObject([
      { kind: 'ENABLED', cause: expect.stringContaining('`updateBotAgent`') },
    ])
    expect(await changes.take(2)).toEqual([{ kind: 'UPDATED' }, { kind: 'UPDATED' }])
    expect(notices.pending()).toEqual([])
  })

  it('are told only to those who may see the bot agent, and ask for it', async () => {
    const licenseId = newLicense()
    const mine = await gateway.token({ licenseId, clientId: 'mine' })
    const other = await gateway.token({ licenseId, clientId: 'other' })
    const foreign = await gateway.token({ licenseId: newLicense(), clientId: 'mine' })
    const id = await create(gateway, mine, listening('http://127.0.0.1:9'))
    const asked: [string, Record<string, unknown>][] = [
      [mine, {}],
      [mine, { botAgentIds: [id] }],
      [other, { all: true }],
      [other, {}],
      [other, { botAgentIds: [id] }],
      [mine, { botAgentIds: ['0'.repeat(32)] }],
      [foreign, { all: true }],
    ]
    const streams = await Promise.all(asked.map(([token, options]) => watch(gateway, token, options)))
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'PAUSED' where id = $1`, [id])
    await enable(gateway, mine, id)
    for (const stream of streams.slice(0, 3)) expect(await stream.take(1)).toMatchObject([{ kind: 'ENABLED' }])
    expect(streams.slice(3).map(({ events }) => events)).toEqual([[], [], [], []])
  })

  it('are in the log and the metrics of the gateway, without the bot agent in the metrics', async () => {
    const lonely = await gatewayForTest({ env: never })
    const token = await lonely.token()
    const receiver = await receiverForTest()
    receiver.answer = answer(500)
    const id = await create(lonely, token, listening(receiver.url))
    const notices = await watch(lonely, token)
    await fail(lonely, token)
    await notices.until(({ kind }) => kind === 'PAUSED')
    await enable(lonely, token, id)
    await notices.until(({ kind }) => kind === 'ENABLED')
    for (const [msg, level] of [
      ['webhooks were given up', 40],
      ['webhooks were paused', 40],
      ['webhooks were enabled', 30],
    ] as const) {
      expect(await lonely.logs(msg)).toMatchObject({ botAgent: id, level, cause: expect.any(String) })
    }
    const metrics = await (await fetch(new URL('/metrics', lonely.url))).text()
    expect(metrics).toContain(`gateway_webhook_notices_total{kind="gave_up"} ${FAILURES_THAT_PAUSE}\n`)
    expect(metrics).toContain('gateway_webhook_notices_total{kind="paused"} 1\n')
    expect(metrics).toContain('gateway_webhook_notices_total{kind="enabled"} 1\n')
    expect(metrics).toContain('gateway_webhook_notices_total{kind="recovered"} 0\n')
    expect(metrics).not.toContain(id)

    const gaveUp = notices.events.filter(({ kind }) => kind === 'GAVE_UP')
    expect(new Set(gaveUp.map(({ delivery }) => delivery?.id))).toEqual(
      new Set(receiver.received.map((webhook) => webhook.id)),
    )
    expect(gaveUp[0]).toMatchObject({
      delivery: { state: 'FAILED' },
      cause: expect.stringMatching(/^Attempt 1 was the last one, and it got the status 500\. .*replay/),
    })
    const trail = (await audited(lonely, token)).filter(({ action }) => action === 'WEBHOOKS_GAVE_UP')
    expect(trail.reduce((sum, entry) => sum + entry.gaveUp, 0)).toBe(FAILURES_THAT_PAUSE)

    await run(lonely, token, `mutation { pingWebhooks(input: { botAgentId: "${id}" }) { userErrors { message } } }`)
    await untilSql(lonely.databaseUrl, `select from webhook_delivery where ping and state = 'FAILED'`)
    await run(lonely, token, `mutation { removeBotAgent(input: { botAgentId: "${id}" }) { userErrors { message } } }`)
    expect(notices.events.filter(({ kind }) => kind === 'GAVE_UP')).toHaveLength(FAILURES_THAT_PAUSE)
  })
})

it.each(transports)(
  'over %s, a stream goes on after its cursor on another gateway, and each notice is told once',
  async (transport) => {
    const { token, id } = await setUp()
    const first = await watch(gateway, token, { transport })
    const beside = await watch(second, token, { transport })
    await fail(gateway, token)
    const [paused] = await first.take(1)
    expect(await beside.take(1)).toEqual([{ ...paused, previousCursor: null }])
    await first.stop()
    await enable(gateway, token, id)
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'DISABLED' where id = $1`, [id])
    await enable(second, token, id)
    const resumed = await watch(second, token, { transport, after: paused?.cursor })
    const told = await resumed.take(2)
    expect(told.map(({ kind, cause }) => [kind, /PAUSED|DISABLED/.exec(cause)?.[0]])).toEqual([
      ['ENABLED', 'PAUSED'],
      ['ENABLED', 'DISABLED'],
    ])
    expect(told.map(({ previousCursor }) => previousCursor)).toEqual([paused?.cursor, told[0]?.cursor])
    expect(await beside.take(2)).toEqual(told)
  },
)
