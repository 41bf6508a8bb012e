import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { publish as publishEvent } from './support/chat-events.ts'
import { request } from './support/client.ts'
import { sql } from './support/database.ts'
import { gatewayForTest, newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { addBotAgents } from './support/many-bot-agents.ts'

let gateway: TestGateway
let beside: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { LOG_LEVEL: 'trace' } })
  beside = await startGateway({ beside: gateway, env: { LOG_LEVEL: 'trace' } })
})
afterAll(async () => {
  await beside.stop()
  await gateway.stop()
})

const listening = (value: string, name = 'THREAD_CLOSED') => ({
  url: 'http://127.0.0.1:9',
  secretKey: 's',
  actions: [
    name === 'AGENT_STATUS_CHANGED'
      ? { name, filters: { chatMemberIds: { agentsAny: [value] } } }
      : { name, filters: { chatProperties: [{ namespace: 'a', name: 'b', values: [value] }] } },
  ],
})

/** Publishes an event of a chat with this property. @returns how many bot agents get it */
const publish = async (at: TestGateway, token: string, value: string) => {
  const { matched } = await publishEvent(at, token, {
    action: 'THREAD_CLOSED',
    authorType: null,
    data: { chat_id: 'c', thread_id: 't' },
    chat: { id: 'c', properties: { a: { b: value } } },
  })
  return matched
}

/** How many statements of the gateway have loaded filters since the last call. */
const loads = (at: TestGateway) =>
  at.logged.splice(0).filter(({ query }) => /jsonb_array_elements\(webhooks_actions\)/.test(String(query))).length

let lastLicense = 0

async function license(bots: number, webhooks: object = listening('x')) {
  lastLicense = newLicense()
  const token = await gateway.token({ licenseId: lastLicense })
  const ids: string[] = []
  for (let index = 0; index < bots; index++)
    ids.push(await create(gateway, token, { status: 'ACCEPTING_CHATS', webhooks }))
  loads(gateway)
  loads(beside)
  return { token, ids }
}

describe('an event', () => {
  it('does not load filters that the gateway has already loaded', async () => {
    const { token } = await license(30)
    expect([await publish(gateway, token, 'x'), loads(gateway)]).toEqual([30, 2])
    expect([await publish(gateway, token, 'x'), loads(gateway)]).toEqual([30, 0])
    expect([await publish(gateway, token, 'y'), loads(gateway)]).toEqual([0, 0])
    expect([await publish(beside, token, 'x'), loads(beside)]).toEqual([30, 2])
  })

  it('is matched with the current webhooks, whichever gateway changed them', async () => {
    const { token, ids } = await license(2)
    for (let round = 0; round < 10; round++) {
      const [changing, other] = round % 2 === 0 ? [gateway, beside] : [beside, gateway]
      const value = `value ${round}`
      const { errors } = await request(changing.url, token, updateBotAgent, {
        input: { id: ids[0], webhooks: listening(value) },
      })
      expect(errors).toBeUndefined()
      for (const at of [other, changing]) {
        expect(await publish(at, token, value)).toBe(1)
        expect(await publish(at, token, `value ${round - 1}`)).toBe(0)
        expect(await publish(at, token, 'x')).toBe(1)
      }
    }
    await request(beside.url, token, updateBotAgent, { input: { id: ids[1], webhooks: null } })
    expect(await publish(gateway, token, 'x')).toBe(0)
    await request(beside.url, token, updateBotAgent, { input: { id: ids[1], webhooks: listening('x') } })
    expect(await publish(gateway, token, 'x')).toBe(1)
  })

  it('reaches bot agents from the moment when they log in to the moment when they log out, wherever they do', async () => {
    const { token, ids } = await license(1)
    const set = (at: TestGateway, status: string) =>
      request(at.url, token, updateBotAgent, { input: { id: ids[0], status } })
    const matched = async () => [await publish(gateway, token, 'x'), await publish(beside, token, 'x')]
    expect(await matched()).toEqual([1, 1])
    await set(beside, 'OFFLINE')
    expect(await matched()).toEqual([0, 0])
    await set(gateway, 'NOT_ACCEPTING_CHATS')
    expect(await matched()).toEqual([1, 1])
    await fetch(new URL('/oauth/revoke', beside.url), { method: 'POST', body: new URLSearchParams({ token }) })
    const other = await gateway.token({ licenseId: lastLicense })
    expect([await publish(gateway, other, 'x'), await publish(beside, other, 'x')]).toEqual([0, 0])
  })

  it('reads nothing about thousands of listeners that do not match', async () => {
    const { token } = await license(1)
    const actions = [
      {
        name: 'THREAD_CLOSED',
        filters: { chatProperties: [{ namespace: 'a', name: 'b', values: ['y'] }] },
        additionalData: [],
      },
    ]
    await addBotAgents(gateway.databaseUrl, { licenseId: lastLicense, clientId: 'others', count: 3_000, actions })
    expect(await publish(gateway, token, 'x')).toBe(1)
    gateway.logged.splice(0)
    expect(await publish(gateway, token, 'x')).toBe(1)
    const statements = gateway.logged.filter(({ query }) => /into chat_event|webhook_listener/.test(String(query)))
    expect(statements).toHaveLength(1)
    // As autovacuum does, sooner or later.
    await sql(gateway.databaseUrl, 'analyze bot_agent')
    const plan = await sql<{ 'QUERY PLAN': string }>(
      gateway.databaseUrl,
      `explain (generic_plan) ${statements[0]?.query}`,
    )
    const text = plan.map((line) => line['QUERY PLAN']).join('\n')
    expect(text).toContain('Index Scan using bot_agent_pkey')
    expect(text).not.toMatch(/Seq Scan on bot_agent|webhook_listener/)
  })

  it('does not reload filters after another change of a bot agent', async () => {
    const { token, ids } = await license(1)
    await publish(gateway, token, 'x')
    loads(gateway)
    await request(beside.url, token, updateBotAgent, { input: { id: ids[0], name: 'another', maxChatsCount: 2 } })
    await sql(gateway.databaseUrl, 'update bot_agent set webhooks_failures = 3 where id = $1', [ids[0]])
    expect([await publish(gateway, token, 'x'), loads(gateway)]).toEqual([1, 0])
  })

  it('reaches bot agents whose webhooks are larger than the current limit', async () => {
    const { token, ids } = await license(1)
    await sql(
      gateway.databaseUrl,
      `update bot_agent set webhooks_actions = jsonb_set(webhooks_actions, '{0,filters,chatProperties,0,values}',
         (select jsonb_agg(repeat('x', 1000) || number) from generate_series(1, 900) as number) || '["large"]')
       where id = $1`,
      [ids[0]],
    )
    for (const at of [gateway, beside]) {
      expect([await publish(at, token, 'large'), loads(at)]).toEqual([1, 1])
      expect([await publish(at, token, 'large'), loads(at)]).toEqual([1, 0])
    }
  })

  it('looks once for listeners if it is raised for many bot agents at once', async () => {
    const own = await gatewayForTest({ env: { LOG_LEVEL: 'trace' } })
    const watching = await own.token({ licenseId: 7, clientId: 'watching' })
    await create(own, watching, { status: 'ACCEPTING_CHATS', webhooks: listening('x', 'AGENT_STATUS_CHANGED') })
    const token = await own.token({ licenseId: 7, clientId: 'leaving' })
    for (let index = 0; index < 3; index++) await create(own, token, { status: 'ACCEPTING_CHATS' })
    loads(own)
    await fetch(new URL('/oauth/revoke', own.url), { method: 'POST', body: new URLSearchParams({ token }) })
    expect(loads(own)).toBe(1)
    const [row] = await sql<{ count: number }>(
      own.databaseUrl,
      `select count(*)::int as count from webhook_delivery join chat_event on chat_event.id = chat_event_id
       where data::jsonb ->> 'status' = 'offline'`,
    )
    expect(row?.count).toBe(3)
  })
})

