import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { publish, publishAll } from './support/chat-events.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { untilSql } from './support/delivery-records.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'
import { propertiesOf } from './support/properties.ts'
import { receiverForTest } from './support/receiver.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const mine = ['agents-bot--my:rw'] as const
const others = ['agents-bot--my:rw', 'agents-bot--all:ro'] as const
const platform = ['chats--all:rw'] as const

interface Reason {
  filter: string | null
  held: boolean
  message: string
}

interface Explanation {
  matched: boolean
  reasons: Reason[]
}

interface Event {
  id: string
  action: string
  chatId: string | null
  matched: number
  deliveries: { nodes: { botAgentId: string }[] }
}

interface Page {
  nodes: Event[]
  pageInfo: { endCursor: string | null; startCursor: string | null; hasNextPage: boolean }
}

const webhooks = (...actions: object[]) => ({
  status: 'ACCEPTING_CHATS',
  webhooks: { url: 'http://127.0.0.1:9', secretKey: 's', actions },
})

/** Tokens of a license of its own: of the platform, of two applications, and of one that sees what the others own. */
async function tenants() {
  const licenseId = newLicense()
  const token = (clientId: string, scopes: readonly string[]) => gateway.token({ licenseId, clientId, scopes })
  return {
    licenseId,
    platform: await token('platform', platform),
    shop: await token('shop', mine),
    rival: await token('rival', mine),
    auditor: await token('auditor', others),
  }
}

async function explain(token: string, botAgentId: string, chatEventId: string): Promise<Explanation | null> {
  const { explainWebhook } = await run<{ explainWebhook: Explanation | null }>(
    gateway,
    token,
    `query ($botAgentId: ID!, $chatEventId: ID!) {
      explainWebhook(botAgentId: $botAgentId, chatEventId: $chatEventId) { matched reasons { filter held message } } }`,
    { botAgentId, chatEventId },
  )
  return explainWebhook
}

async function list(token: string, page: object = { first: 100 }): Promise<Page> {
  const { chatEvents } = await run<{ chatEvents: Page }>(
    gateway,
    token,
    `query ($filter: ChatEventFilter, $first: Int, $after: String, $last: Int, $before: String) {
      chatEvents(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes { id action chatId matched deliveries(first: 5) { nodes { botAgentId } } }
        pageInfo { startCursor endCursor hasNextPage }
      }
    }`,
    page,
  )
  return chatEvents
}

const idsOf = ({ nodes }: Page) => nodes.map(({ id }) => id)
const closed = (chat: string) => ({
  action: 'THREAD_CLOSED',
  authorType: null,
  data: { chat_id: chat, thread_id: 't' },
  chat: { id: chat },
})
const whyNot = (explanation: Explanation | null) =>
  explanation?.reasons.filter(({ held }) => !held).map(({ message }) => message)

