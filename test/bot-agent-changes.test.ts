import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  type BotAgent,
  type BotAgentChange,
  botAgentFields,
  create,
  updateBotAgent,
  watchChanges,
} from './support/bot-agents.ts'
import { listening, publish, publishAll } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { transports } from './support/subscription.ts'

let gateway: TestGateway
let second: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
  second = await startGateway({ beside: gateway })
})
afterAll(async () => {
  await second.stop()
  await gateway.stop()
})

const list = (of: TestGateway, token: string) =>
  run<{ botAgents: { cursor: string; nodes: BotAgent[] } }>(
    of,
    token,
    `{ botAgents(first: 100) { cursor nodes { ${botAgentFields} } } }`,
  ).then(({ botAgents }) => botAgents)

const update = (of: TestGateway, token: string, input: object) => run(of, token, updateBotAgent, { input })

const mutate = (of: TestGateway, token: string, field: string, botAgentId: string) =>
  run(
    of,
    token,
    `mutation ($botAgentId: ID!) { ${field}(input: { botAgentId: $botAgentId }) { userErrors { message } } }`,
    { botAgentId },
  )

const kinds = (changes: readonly BotAgentChange[]) => changes.map(({ kind, changedFields }) => [kind, ...changedFields])

describe('a change of a bot agent', () => {
  it('is told with what changed, and the bot agent as it is then', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const stream = await watchChanges(gateway, token)
    const id = await create(gateway, token)
    const webhooks = { url: 'http://127.0.0.1:9/', secretKey: 'a', actions: [{ name: 'INCOMING_EVENT' }] }
    const updates: [input: object, ...told: string[]][] = [
      [{ name: 'Other' }, 'UPDATED', 'name'],
      [{ status: 'ACCEPTING_CHATS' }, 'STATUS_CHANGED', 'status'],
      [{ status: 'OFFLINE', maxChatsCount: 7, avatar: '/a.png' }, 'UPDATED', 'avatar', 'maxChatsCount', 'status'],
      [
        { groups: [{ id: 1, priority: 'FIRST' }], defaultGroupPriority: 'LAST' },
        'UPDATED',
        'defaultGroupPriority',
        'groups',
      ],
      [{ groups: [{ id: 1, priority: 'FIRST' }], name: 'Other' }, 'UPDATED'],
      [{ avatar: null }, 'UPDATED', 'avatar'],
      [{}, 'UPDATED'],
      [{ webhooks }, 'UPDATED', 'webhooks'],
      [{ webhooks }, 'UPDATED'],
      [{ webhooks: { ...webhooks, secretKey: 'b' } }, 'UPDATED', 'webhooks'],
      [{ webhooks: { ...webhooks, secretKey: undefined } }, 'UPDATED'],
      [{ webhooks: null, status: 'ACCEPTING_CHATS' }, 'UPDATED', 'status', 'webhooks'],
      [{ webhooks: null, status: 'OFFLINE' }, 'STATUS_CHANGED', 'status'],
    ]
    expect(kinds(await stream.take(1))).toEqual([['CREATED']])
    for (const [input, kind, ...fields] of updates) {
      await update(gateway, token, { id, ...input })
      const [change] = await stream.take(1)
      expect({ kind: change?.kind, fields: change?.changedFields.toSorted() }).toEqual({ kind, fields })
      expect([change?.botAgent]).toEqual((await list(gateway, token)).nodes)
    }
    await mutate(gateway, token, 'removeBotAgent', id)
    expect(await stream.take(1)).toMatchObject([{ kind: 'REMOVED', botAgentId: id, botAgent: null, changedFields: [] }])
  })

  it('is told when the state of its webhooks changes, and not when it stays', async () => {
    const own = await gatewayForTest({ env: { WEBHOOK_RETRY_SCHEDULE: '1d' } })
    const token = await own.token()
    const receiver = await receiverForTest()
    const stream = await watchChanges(own, token)
    const id = await create(own, token, listening(receiver.url))
    await stream.take(1)
    const next = async () => (await stream.take(1)).map(({ kind, botAgent }) => ({ kind, botAgent }))
    const told = (state: string) => [
      {
        kind: 'WEBHOOKS_STATE_CHANGED',
        botAgent: expect.objectContaining({ webhooks: expect.objectContaining({ state }) }),
      },
    ]
    receiver.answer = (response) => void response.writeHead(500).end()
    await publishAll(async () => own, token, { count: 10 })
    expect(await next()).toEqual(told('PAUSED'))
    receiver.answer = (response) => void response.writeHead(410).end()
    await mutate(own, token, 'enableWebhooks', id)
    expect(await next()).toEqual(told('ACTIVE'))
    await mutate(own, token, 'enableWebhooks', id)
    await publish(own, token)
    expect(await next()).toEqual(told('DISABLED'))
    expect(stream.pending()).toEqual([])
  })

  it('is told only to those who may see the bot agent, and ask for it', async () => {
    const licenseId = newLicense()
    const mine = await gateway.token({ licenseId, clientId: 'mine' })
    const other = await gateway.token({ licenseId, clientId: 'other' })
    const foreign = await gateway.token({ licenseId: newLicense(), clientId: 'mine' })
    const id = await create(gateway, mine)
    const { cursor } = await list(gateway, mine)
    const asked: [string, Parameters<typeof watchChanges>[2]][] = [
      [mine, {}],
      [mine, { botAgentIds: [id] }],
      [other, { all: true }],
      [other, {}],
      [other, { botAgentIds: [id] }],
      [mine, { botAgentIds: ['0'.repeat(32)] }],
      [foreign, { all: true }],
    ]
    const streams = []
    for (const [token, options] of asked) {
      const after = token === foreign ? (await list(gateway, foreign)).cursor : cursor
      streams.push(await watchChanges(gateway, token, { ...options, after }))
    }
    await update(gateway, mine, { id, name: 'Other' })
    await mutate(gateway, mine, 'removeBotAgent', id)
    for (const stream of streams.slice(0, 3)) {
      const told = await stream.takeThrough(({ kind }) => kind === 'REMOVED')
      expect(kinds(told).slice(-2)).toEqual([['UPDATED', 'name'], ['REMOVED']])
    }
    expect(streams.slice(3).map(({ events }) => events)).toEqual([[], [], [], []])
  })

  it('waits for another change of the same bot agent without holding up the changes of others', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const stream = await watchChanges(gateway, token)
    const [held, free] = [await create(gateway, token), await create(gateway, token)]
    await stream.take(2)
    const holder = new pg.Client({ connectionString: gateway.databaseUrl })
    await holder.connect()
    onTestFinished(() => holder.end())
    await holder.query('begin')
    await holder.query('select from bot_agent where id = $1 for update', [held])
    const waiting = update(gateway, token, { id: held, status: 'ACCEPTING_CHATS' })
    await untilSql(
      gateway.databaseUrl,
      `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%bot_agent%'`,
    )
    await update(gateway, token, { id: free, status: 'ACCEPTING_CHATS' })
    expect(await stream.take(1)).toMatchObject([{ botAgentId: free }])
    await holder.query('commit')
    await waiting
    expect(await stream.take(1)).toMatchObject([{ botAgentId: held, kind: 'STATUS_CHANGED' }])
  })
})