describe('the version of the listeners of a license', () => {
  const version = async () =>
    (
      await sql<{ version: string }>(gateway.databaseUrl, 'select version from listening where license_id = $1', [
        lastLicense,
      ])
    )[0]?.version
  /** Whether `act` renews it. */
  const renews = async (act: () => Promise<unknown>) => {
    const before = await version()
    await act()
    return (await version()) !== before
  }

  it('is renewed by every change of who listens to what, and by nothing else', async () => {
    const { token, ids } = await license(1)
    const [id] = ids
    const update = (input: object) =>
      renews(() => request(gateway.url, token, updateBotAgent, { input: { id, ...input } }))
    const change = (set: string) =>
      renews(() => sql(gateway.databaseUrl, `update bot_agent set ${set} where id = $1`, [id]))
    expect(await update({ status: 'NOT_ACCEPTING_CHATS' })).toBe(false)
    expect(await update({ name: 'another', maxChatsCount: 2 })).toBe(false)
    expect(await change(`webhooks_failures = 3, webhooks_state = 'PAUSED'`)).toBe(false)
    expect(await update({ status: 'OFFLINE' })).toBe(true)
    expect(await update({ status: 'ACCEPTING_CHATS' })).toBe(true)
    expect(await update({ webhooks: { ...listening('x'), order: 'CHAT' } })).toBe(true)
    expect(await change(`webhooks_actions = webhooks_actions || '[]'`)).toBe(false)
    expect(await change(`webhooks_actions = '[]'`)).toBe(true)
    expect(await change(`webhooks_order = 'NONE'`)).toBe(true)
    expect(await renews(() => create(gateway, token, { status: 'ACCEPTING_CHATS' }))).toBe(false)
    expect(await renews(() => create(gateway, token, { webhooks: listening('x') }))).toBe(true)
    expect(await update({ webhooks: null })).toBe(true)
    expect(await update({ status: 'OFFLINE' })).toBe(false)
    expect(await update({ webhooks: listening('x') })).toBe(true)
    expect(await renews(() => sql(gateway.databaseUrl, 'delete from bot_agent where id = $1', [id]))).toBe(true)
  })
})