describe('explainWebhook', () => {
  it('says of a bot agent that got the event that it did, and of another one which filter kept it away', async () => {
    const { platform, shop, auditor } = await tenants()
    const hears = await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    const property = { namespace: 'source', name: 'type', values: ['sms'] }
    const deaf = await create(
      gateway,
      shop,
      webhooks({ name: 'INCOMING_EVENT', filters: { chatProperties: [property], authorType: 'CUSTOMER' } }),
    )
    const { id } = await publish(gateway, platform, {
      chat: { id: 'c', properties: { source: { type: 'facebook' } }, agentIds: ['ada'] },
    })
    const got = await explain(shop, hears, id)
    expect(got?.matched).toBe(true)
    expect(got?.reasons[0]?.message).toMatch(/made a webhook to the bot agent: dlv_/)
    for (const token of [shop, auditor]) {
      const not = await explain(token, deaf, id)
      expect(not?.matched).toBe(false)
      expect(not?.reasons.filter(({ filter }) => filter)).toEqual([
        {
          filter: 'chatProperties',
          held: false,
          message: 'The property source.type of the chat was "facebook"; it must be "sms".',
        },
        {
          filter: 'authorType',
          held: true,
          message: 'The author was of the type CUSTOMER, as asked.',
        },
      ])
    }
  })

  it('names the status, the webhooks, the action and the time of the bot agent where these kept the event away', async () => {
    const { platform, shop } = await tenants()
    const hears = await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    const offline = await create(gateway, shop, { ...webhooks({ name: 'INCOMING_EVENT' }), status: 'OFFLINE' })
    const elsewhere = await create(gateway, shop, webhooks({ name: 'THREAD_CLOSED' }))
    const silent = await create(gateway, shop, { status: 'ACCEPTING_CHATS' })
    const disabled = await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    await sql(gateway.databaseUrl, `update bot_agent set webhooks_state = 'DISABLED' where id = $1`, [disabled])
    const { id } = await publish(gateway, platform)
    const late = await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    expect(whyNot(await explain(shop, hears, id))).toEqual([])
    expect(whyNot(await explain(shop, offline, id))).toEqual([expect.stringContaining('is OFFLINE')])
    expect(whyNot(await explain(shop, silent, id))).toEqual(['The bot agent has no webhooks.'])
    expect(whyNot(await explain(shop, late, id))).toEqual([expect.stringMatching(/was created at .*, after the event/)])
    expect(whyNot(await explain(shop, elsewhere, id))).toEqual([
      'The event is INCOMING_EVENT, and the webhooks are for THREAD_CLOSED.',
    ])
    const held = await explain(shop, disabled, id)
    expect([held?.matched, whyNot(held)]).toEqual([true, []])
    expect(held?.reasons.at(-1)?.message).toContain('DISABLED')
    await run(gateway, shop, updateBotAgent, { input: { id: offline, status: 'ACCEPTING_CHATS' } })
    expect(whyNot(await explain(shop, offline, id))).toEqual([expect.stringContaining('was last changed at')])
    await run(gateway, shop, `mutation { removeBotAgent(input: { botAgentId: "${hears}" }) { botAgentId } }`)
    const removed = await explain(shop, hears, id)
    expect([removed?.matched, whyNot(removed)]).toEqual([true, []])
    expect(removed?.reasons.at(-1)?.message).toBe('The bot agent has been removed since.')
    expect(whyNot(await explain(shop, hears.toUpperCase().replace(/\d/g, 'A'), id))).toEqual([
      expect.stringContaining('is not the id of a bot agent: one has 32 lower-case hex characters'),
    ])
  })

  it('names what stopped the webhooks only where it decides, and last', async () => {
    const { platform, shop } = await tenants()
    const [paused, disabled, elsewhere] = [
      await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' })),
      await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' })),
      await create(gateway, shop, webhooks({ name: 'THREAD_CLOSED' })),
    ]
    const set = (id: string, state: string) =>
      sql(gateway.databaseUrl, 'update bot_agent set webhooks_state = $2::webhooks_state where id = $1', [id, state])
    await set(elsewhere, 'DISABLED')
    const { id } = await publish(gateway, platform)
    const of = async (botAgent: string) => (await explain(shop, botAgent, id))?.reasons.map(({ message }) => message)
    await untilSql(
      gateway.databaseUrl,
      `update webhook_delivery set state = 'SUCCEEDED' where bot_agent_id = $1 and attempt_count = 1 returning 1`,
      [disabled],
    )
    await set(paused, 'PAUSED')
    await set(disabled, 'DISABLED')
    expect((await of(paused))?.at(-1)).toContain('PAUSED')
    expect((await of(paused))?.[0]).toContain('made a webhook')
    for (const botAgent of [disabled, elsewhere]) expect((await of(botAgent))?.join()).not.toContain('DISABLED')
  })

  it('says that a webhook waits for its turn, and why one has failed', async () => {
    const { platform, shop } = await tenants()
    const receiver = await receiverForTest()
    receiver.answer = (response) => void response.writeHead(404).end()
    const { webhooks: asked } = webhooks({ name: 'INCOMING_EVENT' })
    const slow = await create(gateway, shop, {
      status: 'ACCEPTING_CHATS',
      webhooks: { ...asked, url: receiver.url, maxPerSecond: 1 },
    })
    await Promise.all(Array.from({ length: 8 }, () => publish(gateway, platform)))
    const { id } = await publish(gateway, platform)
    await untilSql(
      gateway.databaseUrl,
      `select from webhook_delivery where bot_agent_id = $1 and chat_event_id = $2 and next_attempt_at < clock_timestamp()`,
      [slow, id],
    )
    const waiting = await explain(shop, slow, id)
    expect([waiting?.matched, whyNot(waiting)]).toEqual([true, []])
    expect(waiting?.reasons.at(-1)?.message).toContain('at most 1 webhook a second')
    await untilSql(
      gateway.databaseUrl,
      `update webhook_delivery set state = 'FAILED', finished_at = clock_timestamp()
       where id = (select id from webhook_delivery where bot_agent_id = $1 and attempt_count = 1 limit 1) returning 1`,
      [slow],
    )
    const [failed] = await sql<{ event: string }>(
      gateway.databaseUrl,
      `select chat_event_id as event from webhook_delivery where bot_agent_id = $1 and state = 'FAILED'`,
      [slow],
    )
    const gaveUp = await explain(shop, slow, failed?.event ?? '')
    expect(gaveUp?.reasons[0]?.message).toMatch(/which is FAILED\. There is nothing at the path of the URL \(404\)\./)
    expect(gaveUp?.reasons.at(-1)?.message).not.toContain('a second')
  })

  it('says so of an event of before, of which nothing was kept', async () => {
    const { platform, shop } = await tenants()
    const plain = await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    const mine = { name: 'INCOMING_EVENT', filters: { onlyMyChats: true } }
    const filtered = await create(gateway, shop, webhooks(mine))
    const { id } = await publish(gateway, platform)
    await sql(gateway.databaseUrl, 'update chat_event set seen = null where id = $1', [id])
    expect(whyNot(await explain(shop, plain, id))).toEqual([])
    expect(whyNot(await explain(shop, filtered, id))).toEqual([expect.stringContaining('It can’t tell')])
  })

  it('tells nobody a property that they may not read, and finds nothing of another license', async () => {
    const { licenseId, shop, auditor, platform } = await tenants()
    const owner = await gateway.token({ licenseId, clientId: 'shop' })
    await propertiesOf(gateway, owner).define('tier', 'STRING')
    await propertiesOf(gateway, owner).set({ location: 'CHAT', id: 'c' }, { shop: { tier: 'gold' } })
    const of = (values: string[]) => ({
      name: 'INCOMING_EVENT',
      filters: { chatProperties: [{ namespace: 'shop', name: 'tier', values }] },
    })
    const gold = await create(gateway, shop, webhooks(of(['gold'])))
    const silver = await create(gateway, shop, webhooks(of(['silver'])))
    const { id } = await publish(gateway, platform, { chat: { id: 'c' } })
    const own = await explain(shop, silver, id)
    expect(whyNot(own)).toEqual(['The property shop.tier of the chat was "gold"; it must be "silver".'])
    const [matched, not] = [await explain(auditor, gold, id), await explain(auditor, silver, id)]
    expect([matched?.matched, not?.matched]).toEqual([true, false])
    expect(matched?.reasons.at(-1)).toEqual({
      filter: 'chatProperties',
      held: true,
      message: 'It looks at shop.tier, a property you may not read.',
    })
    expect(whyNot(not)).toEqual(['The chat had no property shop.tier that may be read; it must be "silver".'])
    const stranger = await gateway.token({ licenseId: newLicense(), clientId: 'shop' })
    expect(await explain(stranger, gold, id)).toBeNull()
    const theirs = await create(gateway, stranger, webhooks({ name: 'INCOMING_EVENT' }))
    expect(whyNot(await explain(shop, theirs, id))).toEqual([expect.stringContaining('that you may see')])
  })
})

