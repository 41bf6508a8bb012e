import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../src/contract/identifier.ts'
import { run } from './support/client.ts'
import { sql } from './support/database.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const states = ['PENDING', 'SUCCEEDED', 'FAILED', 'HELD', 'CANCELLED'] as const
type State = (typeof states)[number]

interface Delivery {
  id: string
  licenseId: number
  clientId: string
  botAgentId: string
  state: State
}

/** Adds deliveries, in this order, to bot agents that do not exist. The pending ones are due in a year. */
async function deliver(deliveries: readonly Delivery[]): Promise<void> {
  await sql(
    gateway.databaseUrl,
    `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, action, state, url, additional_data, secret_key,
       next_attempt_at)
     select id, "licenseId", "clientId", "botAgentId", 'THREAD_CLOSED', state, 'https://example.com', '{}', '',
       case when state = 'PENDING' then now() + interval '1 year' end
     from jsonb_to_recordset($1::jsonb)
       as given(id text, "licenseId" int, "clientId" text, "botAgentId" text, state webhook_delivery_state)`,
    [JSON.stringify(deliveries)],
  )
}

const newBotAgent = () => randomBytes(16).toString('hex')

/** A license with two applications, of two bot agents each, that had `count` deliveries in all states. */
async function licenseWith(count: number): Promise<{ licenseId: number; botAgents: string[]; deliveries: Delivery[] }> {
  const licenseId = newLicense()
  const botAgents = Array.from({ length: 4 }, newBotAgent)
  const deliveries = Array.from({ length: count }, (_, index) => {
    const which = (index * 7) % 4
    const state = states[(index * 3 + which) % 5] as State
    const botAgentId = botAgents[which] as string
    return { id: newId('dlv_'), licenseId, clientId: which < 2 ? 'my-bots' : 'other-bots', botAgentId, state }
  })
  await deliver(deliveries)
  return { licenseId, botAgents, deliveries }
}

interface Selection {
  all?: boolean
  botAgentIds?: readonly string[]
  states?: readonly State[]
}

interface Page {
  nodes: { id: string }[]
  pageInfo: { startCursor: string | null; endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean }
}

interface Range {
  first?: number
  after?: string | null
  last?: number
  before?: string | null
}

async function page(token: string, args: Selection & Range): Promise<Page> {
  const document = `query ($all: Boolean, $botAgentIds: [ID!], $states: [WebhookDeliveryState!], $first: Int, $after: String, $last: Int, $before: String) {
    webhookDeliveries(all: $all, botAgentIds: $botAgentIds, states: $states, first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`
  return (await run<{ webhookDeliveries: Page }>(gateway, token, document, args)).webhookDeliveries
}

/** All pages. @param between runs after each page */
async function pages(
  token: string,
  args: Selection & { first: number },
  between: () => Promise<void> = async () => {},
): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo }: Page = await page(token, { ...args, after })
    ids.push(...nodes.map(({ id }) => id))
    if (!pageInfo.hasNextPage) return ids
    after = pageInfo.endCursor
    await between()
  }
}

/** All pages from the end to the beginning, in the order of the list. */
async function pagesBackwards(
  token: string,
  { first: last, ...args }: Selection & { first: number },
): Promise<string[]> {
  const ids: string[] = []
  for (let before: string | null = null; ; ) {
    const { nodes, pageInfo }: Page = await page(token, { ...args, last, before })
    ids.unshift(...nodes.map(({ id }) => id))
    expect(pageInfo.hasNextPage).toBe(before !== null)
    if (!pageInfo.hasPreviousPage) return ids
    before = pageInfo.startCursor
  }
}

const idsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ id }) => id)

