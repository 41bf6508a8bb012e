import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create, updateBotAgent } from './support/bot-agents.ts'
import { request, run } from './support/client.ts'
import { sql } from './support/database.ts'
import { newLicense, startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const orders = ['CREATED_FIRST', 'CREATED_LAST', 'NAME', 'UPDATED_LAST'] as const
type Order = (typeof orders)[number]

interface Filter {
  ids?: string[] | null
  nameStartsWith?: string | null
  statuses?: string[] | null
  groupIds?: number[] | null
  clientIds?: string[] | null
  webhooksStates?: string[] | null
  updatedSince?: string | null
}

interface Arguments {
  all?: boolean
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
  statuses?: string[] | null
  filter?: Filter | null
  orderBy?: Order | null
}

interface Page {
  nodes: { id: string; name: string }[]
  edges: { cursor: string }[]
  totalCount: number
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

const list = `query ($all: Boolean, $first: Int, $after: String, $last: Int, $before: String, $statuses: [BotAgentStatus!],
    $filter: BotAgentFilter, $orderBy: BotAgentOrder) {
  botAgents(all: $all, first: $first, after: $after, last: $last, before: $before, statuses: $statuses, filter: $filter, orderBy: $orderBy) {
    nodes { id name } edges { cursor } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

const page = async (token: string, args: Arguments) =>
  (await run<{ botAgents: Page }>(gateway, token, list, args)).botAgents

const namesOf = async (token: string, args: Arguments) => (await page(token, args)).nodes.map(({ name }) => name)

interface BotAgent {
  id: string
  licenseId: number
  clientId: string
  name: string
  status: string
  groups: { id: number; priority: string }[]
  webhooksState: string | null
  createdAt: string
  updatedAt: string
}

const someBotAgent = (licenseId: number, place: number, more: Partial<BotAgent> = {}): BotAgent => ({
  id: createHash('md5').update(`${licenseId} ${place}`).digest('hex'),
  licenseId,
  clientId: 'my-bots',
  name: `bot ${place}`,
  status: 'OFFLINE',
  groups: [],
  webhooksState: null,
  createdAt: time(place),
  updatedAt: time(place),
  ...more,
})

const time = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + 1_000 * seconds).toISOString()

async function add(botAgents: readonly BotAgent[]): Promise<void> {
  await sql(
    gateway.databaseUrl,
    `insert into bot_agent (id, license_id, client_id, name, status, max_chats_count, default_group_priority, groups, access_token_hash,
       webhooks_state, created_at, updated_at)
     select id, "licenseId", "clientId", name, status, 6, 'NORMAL', groups, '', "webhooksState", "createdAt", "updatedAt"
     from jsonb_to_recordset($1::jsonb) as given(id text, "licenseId" int, "clientId" text, name text, status bot_agent_status,
       groups jsonb, "webhooksState" webhooks_state, "createdAt" timestamptz, "updatedAt" timestamptz)`,
    [JSON.stringify(botAgents)],
  )
}

/** A license with bot agents called this, in the order of creation. */
async function licenseWithNames(names: readonly string[]): Promise<string> {
  const licenseId = newLicense()
  await add(names.map((name, place) => someBotAgent(licenseId, place, { name })))
  return gateway.token({ licenseId })
}

const names = [
  'Ärger',
  'arger',
  'ARGER',
  'Zebra',
  'zebra 2',
  'straße',
  'STRASSE',
  '100%',
  '100_',
  '日本',
  '😀',
  'ΟΔΟΣ',
  'οδοσα',
]

/** Two applications whose bot agents differ in all that a list can filter or sort by; many are equal in some of it. */
function various(licenseId: number): BotAgent[] {
  return Array.from({ length: 48 }, (_, place) =>
    someBotAgent(licenseId, place, {
      clientId: place % 3 === 0 ? 'other-bots' : 'my-bots',
      name: names[(place * 5) % names.length] as string,
      status: ['OFFLINE', 'ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS'][(place * 7) % 3 === 0 ? 0 : place % 3] as string,
      groups: [1, 2, 3].filter((id) => (place + id) % 4 === 0).map((id) => ({ id, priority: 'FIRST' })),
      webhooksState: [null, 'ACTIVE', 'PAUSED', 'DISABLED'][place % 4] as string | null,
      createdAt: time(Math.floor(place / 3)),
      updatedAt: time(100 + ((place * 11) % 17)),
    }),
  )
}

const keyOf = (name: string) => Buffer.from(name.normalize('NFC').toUpperCase())

/** What a list should have. */
function expected(botAgents: readonly BotAgent[], { all, statuses, filter, orderBy }: Arguments): string[] {
  const { ids, nameStartsWith, groupIds, clientIds, webhooksStates, updatedSince, ...more } = filter ?? {}
  const isIn = <Value>(values: readonly Value[] | null | undefined, value: Value) => values?.includes(value) ?? true
  const byId = (a: BotAgent, b: BotAgent) => (a.id < b.id ? -1 : 1)
  const created = (a: BotAgent, b: BotAgent) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || byId(a, b)
  const sorts: Record<Order, (a: BotAgent, b: BotAgent) => number> = {
    CREATED_FIRST: created,
    CREATED_LAST: (a, b) => -created(a, b),
    NAME: (a, b) => Buffer.compare(keyOf(a.name), keyOf(b.name)) || byId(a, b),
    UPDATED_LAST: (a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt) || -byId(a, b),
  }
  return botAgents
    .filter(
      ({ id, clientId, name, status, groups, webhooksState, updatedAt }) =>
        (all || clientId === 'my-bots') &&
        isIn(statuses, status) &&
        isIn(more.statuses, status) &&
        isIn(ids, id) &&
        keyOf(name)
          .subarray(0, keyOf(nameStartsWith ?? '').length)
          .equals(keyOf(nameStartsWith ?? '')) &&
        (groupIds?.some((group) => groups.some(({ id }) => id === group)) ?? true) &&
        isIn(clientIds, clientId) &&
        isIn<string | null>(webhooksStates, webhooksState) &&
        (updatedSince ? Date.parse(updatedAt) >= Date.parse(updatedSince) : true),
    )
    .toSorted(sorts[orderBy ?? 'CREATED_FIRST'])
    .map(({ id }) => id)
}

/** All pages from one end to the other, in the order of the list. Demands that each tells rightly what lies around it. */
async function throughAll(token: string, args: Arguments, size: number, backwards: boolean): Promise<string[]> {
  const shown: string[] = []
  for (let cursor: string | null = null; ; ) {
    const range: Arguments = backwards ? { last: size, before: cursor } : { first: size, after: cursor }
    const { nodes, pageInfo, totalCount }: Page = await page(token, { ...args, ...range })
    const ids = nodes.map(({ id }) => id)
    if (backwards) shown.unshift(...ids)
    else shown.push(...ids)
    const more = shown.length < totalCount
    expect(pageInfo).toMatchObject(
      backwards
        ? { hasPreviousPage: more, hasNextPage: cursor !== null }
        : { hasNextPage: more, hasPreviousPage: cursor !== null },
    )
    if (!more) return shown
    cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor
  }
}

describe('a list of bot agents', () => {
  it('has what its arguments select, in each order, on pages of any size, from both ends', {
    timeout: 240_000,
  }, async () => {
    const [licenseId, foreign] = [newLicense(), newLicense()]
    const botAgents = various(licenseId)
    await add([...botAgents, ...various(foreign)])
    const token = await gateway.token({ licenseId })
    const ids = botAgents.slice(5, 20).map(({ id }) => id)
    const selections: Arguments[] = [
      {},
      { all: true },
      { all: true, filter: {} },
      { all: true, filter: { ids: null, nameStartsWith: null, statuses: null, groupIds: null, updatedSince: null } },
      { statuses: ['OFFLINE'], filter: { statuses: ['OFFLINE', 'ACCEPTING_CHATS'] } },
      { all: true, statuses: ['OFFLINE'], filter: { statuses: ['ACCEPTING_CHATS'] } },
      { all: true, filter: { ids } },
      { filter: { ids: [...ids, 'x', '\0'] } },
      { all: true, filter: { ids: [] } },
      { all: true, filter: { groupIds: [1, 3, 99, -1] } },
      { filter: { groupIds: [2, 2], webhooksStates: ['PAUSED', 'DISABLED'] } },
      { filter: { clientIds: ['my-bots', 'other-bots'] } },
      { all: true, filter: { clientIds: ['other-bots'] } },
      { all: true, filter: { webhooksStates: ['ACTIVE'], updatedSince: time(105) } },
      { all: true, filter: { nameStartsWith: 'a' } },
      { all: true, filter: { nameStartsWith: 'STRASS', statuses: ['OFFLINE', 'NOT_ACCEPTING_CHATS'], groupIds: [1] } },
    ]
    for (const selection of selections) {
      for (const orderBy of orders) {
        const args = { ...selection, orderBy }
        for (const size of [7, 100]) {
          for (const backwards of [false, true]) {
            const shown = await throughAll(token, args, size, backwards)
            expect(shown, JSON.stringify({ args, size, backwards })).toEqual(expected(botAgents, args))
          }
        }
      }
    }
  })

  it('is the same whether it is asked for one page, or for what lies between two cursors', async () => {
    const token = await licenseWithNames(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    for (const orderBy of orders) {
      const { nodes, edges } = await page(token, { orderBy })
      const names = nodes.map(({ name }) => name)
      const [after, before] = [edges[1]?.cursor ?? '', edges[5]?.cursor ?? '']
      const between = { orderBy, after, before }
      expect(await namesOf(token, { ...between })).toEqual(names.slice(2, 5))
      expect(await page(token, { ...between, first: 2 })).toMatchObject({
        nodes: names.slice(2, 4).map((name) => ({ name })),
        pageInfo: { hasPreviousPage: true, hasNextPage: true },
      })
      expect(await namesOf(token, { ...between, last: 2 })).toEqual(names.slice(3, 5))
      expect(await page(token, { ...between, last: 0 })).toMatchObject({ nodes: [], totalCount: 7 })
    }
  })

  it('shows a change of groups, name and webhooks in the filters at once', async () => {
    const licenseId = newLicense()
    const token = await gateway.token({ licenseId })
    const group = (id: number) => ({ id, priority: 'NORMAL' })
    const webhooks = { url: 'http://127.0.0.1:9', secretKey: 's', actions: [{ name: 'INCOMING_EVENT' }] }
    const id = await create(gateway, token, { name: 'first', groups: [group(1), group(2)] })
    expect(await namesOf(token, { filter: { groupIds: [2] } })).toEqual(['first'])
    await run(gateway, token, updateBotAgent, { input: { id, name: 'second', groups: [group(3)], webhooks } })
    expect(await namesOf(token, { filter: { groupIds: [1, 2] } })).toEqual([])
    expect(await namesOf(token, { filter: { groupIds: [3], webhooksStates: ['ACTIVE'] } })).toEqual(['second'])
    expect(await namesOf(token, { filter: { nameStartsWith: 'FIRST' } })).toEqual([])
    await run(gateway, token, 'mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }', {
      id,
    })
    const [left] = await sql<{ count: number }>(
      gateway.databaseUrl,
      'select count(*)::int as count from bot_agent_group where license_id = $1',
      [licenseId],
    )
    expect(left?.count).toBe(0)
  })

  it('has the same bytes each time, until one of its bot agents changes', async () => {
    const licenseId = newLicense()
    const token = await gateway.token({ licenseId })
    const filters = { chatProperties: [{ namespace: 'n', name: 'p', values: ['ü"\\', 1.5, true] }] }
    const actions = [{ name: 'INCOMING_EVENT', filters, additionalData: ['ACCESS'] }, { name: 'INCOMING_CHAT_THREAD' }]
    const webhooks = { url: 'http://127.0.0.1:9', secretKey: 's', actions }
    const ids: string[] = []
    for (const name of ['one "1"', 'zwei ü', 'three']) {
      ids.push(await create(gateway, token, { name, groups: [{ id: 1, priority: 'FIRST' }], webhooks }))
    }
    const fields = `__typename id name groups { id priority } application { clientId } updatedAt
      webhooks { __typename url actions { name filters { chatProperties { name values } authorType } additionalData } }`
    const textOf = async (query: string) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      return (await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query }) })).text()
    }
    const oneByOne = ids.map((id, index) => `_${index}: botAgent(id: "${id}") { ${fields} }`).join(' ')
    for (const selection of [
      `nodes { ${fields} }`,
      `edges { cursor node { ${fields} } } totalCount`,
      `nodes { ${fields} avatar webhooks { headers { name } order } }`,
      `nodes { ${fields} a: status b: status properties { value } }`,
    ]) {
      const query = `{ botAgents { ${selection} } }`
      const first = await textOf(query)
      for (let time = 0; time < 4; time += 1) expect(await textOf(query)).toBe(first)
      const { botAgents } = JSON.parse(first).data
      const found = (botAgents.nodes ?? botAgents.edges.map(({ node }: { node: object }) => node)) as object[]
      expect(found).toMatchObject(Object.values(JSON.parse(await textOf(`{ ${oneByOne} }`)).data))
      await run(gateway, token, updateBotAgent, { input: { id: ids[1], name: selection.slice(0, 20) } })
      const changed = await textOf(query)
      expect(changed).not.toBe(first)
      expect(changed).toContain(selection.slice(0, 20))
      expect(await textOf(query)).toBe(changed)
    }
  })

  it('by update begins with the bot agent that was updated last', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const ids: string[] = []
    for (const name of ['a', 'b', 'c']) ids.push(await create(gateway, token, { name }))
    const { botAgents } = await run<{ botAgents: { nodes: { updatedAt: string }[] } }>(
      gateway,
      token,
      '{ botAgents { nodes { updatedAt } } }',
    )
    await run(gateway, token, updateBotAgent, { input: { id: ids[0], status: 'ACCEPTING_CHATS' } })
    expect(await namesOf(token, { orderBy: 'UPDATED_LAST' })).toEqual(['a', 'c', 'b'])
    const updatedSince = botAgents.nodes[2]?.updatedAt ?? ''
    expect(await namesOf(token, { filter: { updatedSince } })).toEqual(['a', 'c'])
  })
})

describe('a search by the beginning of a name', () => {
  const cases: [prefix: string, found: string[]][] = [
    ['', ['100%', '100_', 'Éa', 'e\u0301b', 'Straße', 'STRASSE 2', 'ΟΔΟΣ', 'οδοσα', 'Iğdır', '日本']],
    ['100%', ['100%']],
    ['100_', ['100_']],
    ['100', ['100%', '100_']],
    ['%', []],
    ['_', []],
    ['\\', []],
    ['é', ['Éa', 'e\u0301b']],
    ['E\u0301', ['Éa', 'e\u0301b']],
    ['e', []],
    ['strass', ['Straße', 'STRASSE 2']],
    ['straß', ['Straße', 'STRASSE 2']],
    ['οδος', ['ΟΔΟΣ', 'οδοσα']],
    ['ΟΔΟΣ', ['ΟΔΟΣ', 'οδοσα']],
    ['日', ['日本']],
    ["' or true --", []],
  ]
  it('ignores case in every language, and takes each character for itself', async () => {
    const token = await licenseWithNames(cases[0]?.[1] ?? [])
    for (const [nameStartsWith, found] of cases) {
      const names = await namesOf(token, { filter: { nameStartsWith } })
      expect([nameStartsWith, names]).toEqual([nameStartsWith, found])
    }
  })

  it('finds the longest names, and sorts by them', async () => {
    // As an upper case letter, each of these is three.
    const long = ['\u0390'.repeat(255), '\u{1d160}'.repeat(255), '😀'.repeat(255)]
    const token = await licenseWithNames(long)
    for (const name of long) expect(await namesOf(token, { filter: { nameStartsWith: name } })).toEqual([name])
    expect(await throughAll(token, { orderBy: 'NAME' }, 1, false)).toHaveLength(3)
  })
})

describe('a cursor', () => {
  it('names the order that it belongs to when it is used in another one', async () => {
    const token = await licenseWithNames(['a', 'b'])
    for (const from of orders) {
      const { pageInfo } = await page(token, { orderBy: from, first: 1 })
      for (const orderBy of orders.filter((order) => order !== from)) {
        for (const argument of ['after', 'before']) {
          await expect(page(token, { orderBy, [argument]: pageInfo.endCursor })).rejects.toThrow(
            `BAD_USER_INPUT \`${argument}\` is not a cursor of this list: it comes from a list in the order ${from}, and this one is in the order ${orderBy}. Start with the first page when you change \`orderBy\`.`,
          )
        }
      }
    }
  })

  it('of a list that had no orders is still valid', async () => {
    const licenseId = newLicense()
    const botAgents = ['a', 'b', 'c'].map((name, place) => someBotAgent(licenseId, place, { name }))
    await add(botAgents)
    const { createdAt, id } = botAgents[1] as BotAgent
    const after = Buffer.from(JSON.stringify([createdAt, id])).toString('base64url')
    expect(await namesOf(await gateway.token({ licenseId }), { after })).toEqual(['c'])
  })

  it('stays valid when its bot agent is renamed or updated', async () => {
    const token = await licenseWithNames(['a', 'b', 'c'])
    for (const orderBy of orders) {
      const { nodes, edges } = await page(token, { orderBy })
      const rest = await namesOf(token, { orderBy, after: edges[1]?.cursor ?? '' })
      await sql(gateway.databaseUrl, `update bot_agent set name = 'z', updated_at = now() where id = $1`, [
        nodes[1]?.id,
      ])
      expect((await namesOf(token, { orderBy, after: edges[1]?.cursor ?? '' })).filter((name) => name !== 'z')).toEqual(
        rest,
      )
      await sql(gateway.databaseUrl, `update bot_agent set name = $2, updated_at = created_at where id = $1`, [
        nodes[1]?.id,
        nodes[1]?.name,
      ])
    }
  })

  it('that was made up is refused in every order', async () => {
    const token = await licenseWithNames(['a'])
    const id = '0'.repeat(32)
    const contents = [
      ['NAME', '\0', id],
      ['NAME', 'x'.repeat(256), id],
      ['NAME', 'a', 'x'],
      ['NAME', 'a'],
      ['UPDATED_LAST', 'now', id],
      ['__proto__', 'a', id],
      null,
    ]
    for (const content of contents) {
      for (const orderBy of orders) {
        const before = Buffer.from(JSON.stringify(content)).toString('base64url')
        await expect(page(token, { orderBy, before })).rejects.toThrow(
          'BAD_USER_INPUT `before` is not a cursor of this list',
        )
      }
    }
  })
})