describe('previewWebhooks', () => {
  const preview = async (token: string, actions: object[], last?: number) =>
    (
      await run<{ previewWebhooks: { chatEvent: { id: string }; explanation: Explanation }[] }>(
        gateway,
        token,
        `query ($actions: [WebhookSubscriptionInput!]!, $last: Int) {
          previewWebhooks(actions: $actions, last: $last) {
            chatEvent { id } explanation { matched reasons { filter held message } } } }`,
        { actions, ...(last && { last }) },
      )
    ).previewWebhooks

  it('says which of the last events that the caller may see would have matched, and why the first of the others would not', async () => {
    const { licenseId, platform, shop } = await tenants()
    const all = await gateway.token({ licenseId, clientId: 'shop' })
    const from = (type: string) => ({ chat: { id: 'c', properties: { source: { type } } } })
    const { id: sms } = await publish(gateway, platform, from('sms'))
    const { id: facebook } = await publish(gateway, platform, from('facebook'))
    const { id: other } = await publish(gateway, platform, closed('c'))
    const property = { namespace: 'source', name: 'type', values: ['sms'] }
    const actions = [{ name: 'INCOMING_EVENT', filters: { chatProperties: [property], authorType: 'AGENT' } }]
    expect(await preview(shop, actions)).toEqual([])
    const previewed = await preview(all, actions)
    expect(previewed.map(({ chatEvent, explanation }) => [chatEvent.id, explanation.matched])).toEqual([
      [other, false],
      [facebook, false],
      [sms, false],
    ])
    expect(previewed.map(({ explanation }) => explanation.reasons.map(({ filter }) => filter))).toEqual([
      [null],
      ['chatProperties'],
      ['authorType'],
    ])
    const [newest] = await preview(all, [{ name: 'THREAD_CLOSED' }], 1)
    expect([newest?.chatEvent.id, newest?.explanation.matched]).toEqual([other, true])
  })

  it('costs what it compares, also where it shows little', async () => {
    const token = await gateway.token()
    const ask = (properties: number, aliases: number) => {
      const names = Array.from({ length: properties }, (_, index) => ({
        namespace: 'a',
        name: `${index}`,
        exists: false,
      }))
      const fields = Array.from(
        { length: aliases },
        (_, index) => `p${index}: previewWebhooks(actions: $actions) { explanation { matched } }`,
      )
      const document = `query ($actions: [WebhookSubscriptionInput!]!) { ${fields.join(' ')} }`
      return run(gateway, token, document, { actions: [{ name: 'THREAD_CLOSED', filters: { chatProperties: names } }] })
    }
    await expect(ask(100, 20)).rejects.toThrow('The operation may return')
    await expect(ask(100, 5)).resolves.toBeDefined()
    await expect(ask(1, 30)).resolves.toBeDefined()
  })

  it('refuses more than 100 events, and actions that could not be saved', async () => {
    const token = await gateway.token()
    const actions = [{ name: 'THREAD_CLOSED' }]
    await expect(preview(token, actions, 101)).rejects.toThrow('BAD_USER_INPUT `last` must be from 1 to 100')
    const wrong = [{ name: 'THREAD_CLOSED', filters: { authorType: 'AGENT' } }]
    await expect(preview(token, wrong)).rejects.toThrow('BAD_USER_INPUT `actions.0.filters.authorType` is not a filter')
  })
})

