import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { create, statusOf, updateBotAgent, watchStatus } from './support/bot-agents.ts'
import { listening, publish } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { untilSql } from './support/delivery-records.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { receiverForTest } from './support/receiver.ts'
import { subscribe, transports } from './support/subscription.ts'

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

interface Page {
  botAgents: { cursor: string; nodes: { id: string; status: string }[] }
}

const list = (of: TestGateway, token: string) =>
  run<Page>(of, token, '{ botAgents(first: 100) { cursor nodes { id status } } }').then(({ botAgents }) => botAgents)

const remove = (of: TestGateway, token: string, botAgentId: string) =>
  run(
    of,
    token,
    'mutation ($input: RemoveBotAgentInput!) { removeBotAgent(input: $input) { userErrors { message } } }',
    {
      input: { botAgentId },
    },
  )

/** Creates, updates and removes bot agents through both gateways until it is stopped. */
function changeAllTheTime(token: string): { stop: () => Promise<void> } {
  let stopped = false
  const work = async (through: TestGateway) => {
    const mine: string[] = []
    for (let round = 0; !stopped; round += 1) {
      if (mine.length < 5) mine.push(await create(through, token))
      const [id = ''] = mine
      const status = round % 2 ? 'ACCEPTING_CHATS' : 'NOT_ACCEPTING_CHATS'
      await run(through, token, updateBotAgent, { input: { id: mine[round % mine.length], status } })
      if (round % 7 === 6) {
        await remove(through, token, id)
        mine.shift()
      }
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
    const pages = [gateway, second, gateway, second].flatMap((listed, index) =>
      Array.from({ length: 5 }, (_, nth) => ({ listed, streamed: (index + nth) % 2 ? gateway : second })),
    )
    const followed = []
    for (const { listed, streamed } of pages) {
      const { cursor, nodes } = await list(listed, token)
      followed.push({ nodes, stream: await watchStatus(streamed, token, { transport, after: cursor }) })
    }
    await changes.stop()
    const last = await create(gateway, token)

    const present = new Map((await list(gateway, token)).nodes.map(({ id, status }) => [id, status]))
    for (const { nodes, stream } of followed) {
      const shown = new Map(nodes.map(({ id, status }) => [id, status]))
      for (const { botAgentId, status, reason } of await stream.takeThrough(({ botAgentId }) => botAgentId === last)) {
        if (reason === 'REMOVED') shown.delete(botAgentId)
        else shown.set(botAgentId, status)
      }
      expect(shown).toEqual(present)
    }
  })

  it('a stream that had no event yet goes on, after a restart, from the cursor of the list before it', async () => {
    const first = await gatewayForTest({ beside: gateway })
    const token = await first.token({ licenseId: newLicense() })
    const { cursor } = await list(first, token)
    await watchStatus(first, token, { transport, after: cursor })
    await first.stop()

    const again = await gatewayForTest({ beside: gateway })
    const ids = [await create(again, token), await create(again, token)]
    const resumed = await watchStatus(again, token, { transport, after: cursor })
    expect((await resumed.take(2)).map(({ botAgentId }) => botAgentId)).toEqual(ids)
  })
})

describe('a cursor of the feed', () => {
  it('comes with a query, from before it', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const id = await create(gateway, token)
    const query = 'query ($id: ID!) { cursor botAgent(id: $id) { status } }'
    const { cursor } = await run<{ cursor: string }>(gateway, token, query, { id })
    await run(gateway, token, updateBotAgent, { input: { id, status: 'ACCEPTING_CHATS' } })
    const stream = await watchStatus(gateway, token, { after: cursor })
    await stream.until(({ botAgentId, status }) => botAgentId === id && status === 'ACCEPTING_CHATS')
  })

  it('is from before a read, however long that waits', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const id = await create(gateway, token)
    const writer = new pg.Client({ connectionString: gateway.databaseUrl })
    await writer.connect()
    onTestFinished(() => writer.end())
    await writer.query('begin')
    await writer.query('lock table bot_agent in access exclusive mode')
    const page = list(gateway, token)
    await untilSql(
      gateway.databaseUrl,
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%bot_agent%'`,
    )
    await writer.query(`update bot_agent set status = 'ACCEPTING_CHATS' where id = $1`, [id])
    await writer.query(
      `insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
       select license_id, 'BOT_AGENT_STATUS', client_id, id, $2::jsonb from bot_agent where id = $1`,
      [id, JSON.stringify({ status: 'ACCEPTING_CHATS', previousStatus: 'OFFLINE', reason: 'UPDATED' })],
    )
    await writer.query('commit')
    const { cursor, nodes } = await page
    expect(nodes).toEqual([{ id, status: 'ACCEPTING_CHATS' }])
    const stream = await watchStatus(gateway, token, { after: cursor })
    await stream.until(({ status }) => status === 'ACCEPTING_CHATS')
  })

  it('comes with a mutation, from before its changes', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const id = await create(gateway, token)
    const { updateBotAgent: payload } = await run<{ updateBotAgent: { cursor: string } }>(
      gateway,
      token,
      'mutation ($input: UpdateBotAgentInput!) { updateBotAgent(input: $input) { cursor } }',
      { input: { id, status: 'ACCEPTING_CHATS' } },
    )
    const stream = await watchStatus(gateway, token, { after: payload.cursor })
    await stream.until(({ botAgentId, status }) => botAgentId === id && status === 'ACCEPTING_CHATS')
    expect(await statusOf(gateway, token, id)).toBe('ACCEPTING_CHATS')
  })

  it('comes with a page of deliveries', async () => {
    const receiver = await receiverForTest()
    const token = await gateway.token({ licenseId: newLicense() })
    const id = await create(gateway, token, listening(receiver.url))
    const { webhookDeliveries } = await run<{ webhookDeliveries: { cursor: string } }>(
      gateway,
      token,
      '{ webhookDeliveries { cursor nodes { id } } }',
    )
    await publish(gateway, token)
    const updates = await subscribe<{ state: string; delivery: { botAgent: { id: string } } }>(
      gateway,
      token,
      'subscription ($after: String) { webhookDeliveryUpdated(after: $after) { state delivery { botAgent { id } } } }',
      { variables: { after: webhookDeliveries.cursor } },
    )
    await updates.until(({ state, delivery }) => state === 'SUCCEEDED' && delivery.botAgent.id === id)
    expect(updates.events[0]).toMatchObject({ state: 'PENDING' })
  })

  it('is of its license alone', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const stranger = await gateway.token({ licenseId: newLicense() })
    const { cursor } = await run<{ cursor: string }>(gateway, token, '{ cursor }')
    const { ended } = await watchStatus(gateway, stranger, { after: cursor })
    expect(await ended).toMatchObject({ errorCode: 'BAD_USER_INPUT' })
  })
})