describe('a page', () => {
  it('takes `first` or `last`, from 0 to 100, but not both', async () => {
    const token = await licenseWithNames(['a', 'b', 'c'])
    const refused: [args: Arguments, message: string][] = [
      [{ first: 2, last: 2 }, '`first` and `last` cannot be used together: they are 2 and 2. Omit one of them.'],
      [{ first: 50, last: 2 }, '`first` and `last` cannot be used together: they are 50 and 2. Omit one of them.'],
      [{ last: 101 }, '`last` must be from 0 to 100; it is 101.'],
      [{ last: -1 }, '`last` must be from 0 to 100; it is -1.'],
      [{ first: -1 }, '`first` must be from 0 to 100; it is -1.'],
    ]
    for (const [args, message] of refused) {
      await expect(page(token, args)).rejects.toThrow(`BAD_USER_INPUT ${message}`)
    }
    await expect(run(gateway, token, '{ botAgents(first: 50, last: 1) { totalCount } }')).rejects.toThrow('together')
    const accepted: [args: Arguments, names: string[]][] = [
      [{ last: 2 }, ['b', 'c']],
      [{ first: null, last: 1 }, ['c']],
      [{ first: 1, last: null }, ['a']],
      [{ first: null, last: null }, ['a', 'b', 'c']],
    ]
    for (const [args, names] of accepted) expect(await namesOf(token, args)).toEqual(names)
    const { botAgents } = await run<{ botAgents: Page }>(gateway, token, '{ botAgents(last: 1) { nodes { name } } }')
    expect(botAgents.nodes).toEqual([{ name: 'c' }])
  })

  it('costs as much from the end as from the beginning', async () => {
    const token = await licenseWithNames([])
    const nested = (range: string) =>
      `{ botAgents(${range}) { nodes { webhookDeliveries(${range}) { nodes { id action state url ping } } } } }`
    const messages = ['first: 100', 'last: 100'].map(async (range) => {
      const { errors } = await request(gateway.url, token, nested(range))
      return errors?.[0]?.message
    })
    const [forwards, backwards] = await Promise.all(messages)
    expect(forwards).toMatch(/^The operation may return \d+ values; the limit is/)
    expect(backwards).toBe(forwards)
  })
})