describe('a list of deliveries', () => {
  it('shows what its arguments select, newest first, on pages of any size, from both ends', async () => {
    const { licenseId, botAgents, deliveries } = await licenseWith(60)
    await licenseWith(20)
    const token = await gateway.token({ licenseId })
    const [first = '', , third = ''] = botAgents
    const selections: Selection[] = [
      {},
      { all: true },
      { states: ['FAILED'] },
      { all: true, states: ['PENDING', 'HELD', 'CANCELLED'] },
      { states: [] },
      { botAgentIds: [] },
      { botAgentIds: [first] },
      { botAgentIds: [first, third] },
      { all: true, botAgentIds: [first, third], states: ['SUCCEEDED', 'FAILED'] },
      { all: true, botAgentIds: [...botAgents, ...Array.from({ length: 496 }, newBotAgent)] },
    ]
    for (const selection of selections) {
      const { all, botAgentIds, states } = selection
      const expected = deliveries
        .filter(
          ({ clientId, botAgentId, state }) =>
            (all || clientId === 'my-bots') &&
            (botAgentIds?.includes(botAgentId) ?? true) &&
            (states?.includes(state) ?? true),
        )
        .reverse()
      for (const first of [7, 100]) {
        expect(await pages(token, { ...selection, first }), JSON.stringify(selection)).toEqual(idsOf(expected))
        expect(await pagesBackwards(token, { ...selection, first }), JSON.stringify(selection)).toEqual(idsOf(expected))
      }
    }
  })

  it('shows what lies between two cursors, from either side, also of one bot agent', async () => {
    const { licenseId, botAgents, deliveries } = await licenseWith(40)
    const token = await gateway.token({ licenseId })
    const expected = idsOf(deliveries).reverse()
    const { pageInfo: newest } = await page(token, { all: true, first: 3 })
    const { pageInfo: oldest } = await page(token, { all: true, last: 3 })
    const between = { all: true, after: newest.endCursor, before: oldest.startCursor }
    const shown = async (range: Range) => (await page(token, { ...between, ...range })).nodes.map(({ id }) => id)
    expect(await shown({ first: 5 })).toEqual(expected.slice(3, 8))
    expect(await shown({ last: 5 })).toEqual(expected.slice(32, 37))
    expect(await shown({ first: 100 })).toEqual(expected.slice(3, 37))
    await sql(
      gateway.databaseUrl,
      `insert into bot_agent (id, license_id, client_id, name, status, max_chats_count, default_group_priority, groups, access_token_hash)
       values ($1, $2, 'my-bots', 'x', 'OFFLINE', 6, 'NORMAL', '[]', '')`,
      [botAgents[0], licenseId],
    )
    const { botAgent } = await run<{ botAgent: { webhookDeliveries: Page } }>(
      gateway,
      token,
      'query ($id: ID!) { botAgent(id: $id) { webhookDeliveries(last: 2) { nodes { id } } } }',
      { id: botAgents[0] },
    )
    const ofOne = deliveries.filter(({ botAgentId }) => botAgentId === botAgents[0])
    expect(botAgent.webhookDeliveries.nodes.map(({ id }) => id)).toEqual(idsOf(ofOne.slice(0, 2).reverse()))
  })

  it('shows once what keeps its state while others change theirs, are added or are removed', async () => {
    const { licenseId, deliveries } = await licenseWith(100)
    const token = await gateway.token({ licenseId })
    const kept = deliveries.filter((_, index) => index % 3 !== 0)
    const changing = deliveries.filter((_, index) => index % 3 === 0)
    let round = 0
    const change = async () => {
      round += 1
      const some = idsOf(changing.filter((_, index) => index % 5 === round % 5))
      const state = states[round % 5]
      const update = `update webhook_delivery set state = $2::webhook_delivery_state, next_attempt_at = now() + interval '1 year' where id = any($1)`
      await sql(gateway.databaseUrl, update, [some, state])
      await sql(gateway.databaseUrl, 'delete from webhook_delivery where id = $1', [changing.at(-round)?.id])
      await deliver([{ ...(deliveries[0] as Delivery), id: newId('dlv_') }])
    }
    const selected: State[] = ['PENDING', 'FAILED', 'HELD']
    const shown = await pages(token, { all: true, states: selected, first: 4 }, change)
    expect(round).toBeGreaterThan(5)
    expect(new Set(shown).size).toBe(shown.length)
    const expected = kept.filter(({ state }) => selected.includes(state)).reverse()
    expect(shown.filter((id) => idsOf(kept).includes(id))).toEqual(idsOf(expected))
  })
})

describe('a cursor of a list of deliveries', () => {
  it('is valid when its delivery is gone', async () => {
    const { licenseId, deliveries } = await licenseWith(5)
    const token = await gateway.token({ licenseId })
    const { nodes, pageInfo } = await page(token, { all: true, first: 2 })
    await sql(gateway.databaseUrl, 'delete from webhook_delivery where id = $1', [nodes[1]?.id])
    const rest = await page(token, { all: true, after: pageInfo.endCursor })
    expect(rest.nodes.map(({ id }) => id)).toEqual(idsOf(deliveries.slice(0, 3).reverse()))
  })

  it('does not tell how many deliveries other licenses have', async () => {
    const { licenseId } = await licenseWith(5)
    const token = await gateway.token({ licenseId })
    const read = async (first: number) => {
      const { pageInfo } = await page(token, { all: true, first })
      return Buffer.from(pageInfo.endCursor ?? '', 'base64url').toString()
    }
    const [last] = await sql<{ number: string }>(
      gateway.databaseUrl,
      'select max(number) as number from webhook_delivery',
    )
    const [one, two] = [await read(1), await read(2)]
    expect(one).not.toContain(String(last?.number))
    // Neighbours share nothing but the form.
    expect(one).not.toBe(two)
    expect(one.slice(1, 6)).not.toBe(two.slice(1, 6))
  })

  it('is refused in another license, and if it was made up', async () => {
    const [{ licenseId }, { licenseId: another }] = [await licenseWith(3), await licenseWith(3)]
    const { pageInfo } = await page(await gateway.token({ licenseId }), { all: true, first: 1 })
    const token = await gateway.token({ licenseId: another })
    const madeUp = Buffer.from('"AAAAAAAAAAAAAAAAAAAAAA"').toString('base64url')
    for (const after of [pageInfo.endCursor, madeUp, 'x', '']) {
      await expect(page(token, { all: true, after })).rejects.toThrow(
        'BAD_USER_INPUT `after` is not a cursor of this list',
      )
      await expect(page(token, { all: true, before: after })).rejects.toThrow(
        'BAD_USER_INPUT `before` is not a cursor of this list',
      )
    }
  })
})
