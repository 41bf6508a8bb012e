import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, updateBotAgent, watchStatus } from '../../test/support/bot-agents.ts'
import { listening } from '../../test/support/chat-events.ts'
import { request } from '../../test/support/client.ts'
import { sql } from '../../test/support/database.ts'
import { untilSql } from '../../test/support/delivery-records.ts'
import { connect } from '../../test/support/feed.ts'
import { newLicense, startGateway, type TestGateway } from '../../test/support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { LOG_LEVEL: 'trace' } })
})
afterAll(() => gateway.stop())

interface Payload {
  botAgent: { id: string } | null
  userErrors: { code: string }[]
}

/** @returns the code of what is wrong, or the id of the bot agent */
async function update(token: string, input: object): Promise<string | undefined> {
  const { data, errors } = await request<{ updateBotAgent: Payload }>(gateway.url, token, updateBotAgent, { input })
  const payload = data?.updateBotAgent
  return payload?.userErrors[0]?.code ?? payload?.botAgent?.id ?? String(errors?.[0]?.extensions?.code)
}

/** An application in a license of its own with bot agents, whose token was used for an update before. */
async function application(botAgents: number) {
  const token = await gateway.token({ licenseId: newLicense() })
  const ids = await Promise.all(Array.from({ length: botAgents }, () => create(gateway, token)))
  return { token, ids }
}

/** Revokes the token of a bot agent as another gateway does, before this one knows. */
const revocation = `insert into token_revocation (key, kept_until)
  select access_token_hash, now() + interval '1 hour' from bot_agent where id = $1`

/**
 * Holds a lock until an update waits for it, has others update their bot agents, and waits until their stream tells of it.
 * @returns what the first update returns, once the lock is released
 */
async function whileHeld(hold: (client: pg.Client) => Promise<unknown>, waits: () => Promise<string | undefined>) {
  const { token, ids } = await application(3)
  const stream = await watchStatus(gateway, token)
  const client = await connect(gateway.databaseUrl)
  await client.query('begin')
  await hold(client)
  const waiting = waits()
  const isWaiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await untilSql(gateway.databaseUrl, isWaiting)
  expect(await Promise.all(ids.map((id) => update(token, { id, status: 'ACCEPTING_CHATS' })))).toEqual(ids)
  const told = new Set<string>()
  await stream.until(({ botAgentId, status }) => status !== 'OFFLINE' && told.add(botAgentId).size === ids.length)
  await client.query('commit')
  return waiting
}

const statementsSince = (count: number) =>
  gateway.logged.slice(count).filter(({ msg, query }) => msg === 'query' && /update bot_agent/.test(String(query)))