/** Changes bot agents in every way through both gateways until it is stopped. */
function changeAllTheTime(token: string): { stop: () => Promise<void> } {
  let stopped = false
  const work = async (through: TestGateway, nth: number) => {
    const mine: string[] = []
    for (let round = 0; !stopped; round += 1) {
      if (mine.length < 5) mine.push(await create(through, token))
      const [oldest = ''] = mine
      const inputs = [
        { status: round % 2 ? 'ACCEPTING_CHATS' : 'OFFLINE' },
        { name: `${nth} ${round}` },
        { groups: [{ id: round, priority: 'LAST' }], status: 'NOT_ACCEPTING_CHATS' },
        { webhooks: { url: `http://127.0.0.1:9/${round}`, secretKey: 'a', actions: [{ name: 'INCOMING_EVENT' }] } },
      ]
      await update(through, token, { id: mine[round % mine.length], ...inputs[round % inputs.length] })
      if (round % 7 === 6) await mutate(through, token, 'removeBotAgent', mine.shift() ?? oldest)
    }
  }
  const all = Promise.all([gateway, second, gateway, second].map(work))
  return {
    async stop() {
      stopped = true
      await all
    },
  }
}

describe.each(transports)('over %s', (transport) => {
  it('a list and a stream from its cursor show together exactly the present state', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const changes = changeAllTheTime(token)
    const followed = []
    for (let nth = 0; nth < 12; nth += 1) {
      const [listed, streamed] = [nth % 2 ? gateway : second, nth % 3 ? gateway : second]
      const { cursor, nodes } = await list(listed, token)
      followed.push({ cursor, nodes, stream: await watchChanges(streamed, token, { transport, after: cursor }) })
    }
    await changes.stop()
    const last = await create(gateway, token)
    const present = new Map((await list(gateway, token)).nodes.map((botAgent) => [botAgent.id, botAgent]))
    for (const { cursor, nodes, stream } of followed) {
      const shown = new Map(nodes.map((botAgent) => [botAgent.id, botAgent]))
      let before = cursor
      for (const change of await stream.takeThrough(({ botAgentId }) => botAgentId === last)) {
        expect(change.previousCursor).toBe(before)
        before = change.cursor
        if (change.botAgent) shown.set(change.botAgent.id, change.botAgent)
        else if (change.botAgentId) shown.delete(change.botAgentId)
      }
      expect(shown).toEqual(present)
    }
  })

  it('a stream begins with an announcement where that is asked for, and goes on from its cursor after a restart', async () => {
    const first = await gatewayForTest({ beside: gateway })
    const token = await first.token({ licenseId: newLicense() })
    const stream = await watchChanges(first, token, { transport, announce: true })
    const [announced] = await stream.take(1)
    expect(announced).toEqual({
      cursor: expect.any(String),
      previousCursor: null,
      kind: 'ANNOUNCED',
      botAgentId: null,
      changedFields: [],
      botAgent: null,
    })
    await first.stop()
    const id = await create(gateway, token)
    await update(gateway, token, { id, name: 'Other' })
    const resumed = await watchChanges(gateway, token, { transport, after: announced?.cursor, announce: true })
    const told = await resumed.take(3)
    expect(kinds(told)).toEqual([['ANNOUNCED'], ['CREATED'], ['UPDATED', 'name']])
    expect(told[0]).toMatchObject({ cursor: announced?.cursor, previousCursor: announced?.cursor })
  })

  it('each event names the one before it in its own stream', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const early = await watchChanges(gateway, token, { transport })
    const id = await create(gateway, token)
    const [created] = await early.take(1)
    const late = await watchChanges(gateway, token, { transport })
    const resumed = await watchChanges(gateway, token, { transport, after: created?.cursor })
    const announced = await watchChanges(gateway, token, { transport, announce: true })
    await announced.take(1)
    for (const name of ['a', 'b', 'c']) await update(gateway, token, { id, name })
    const previous = async (stream: typeof early) => (await stream.take(3)).map(({ previousCursor }) => previousCursor)
    const ofEarly = await previous(early)
    const ofLate = await previous(late)
    const ofResumed = await previous(resumed)
    const ofAnnounced = await previous(announced)
    const [, a, b] = early.events.map(({ cursor }) => cursor)
    expect(created?.previousCursor).toBeNull()
    expect(ofEarly).toEqual([created?.cursor, a, b])
    expect(ofResumed).toEqual([created?.cursor, a, b])
    expect(ofLate).toEqual([null, a, b])
    expect(ofAnnounced).toEqual([announced.events[0]?.cursor, a, b])
  })
})