describe('a filter', () => {
  const refused: [filter: object, message: string][] = [
    [{ nameStartsWith: 'x'.repeat(256) }, '`filter.nameStartsWith` must be at most 255 characters long; it has 256.'],
    [{ nameStartsWith: 'a\0' }, '`filter.nameStartsWith` must be well-formed Unicode without the character U+0000.'],
    [{ ids: Array(501).fill('x') }, '`filter.ids` must have at most 500 items; it has 501.'],
    [{ groupIds: Array(101).fill(1) }, '`filter.groupIds` must have at most 100 items; it has 101.'],
    [{ clientIds: Array(101).fill('x') }, '`filter.clientIds` must have at most 100 items; it has 101.'],
  ]
  it.each(refused)('is refused with what is wrong with it: %o', async (filter, message) => {
    const token = await licenseWithNames([])
    await expect(page(token, { filter })).rejects.toThrow(`BAD_USER_INPUT ${message}`)
  })
})

describe('what others own', () => {
  const counts = `query ($all: Boolean) {
    botAgentCounts(all: $all) { total acceptingChats notAcceptingChats offline webhooksPaused webhooksDisabled }
  }`

  it('is in no list and no count, whatever the filter, but with the scope for it and `all`', async () => {
    const [licenseId, foreign] = [newLicense(), newLicense()]
    const other = someBotAgent(licenseId, 1, { clientId: 'other-bots', groups: [{ id: 7, priority: 'FIRST' }] })
    const theirs = someBotAgent(foreign, 2, { groups: [{ id: 7, priority: 'FIRST' }] })
    await add([other, theirs])
    const mine = await gateway.token({ licenseId, scopes: ['agents-bot--my:ro'] })
    const everyones = await gateway.token({ licenseId, scopes: ['agents-bot--all:ro'] })
    const filters: Filter[] = [
      { ids: [other.id, theirs.id] },
      { nameStartsWith: 'bot' },
      { statuses: ['OFFLINE'] },
      { groupIds: [7] },
      { clientIds: ['other-bots', 'my-bots'] },
      { updatedSince: time(0) },
    ]
    for (const filter of filters) {
      for (const orderBy of orders) {
        for (const token of [mine, everyones]) {
          expect(await page(token, { filter, orderBy })).toMatchObject({ nodes: [], totalCount: 0 })
        }
        expect(await namesOf(everyones, { all: true, filter, orderBy })).toEqual(['bot 1'])
        await expect(page(mine, { all: true, filter, orderBy })).rejects.toThrow('FORBIDDEN')
      }
    }
    const none = {
      total: 0,
      acceptingChats: 0,
      notAcceptingChats: 0,
      offline: 0,
      webhooksPaused: 0,
      webhooksDisabled: 0,
    }
    expect(await run(gateway, mine, counts)).toEqual({ botAgentCounts: none })
    await expect(run(gateway, mine, counts, { all: true })).rejects.toThrow('FORBIDDEN')
    expect(await run(gateway, everyones, counts, { all: true })).toEqual({
      botAgentCounts: { ...none, total: 1, offline: 1 },
    })
  })

  it('is counted beside one’s own: the counts add up', async () => {
    const licenseId = newLicense()
    const botAgents = various(licenseId)
    await add(botAgents)
    const token = await gateway.token({ licenseId })
    for (const all of [false, true]) {
      const counted = botAgents.filter(({ clientId }) => all || clientId === 'my-bots')
      const having = (test: (botAgent: BotAgent) => boolean) => counted.filter(test).length
      expect(await run(gateway, token, counts, { all })).toEqual({
        botAgentCounts: {
          total: counted.length,
          acceptingChats: having(({ status }) => status === 'ACCEPTING_CHATS'),
          notAcceptingChats: having(({ status }) => status === 'NOT_ACCEPTING_CHATS'),
          offline: having(({ status }) => status === 'OFFLINE'),
          webhooksPaused: having(({ webhooksState }) => webhooksState === 'PAUSED'),
          webhooksDisabled: having(({ webhooksState }) => webhooksState === 'DISABLED'),
        },
      })
    }
  })
})