describe('updates that come together', () => {
  it('share statements even if different callers make them, and each takes effect', async () => {
    const owners = await Promise.all(Array.from({ length: 4 }, () => application(10)))
    const streams = await Promise.all(owners.map(({ token }) => watchStatus(gateway, token)))
    const before = gateway.logged.length
    const updated = owners.flatMap(({ token, ids }) =>
      ids.map((id, index) => update(token, { id, status: index % 2 ? 'ACCEPTING_CHATS' : 'NOT_ACCEPTING_CHATS' })),
    )
    expect(await Promise.all(updated)).toEqual(owners.flatMap(({ ids }) => ids))
    expect(statementsSince(before).length).toBeLessThan(30)
    for (const [owner, { ids }] of owners.entries()) {
      const expected = ids.map((botAgentId, index) => [
        botAgentId,
        index % 2 ? 'ACCEPTING_CHATS' : 'NOT_ACCEPTING_CHATS',
      ])
      const told = new Map<string, string>()
      await streams[owner]?.until(
        ({ botAgentId, status }) => status !== 'OFFLINE' && told.set(botAgentId, status).size === ids.length,
      )
      expect(new Map([...told].sort())).toEqual(new Map(expected.sort() as [string, string][]))
    }
    const audited = await sql<{ count: number }>(
      gateway.databaseUrl,
      `select count(*)::int from audit_entry join bot_agent on bot_agent.id = bot_agent_id
        and audit_entry.license_id = bot_agent.license_id and audit_entry.access_token_hash = bot_agent.access_token_hash
       where action = 'UPDATED' and bot_agent_id = any($1)`,
      [owners.flatMap(({ ids }) => ids)],
    )
    expect(audited).toEqual([{ count: 40 }])
  })

  it('succeed or fail independently', async () => {
    const [one, other, former] = [await application(3), await application(1), await application(1)]
    await sql(gateway.databaseUrl, revocation, [former.ids[0]])
    const before = gateway.logged.length
    const answers = await Promise.all([
      update(one.token, { id: one.ids[0], status: 'ACCEPTING_CHATS' }),
      update(one.token, { id: other.ids[0], status: 'ACCEPTING_CHATS' }),
      update(one.token, { id: one.ids[1], name: 'too late', expectedUpdatedAt: '2020-01-01T00:00:00Z' }),
      update(one.token, { id: 'f'.repeat(32), avatar: null }),
      update(one.token, { id: one.ids[2], maxChatsCount: 7, groups: [{ id: 3, priority: 'LAST' }], avatar: 'a.png' }),
      update(former.token, { id: former.ids[0], status: 'ACCEPTING_CHATS' }),
      update(other.token, { id: other.ids[0], name: `a "name", {of} \\ all 💬` }),
    ])
    expect(answers).toEqual([
      one.ids[0],
      'NOT_FOUND',
      'CONFLICT',
      'NOT_FOUND',
      one.ids[2],
      'UNAUTHENTICATED',
      other.ids[0],
    ])
    expect(statementsSince(before).length).toBeLessThan(answers.length)
    const columns = 'name, avatar, status, max_chats_count, default_group_priority, groups'
    const rows = await sql(gateway.databaseUrl, `select ${columns} from bot_agent where id = any($1)`, [
      [one.ids[2], other.ids[0]],
    ])
    const created = { avatar: null, status: 'OFFLINE', default_group_priority: 'NORMAL', groups: [] }
    expect(rows).toEqual(
      expect.arrayContaining([
        { ...created, name: 'x', avatar: 'a.png', max_chats_count: 7, groups: [{ id: 3, priority: 'LAST' }] },
        { ...created, name: `a "name", {of} \\ all 💬`, max_chats_count: expect.any(Number) },
      ]),
    )
  })

  it('of the same bot agent are made one after the other', async () => {
    const { token, ids } = await application(1)
    const stream = await watchStatus(gateway, token)
    const statuses = ['ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS', 'OFFLINE'] as const
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => update(token, { id: ids[0], status: statuses[index % 3] })),
    )
    expect(new Set(answers)).toEqual(new Set(ids))
    const removal = 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }'
    await request(gateway.url, token, removal, { id: ids[0] })
    const changes = await stream.takeThrough(({ reason }) => reason === 'REMOVED')
    // The stream may begin before the bot agent was created.
    const updated = changes.filter(({ previousStatus }) => previousStatus !== null)
    for (const [index, { previousStatus }] of updated.entries()) {
      expect(previousStatus).toBe(index === 0 ? 'OFFLINE' : updated[index - 1]?.status)
    }
    expect(updated.length).toBeGreaterThan(1)
  })
})

describe('an update that has to wait', () => {
  it('for a bot agent that somebody has locked keeps no other update and no stream waiting', async () => {
    const { token, ids } = await application(1)
    const lock = 'select from bot_agent where id = $1 for update'
    const waits = () => update(token, { id: ids[0], status: 'ACCEPTING_CHATS' })
    expect(await whileHeld((client) => client.query(lock, ids), waits)).toBe(ids[0])
  })

  it('for a token that is being revoked keeps no other update and no stream waiting, and fails once it is', async () => {
    const { token, ids } = await application(1)
    const lock = `select pg_advisory_xact_lock(hashtextextended('access token ' || encode(access_token_hash, 'hex'), 0))
      from bot_agent where id = $1`
    const revoke = async (client: pg.Client) => {
      await client.query(lock, ids)
      await client.query(revocation, ids)
    }
    const waits = () => update(token, { id: ids[0], status: 'ACCEPTING_CHATS' })
    expect(await whileHeld(revoke, waits)).toBe('UNAUTHENTICATED')
    expect(await sql(gateway.databaseUrl, 'select status from bot_agent where id = $1', ids)).toEqual([
      { status: 'OFFLINE' },
    ])
  })

  for (const reached of ['nobody', 'somebody']) {
    it(`for another change of who listens keeps no other update and no stream waiting, if its event reaches ${reached}`, async () => {
      const { token } = await application(1)
      const { webhooks } = listening('http://127.0.0.1:9/') as { webhooks: object }
      if (reached === 'somebody') {
        const actions = [{ name: 'AGENT_STATUS_CHANGED' }]
        await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks: { ...webhooks, actions } })
      }
      const id = await create(gateway, token, { status: 'OFFLINE', webhooks })
      const lock =
        'select from listening where license_id = (select license_id from bot_agent where id = $1) for update'
      const waits = () => update(token, { id, status: 'ACCEPTING_CHATS' })
      expect(await whileHeld((client) => client.query(lock, [id]), waits)).toBe(id)
    })
  }

  it('for the first use of its token is recorded like any other', async () => {
    const licenseId = newLicense()
    const id = await create(gateway, await gateway.token({ licenseId }))
    const token = await gateway.token({ licenseId })
    expect(await update(token, { id, name: 'y' })).toBe(id)
    const known = 'select from bot_agent join access_token on hash = access_token_hash where id = $1'
    expect(await sql(gateway.databaseUrl, known, [id])).toHaveLength(1)
  })
})