describe('chatEvents', () => {
  it('lists all events of the license for the platform, and for an application those that reached its bot agents', async () => {
    const { platform, shop, rival, auditor } = await tenants()
    const { id: nobody } = await publish(gateway, platform, closed('quiet'))
    const shops = await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    const rivals = await create(gateway, rival, webhooks({ name: 'INCOMING_EVENT' }, { name: 'THREAD_CLOSED' }))
    const { id: both } = await publish(gateway, platform, { chat: { id: 'c' } })
    const { id: one } = await publish(gateway, platform, closed('c'))
    expect(idsOf(await list(platform))).toEqual([one, both, nobody])
    expect(idsOf(await list(auditor))).toEqual([one, both])
    expect(idsOf(await list(rival))).toEqual([one, both])
    expect(idsOf(await list(shop))).toEqual([both])
    expect(idsOf(await list(await gateway.token({ licenseId: newLicense() })))).toEqual([])

    const [event] = (await list(shop)).nodes
    expect(event).toEqual({
      id: both,
      action: 'INCOMING_EVENT',
      chatId: 'c',
      matched: 1,
      deliveries: { nodes: [{ botAgentId: shops }] },
    })
    for (const token of [platform, auditor]) expect((await list(token)).nodes[1]?.matched).toBe(2)
    expect((await list(platform)).nodes[1]?.deliveries.nodes).toEqual([])
    const ofBoth = (await list(auditor)).nodes[1]?.deliveries.nodes.map(({ botAgentId }) => botAgentId)
    expect(new Set(ofBoth)).toEqual(new Set([shops, rivals]))

    for (const [token, id, found] of [
      [shop, both, true],
      [shop, one, false],
      [shop, nobody, false],
      [auditor, nobody, false],
      [platform, nobody, true],
    ] as const) {
      const { chatEvent, node } = await run<Record<string, { id: string } | null>>(
        gateway,
        token,
        `{ chatEvent(id: "${id}") { id } node(id: "${id}") { id } }`,
      )
      expect([chatEvent, node]).toEqual(found ? [{ id }, { id }] : [null, null])
    }
  })

  it('shows an application what reached it as long as the event is kept, with and without its deliveries, wherever one looks', async () => {
    const { platform, shop, rival } = await tenants()
    const bot = await create(gateway, shop, webhooks({ name: 'THREAD_CLOSED' }))
    await create(gateway, shop, webhooks({ name: 'THREAD_CLOSED' }))
    await create(gateway, rival, webhooks({ name: 'THREAD_CLOSED' }, { name: 'INCOMING_EVENT' }))
    const { id } = await publish(gateway, platform, closed('c'))
    const { id: others } = await publish(gateway, platform, { chat: { id: 'c' } })
    const seen = async (id: string) => {
      const { chatEvent, node } = await run<Record<string, { id: string; matched: number } | null>>(
        gateway,
        shop,
        `{ chatEvent(id: "${id}") { id matched } node(id: "${id}") { id ... on ChatEvent { matched } } }`,
      )
      const lists = [await list(shop), await list(shop, { filter: { chatId: 'c' } })]
      const listed = lists.map(({ nodes }) => nodes.find((event) => event.id === id)?.matched)
      return [chatEvent?.matched, node?.matched, ...listed, (await explain(shop, bot, id)) !== null]
    }
    expect(await seen(id)).toEqual([2, 2, 2, 2, true])
    // As when they were pruned, or are not made yet.
    await sql(gateway.databaseUrl, `delete from webhook_delivery where chat_event_id = $1 and client_id = 'shop'`, [id])
    expect(await seen(id)).toEqual([2, 2, 2, 2, true])
    expect(await seen(others)).toEqual([undefined, undefined, undefined, undefined, false])
  })

  it('shows an event that came before the upgrade to an application that still has a delivery of it', async () => {
    const { platform, shop, rival } = await tenants()
    for (const token of [shop, rival]) await create(gateway, token, webhooks({ name: 'THREAD_CLOSED' }))
    const { id } = await publish(gateway, platform, closed('c'))
    await sql(gateway.databaseUrl, 'update chat_event set seen = null, chat_id = null where id = $1', [id])
    await sql(gateway.databaseUrl, 'delete from chat_event_reached where chat_event_id = $1', [id])
    const matched = async () => {
      const document = `{ chatEvent(id: "${id}") { matched } }`
      return (await run<{ chatEvent: { matched: number } | null }>(gateway, shop, document)).chatEvent?.matched
    }
    expect(await matched()).toBe(1)
    await sql(gateway.databaseUrl, `delete from webhook_delivery where chat_event_id = $1 and client_id = 'shop'`, [id])
    expect(await matched()).toBeUndefined()
  })

  it('says that there is more behind events that are removed while it reads', async () => {
    const { platform, shop } = await tenants()
    await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    const published = await publishAll(async () => gateway, platform, { count: 12 })
    const newestFirst = idsOf(await list(shop))
    expect(new Set(newestFirst)).toEqual(new Set(published))
    const removed = [newestFirst[2], newestFirst[5], newestFirst[11]]
    // Their places stay, as for a list that has read these just before.
    await sql(gateway.databaseUrl, 'delete from chat_event where id = any($1)', [removed])
    const left = newestFirst.filter((id) => !removed.includes(id))
    const walk = async (first: number) => {
      const shown: string[] = []
      for (let page = await list(shop, { first }); ; ) {
        shown.push(...idsOf(page))
        if (!page.pageInfo.hasNextPage) return shown
        page = await list(shop, { first, after: page.pageInfo.endCursor })
      }
    }
    for (const first of [1, 2, 3, 5]) expect(await walk(first)).toEqual(left)
    const { nodes, pageInfo } = await list(shop, { last: 3 })
    const before = await list(shop, { last: 20, before: pageInfo.startCursor })
    expect([...idsOf(before), ...nodes.map(({ id }) => id)]).toEqual(left)
  })

  it('looks at some thousands of the events of a chat, and then says that there is more, from both ends', async () => {
    const { licenseId, platform, shop } = await tenants()
    await sql(
      gateway.databaseUrl,
      `insert into chat_event (id, license_id, client_id, action, data, matched, chat_id, seen, created_at)
       select 'evt_' || md5($1 || ' ' || place), $1::int, 'platform', 'INCOMING_EVENT', '{}', 0, 'c', '{}',
         now() - interval '2 hours' + place / 10 * interval '1 millisecond'
       from generate_series(1, 30000) place`,
      [licenseId],
    )
    const middle = await sql<{ id: string }>(
      gateway.databaseUrl,
      `update chat_event set matched = 1 where id = (
         select id from chat_event where license_id = $1 order by created_at, id offset 14000 limit 1) returning id`,
      [licenseId],
    )
    await sql(
      gateway.databaseUrl,
      `insert into chat_event_reached (chat_event_id, license_id, client_id, action, matched, created_at)
       select id, license_id, 'shop', action, 1, created_at from chat_event where id = $1`,
      [middle[0]?.id],
    )
    const filter = { chatId: 'c' }
    const first = await list(shop, { filter, first: 10 })
    expect([first.nodes, first.pageInfo.hasNextPage]).toEqual([[], true])
    const second = await list(shop, { filter, first: 10, after: first.pageInfo.endCursor })
    expect([idsOf(second), second.pageInfo.hasNextPage]).toEqual([[middle[0]?.id], true])
    const third = await list(shop, { filter, first: 10, after: second.pageInfo.endCursor })
    expect([third.nodes, third.pageInfo.hasNextPage]).toEqual([[], false])
    const last = await list(shop, { filter, last: 10 })
    expect(last.nodes).toEqual([])
    expect(idsOf(await list(shop, { filter, last: 10, before: last.pageInfo.startCursor }))).toEqual([middle[0]?.id])
    expect(idsOf(await list(platform, { filter, first: 7 }))).toHaveLength(7)
    expect(idsOf(await list(platform, { filter: { ...filter, matched: true }, first: 7 }))).toEqual([])
  })

  it('refuses the id of a chat that cannot be one', async () => {
    const { shop, platform } = await tenants()
    for (const token of [shop, platform]) {
      for (const chatId of ['', '\0', 'x'.repeat(256)]) {
        await expect(list(token, { filter: { chatId } })).rejects.toThrow('BAD_USER_INPUT `filter.chatId` must be')
      }
    }
  })

  it('does not show what only another application may see, whoever lists', async () => {
    const { licenseId, platform, shop, auditor } = await tenants()
    const owner = await gateway.token({ licenseId, clientId: 'shop' })
    await create(gateway, shop, webhooks({ name: 'CHAT_PROPERTIES_UPDATED' }))
    await propertiesOf(gateway, owner).define('tier', 'STRING')
    await propertiesOf(gateway, owner).set({ location: 'CHAT', id: 'c' }, { shop: { tier: 'gold' } })
    for (const filter of [{}, { chatId: 'c' }]) {
      for (const token of [platform, auditor]) expect(idsOf(await list(token, { filter }))).toEqual([])
      for (const token of [shop, owner]) expect((await list(token, { filter })).nodes).toHaveLength(1)
    }
  })

  it('filters by action, chat, match and time, alone and together', async () => {
    const { platform, shop } = await tenants()
    await create(gateway, shop, webhooks({ name: 'THREAD_CLOSED' }))
    const events = [closed('a'), closed('b'), { chat: { id: 'a' } }, { chat: { id: 'b' } }]
    const ids: string[] = []
    for (const event of events) ids.push((await publish(gateway, platform, event)).id)
    const times = await sql<{ id: string; created_at: Date }>(
      gateway.databaseUrl,
      'select id, created_at from chat_event where id = any($1)',
      [ids],
    )
    const at = (index: number) => times.find(({ id }) => id === ids[index])?.created_at
    const [a, b, c, d] = ids as [string, string, string, string]
    const cases: [filter: object, ofPlatform: string[], ofShop: string[]][] = [
      [{}, [d, c, b, a], [b, a]],
      [{ actions: ['THREAD_CLOSED'] }, [b, a], [b, a]],
      [{ actions: ['INCOMING_EVENT', 'INCOMING_EVENT', 'CHAT_USER_ADDED'] }, [d, c], []],
      [{ actions: [] }, [], []],
      [{ chatId: 'a' }, [c, a], [a]],
      [{ chatId: 'a', actions: ['INCOMING_EVENT'] }, [c], []],
      [{ matched: true }, [b, a], [b, a]],
      [{ matched: false }, [d, c], []],
      [{ matched: false, chatId: 'b' }, [d], []],
      [{ createdSince: at(1), createdUntil: at(2) }, [c, b], [b]],
    ]
    for (const [filter, ofPlatform, ofShop] of cases) {
      const [whole, own] = [await list(platform, { filter }), await list(shop, { filter })]
      expect([filter, idsOf(whole), idsOf(own)]).toEqual([filter, ofPlatform, ofShop])
    }
  })

  it('shows each event once while others come in, from both ends', async () => {
    const { platform, shop } = await tenants()
    await create(gateway, shop, webhooks({ name: 'INCOMING_EVENT' }))
    const before = await publishAll(async () => gateway, platform, { count: 40 })
    const more = publishAll(async () => gateway, platform, { count: 60, prefix: 'more' })
    for (const token of [platform, shop]) {
      const shown: string[] = []
      for (let after: string | null = null; ; ) {
        const page: Page = await list(token, { first: 7, ...(after && { after }) })
        shown.push(...idsOf(page))
        after = page.pageInfo.endCursor
        if (!page.pageInfo.hasNextPage) break
      }
      expect(new Set(shown).size).toBe(shown.length)
      expect(before.filter((id) => !shown.includes(id))).toEqual([])
    }
    await more
    const forwards = idsOf(await list(shop, { first: 100 }))
    expect(forwards).toHaveLength(100)
    const last = await list(shop, { last: 30 })
    expect(idsOf(last)).toEqual(forwards.slice(70))
    expect(idsOf(await list(shop, { last: 30, before: last.pageInfo.startCursor }))).toEqual(forwards.slice(40, 70))
  })
})
