import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from '../../test/support/bot-agents.ts'
import { request } from '../../test/support/client.ts'
import { sql } from '../../test/support/database.ts'
import { type Claims, gatewayForTest, newLicense, startGateway, type TestGateway } from '../../test/support/gateway.ts'
import { type PropertiesOf, propertiesOf } from '../../test/support/properties.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const as = async (claims: Claims) => propertiesOf(gateway, await gateway.token(claims))
/** The application `shop` in a license of its own. */
const shop = () => as({ licenseId: newLicense(), clientId: 'shop' })

const chat = { location: 'CHAT', id: 'PJ0MRSHTDG' }
const messages = ({ userErrors }: { userErrors: { code: string; message: string }[] }) =>
  userErrors.map(({ code, message }) => `${code} ${message}`)

describe('properties', () => {
  it('are set, changed, added, read and deleted', async () => {
    const application = await shop()
    expect(await application.set(chat, { test: { int_property: 1, bool_property: true } })).toEqual({
      properties: [
        { namespace: 'test', name: 'bool_property', value: true },
        { namespace: 'test', name: 'int_property', value: 1 },
      ],
      userErrors: [],
    })
    await application.set(chat, { test: { int_property: -5, string_property: 'zażółć 🎉' } })
    expect(await application.read(chat)).toEqual({
      'test.bool_property': true,
      'test.int_property': -5,
      'test.string_property': 'zażółć 🎉',
    })
    const names = { test: ['int_property', 'tokenized_string_property', 'int_property'] }
    expect(await application.delete(chat, names)).toEqual({
      properties: [
        { namespace: 'test', name: 'bool_property', value: true },
        { namespace: 'test', name: 'string_property', value: 'zażółć 🎉' },
      ],
      userErrors: [],
    })
    expect(await application.delete(chat, names)).toMatchObject({ userErrors: [] })
    expect(Object.keys(await application.read(chat))).toEqual(['test.bool_property', 'test.string_property'])
  })

  it('are separate for each location, id and license', async () => {
    const license = newLicense()
    const token = await gateway.token({ licenseId: license })
    const application = propertiesOf(gateway, token)
    const botAgent = await create(gateway, token)
    const targets = [
      { location: 'LICENSE' },
      ...['0', '7', '2147483647'].map((id) => ({ location: 'GROUP', id })),
      { location: 'BOT_AGENT', id: botAgent },
      ...['CHAT', 'THREAD', 'EVENT'].flatMap((location) => ['7', '😀'.repeat(255)].map((id) => ({ location, id }))),
    ]
    for (const [index, target] of targets.entries()) {
      expect((await application.set(target, { test: { int_property: index } })).userErrors).toEqual([])
    }
    const foreigner = await as({ licenseId: newLicense() })
    for (const [index, target] of targets.entries()) {
      expect(await application.read(target)).toEqual({ 'test.int_property': index })
      expect(await foreigner.read(target)).toEqual({})
    }
  })

  it('accept values of their type, and return them as they were given', async () => {
    const application = await shop()
    const values = {
      int_property: [0, 2147483647, -2147483648, 1.0],
      bool_property: [true, false],
      string_property: ['', 'x'.repeat(16_384), '🎉'.repeat(4_096), '"\\\n</script>', 'null', '1'],
      tokenized_string_property: ['', 'Съешь ещё', '東京', '🎉', Array.from({ length: 3_000 }, (_, i) => i).join(' ')],
    }
    for (const [name, all] of Object.entries(values)) {
      for (const value of all) {
        expect(messages(await application.set(chat, { test: { [name]: value } }))).toEqual([])
        expect((await application.read(chat))[`test.${name}`]).toBe(value)
      }
    }
  })

  const number = 'must be a whole number of 32 bits, from -2147483648 to 2147483647; it is'
  const wrong: [name: string, value: unknown, message: string][] = [
    ['int_property', 1.5, `${number} 1.5`],
    ['int_property', 2147483648, `${number} 2147483648`],
    ['int_property', -2147483649, `${number} -2147483649`],
    ['int_property', '1', `${number} "1"`],
    ['int_property', true, `${number} true`],
    ['int_property', null, 'must not be null: use `deleteProperties` to delete the property'],
    ['bool_property', 0, 'must be true or false; it is 0'],
    ['bool_property', { value: true }, 'must be true or false; it is {"value":true}'],
    ['string_property', 1, 'must be a string; it is 1'],
    ['string_property', ['a'], 'must be a string; it is ["a"]'],
    ['string_property', 'x'.repeat(16_385), 'must be at most 16384 bytes of UTF-8; it has 16385'],
    ['tokenized_string_property', '🎉'.repeat(4_097), 'must be at most 16384 bytes of UTF-8; it has 16388'],
    ['string_property', 'a\0b', 'must be well-formed Unicode without the character U+0000'],
    ['string_property', '\ud800', 'must be well-formed Unicode without the character U+0000'],
  ]
  for (const [name, value, message] of wrong) {
    it(`are refused: ${name} ${JSON.stringify(value).slice(0, 30)}`, async () => {
      const application = await shop()
      const { userErrors } = await application.set(chat, { test: { [name]: value } })
      expect(userErrors).toEqual([
        { code: 'VALIDATION', field: ['properties', 'test', name], message: `\`properties.test.${name}\` ${message}.` },
      ])
    })
  }

  it('are set all or none, with an error for each that is not valid', async () => {
    const license = newLicense()
    const owner = await as({ licenseId: license, clientId: 'owner' })
    await owner.define('shown', 'INT', { access: ['READ'] })
    await owner.define('hidden', 'INT')
    const application = await as({ licenseId: license, clientId: 'shop' })
    await application.define('tier', 'STRING', { domain: ['gold', 'silver'] })
    await application.define('score', 'INT', { range: { from: 1, to: 10 } })

    const { properties, userErrors } = await application.set(chat, {
      test: { int_property: 1, bool_property: 'yes', none: 1 },
      shop: { tier: 'bronze', score: 11 },
      owner: { shown: 1, hidden: 1 },
      constructor: { name: 1 },
    })
    expect(properties).toEqual([])
    const undefinedToMe =
      'is not defined, or you may not use it. `propertyDefinitions` lists the properties that you may use.'
    expect(userErrors.map(({ code, field, message }) => [code, field?.join('.'), message]).sort()).toEqual(
      [
        [
          'VALIDATION',
          'properties.test.bool_property',
          '`properties.test.bool_property` must be true or false; it is "yes".',
        ],
        ['NOT_FOUND', 'properties.test.none', `\`properties.test.none\` ${undefinedToMe}`],
        [
          'VALIDATION',
          'properties.shop.tier',
          '`properties.shop.tier` must be one of "gold", "silver"; it is "bronze".',
        ],
        ['VALIDATION', 'properties.shop.score', '`properties.shop.score` must be from 1 to 10; it is 11.'],
        [
          'NOT_FOUND',
          'properties.owner.shown',
          '`properties.owner.shown` is read-only: the application owner lets others read it, but not change it.',
        ],
        ['NOT_FOUND', 'properties.owner.hidden', `\`properties.owner.hidden\` ${undefinedToMe}`],
        ['NOT_FOUND', 'properties.constructor.name', `\`properties.constructor.name\` ${undefinedToMe}`],
      ].sort(),
    )
    expect(await application.read(chat)).toEqual({})

    await application.set(chat, { test: { int_property: 1 } })
    const { userErrors: notDeleted } = await application.delete(chat, {
      test: ['int_property', 'none'],
      owner: ['shown'],
    })
    expect(notDeleted.map(({ code, field }) => [code, field?.join('.')])).toEqual([
      ['NOT_FOUND', 'properties.test.none'],
      ['NOT_FOUND', 'properties.owner.shown'],
    ])
    expect(await application.read(chat)).toEqual({ 'test.int_property': 1 })
  })

  it('accept the ends of a range, and each value of a domain', async () => {
    const application = await shop()
    await application.define('score', 'INT', { range: { from: -1, to: 1 } })
    await application.define('step', 'INT', { domain: [1, 3] })
    const cases: [object, boolean][] = [
      [{ score: -1 }, true],
      [{ score: 1 }, true],
      [{ score: -2 }, false],
      [{ score: 2 }, false],
      [{ step: 3.0 }, true],
      [{ step: 2 }, false],
    ]
    for (const [properties, fits] of cases) {
      const { userErrors } = await application.set(chat, { shop: properties })
      expect([properties, userErrors.length === 0]).toEqual([properties, fits])
    }
  })

  const malformed: [what: 'set' | 'delete', properties: unknown, field: string][] = [
    ['set', [], 'properties'],
    ['set', 'x', 'properties'],
    ['set', { test: 1 }, 'properties.test'],
    ['set', { test: ['int_property'] }, 'properties.test'],
    ['delete', { test: { int_property: 1 } }, 'properties.test'],
    ['delete', { test: 'int_property' }, 'properties.test'],
    ['delete', { test: [1] }, 'properties.test'],
    ['set', { test: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, 1])) }, 'properties'],
  ]
  for (const [what, properties, field] of malformed) {
    it(`are accepted in one form only, which the error shows, in ${what} of ${JSON.stringify(properties).slice(0, 40)}`, async () => {
      const { userErrors } = await (await shop())[what](chat, properties)
      expect(userErrors).toEqual([{ code: 'VALIDATION', field: field.split('.'), message: expect.any(String) }])
    })
  }

  const wrongTargets = [
    { location: 'LICENSE', id: '1' },
    { location: 'GROUP' },
    { location: 'GROUP', id: '-1' },
    { location: 'GROUP', id: '01' },
    { location: 'GROUP', id: '2147483648' },
    { location: 'GROUP', id: 'x' },
    { location: 'CHAT' },
    { location: 'CHAT', id: '' },
    { location: 'THREAD', id: 'x'.repeat(256) },
    { location: 'EVENT', id: 'a\0' },
  ]
  for (const target of wrongTargets) {
    it(`cannot have a target such as ${JSON.stringify(target).slice(0, 60)}`, async () => {
      const application = await shop()
      for (const { userErrors } of [await application.set(target, {}), await application.delete(target, {})]) {
        expect(userErrors).toEqual([{ code: 'VALIDATION', field: ['target', 'id'], message: expect.any(String) }])
      }
      await expect(application.read(target)).rejects.toThrow(/^BAD_USER_INPUT `target.id` /)
    })
  }

  const define = async (license: number, namespace: string, count: number, type = 'INT') => {
    await sql(
      gateway.databaseUrl,
      `insert into property_definition (license_id, namespace, name, type, access)
      select $1, $2, 'p' || number, $3::property_type, '{}' from generate_series(0, $4 - 1) as number`,
      [license, namespace, type, count],
    )
  }
  const values = (namespace: string, from: number, to: number, value: unknown = 'x'.repeat(16_000)) => ({
    [namespace]: Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`p${from + index}`, value])),
  })
  const full = (namespace: string) =>
    `LIMIT_REACHED \`properties\` would exceed the limit of 200 properties and 64 KiB of JSON in the namespace ${namespace} of a target. Delete some first.`

  it('of one namespace are limited to 64 KiB per target, whatever other applications have stored there', async () => {
    const license = newLicense()
    for (const clientId of ['evil', 'good']) await define(license, clientId, 5, 'STRING')
    const evil = await as({ licenseId: license, clientId: 'evil' })
    expect(messages(await evil.set(chat, values('evil', 0, 5)))).toEqual([full('evil')])
    expect(messages(await evil.set(chat, values('evil', 0, 4)))).toEqual([])
    expect(messages(await evil.set(chat, values('evil', 4, 5)))).toEqual([full('evil')])
    const good = await as({ licenseId: license, clientId: 'good' })
    expect(messages(await good.set(chat, values('good', 0, 4)))).toEqual([])
    await evil.delete(chat, { evil: ['p0'] })
    expect(messages(await evil.set(chat, values('evil', 4, 5)))).toEqual([])
  })

  it('of all namespaces are limited to 512 KiB and 1,000 per target, without revealing what others have stored', async () => {
    const license = newLicense()
    const everyone = Array.from({ length: 9 }, (_, index) => `app-${index}`)
    for (const clientId of everyone) await define(license, clientId, 4, 'STRING')
    const target = { location: 'CHAT', id: 'large' }
    for (const clientId of everyone.slice(0, 8)) {
      const application = await as({ licenseId: license, clientId })
      expect(messages(await application.set(target, values(clientId, 0, 4)))).toEqual([])
    }
    const last = await as({ licenseId: license, clientId: 'app-8' })
    const tooMuch =
      'LIMIT_REACHED `properties` would exceed the limit of 1000 properties and 512 KiB of JSON of all applications together for a target.'
    expect(messages(await last.set(target, values('app-8', 0, 4)))).toEqual([tooMuch])

    const many = newLicense()
    for (const clientId of everyone.slice(0, 6)) await define(many, clientId, 200)
    for (const clientId of everyone.slice(0, 5)) {
      const application = await as({ licenseId: many, clientId })
      for (const from of [0, 100])
        expect(messages(await application.set(chat, values(clientId, from, from + 100, 1)))).toEqual([])
    }
    const sixth = await as({ licenseId: many, clientId: 'app-5' })
    expect(messages(await sixth.set(chat, values('app-5', 0, 1, 1)))).toEqual([tooMuch])
  })

  it('above the limit can be reduced but not extended', async () => {
    const license = newLicense()
    await define(license, 'shop', 6, 'STRING')
    const shop = await as({ licenseId: license, clientId: 'shop' })
    await shop.set(chat, values('shop', 0, 4))
    await sql(
      gateway.databaseUrl,
      `insert into property_value (license_id, location, target, definition_id, value, digest)
      select license_id, location, target, (select id from property_definition where license_id = $1 and name = 'p5'), value, digest
      from property_value where license_id = $1 limit 1`,
      [license],
    )
    expect(messages(await shop.set(chat, values('shop', 0, 1, 'short')))).toEqual([])
    expect(messages(await shop.set(chat, values('shop', 0, 1)))).toEqual([full('shop')])
  })
})

describe('calls at the same time', () => {
  it('set and delete properties of one target one after the other, without a deadlock', async () => {
    const license = newLicense()
    const token = await gateway.token({ licenseId: license, clientId: 'shop' })
    const application = propertiesOf(gateway, token)
    const names = ['int_property', 'string_property', 'tokenized_string_property']
    const id = await create(gateway, token)
    const target = { location: 'BOT_AGENT', id }
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const of = (order: string[]) =>
          Object.fromEntries(order.map((name) => [name, name === 'int_property' ? index : `text ${index}`]))
        const { userErrors } =
          index % 5 === 0
            ? await application.delete(target, { test: names })
            : await application.set(target, { test: of(index % 2 ? names : names.toReversed()) })
        expect(userErrors).toEqual([])
      }),
    )
    // Each call has set all of its properties or none, never some of them.
    const { 'test.int_property': int, ...texts } = await application.read(target)
    if (int !== undefined) {
      expect(texts).toEqual({
        'test.string_property': `text ${int}`,
        'test.tokenized_string_property': `text ${int}`,
      })
    } else expect(texts).toEqual({})
  })
})

describe('the access of other applications', () => {
  const cases: [access: string[], reads: boolean, writes: boolean][] = [
    [[], false, false],
    [['READ'], true, false],
    [['WRITE'], false, true],
    [['READ', 'WRITE'], true, true],
  ]
  for (const [access, reads, writes] of cases) {
    it(`is ${access.join(' and ').toLowerCase() || 'nothing'}, as the definition says`, async () => {
      const license = newLicense()
      const owner = await as({ licenseId: license, clientId: 'owner' })
      const other = await as({ licenseId: license, clientId: 'other' })
      const namesake = await as({ licenseId: newLicense(), clientId: 'owner' })
      await owner.define('it', 'INT', { access })
      expect(await owner.set(chat, { owner: { it: 1 } })).toEqual({
        properties: [{ namespace: 'owner', name: 'it', value: 1 }],
        userErrors: [],
      })
      expect(await other.read(chat)).toEqual(reads ? { 'owner.it': 1 } : {})
      const set = await other.set(chat, { owner: { it: 2 } })
      expect(messages(set)).toHaveLength(writes ? 0 : 1)
      expect(set.properties).toEqual(reads && writes ? [{ namespace: 'owner', name: 'it', value: 2 }] : [])
      expect(await owner.read(chat)).toEqual({ 'owner.it': writes ? 2 : 1 })
      const search = { location: 'CHAT', namespace: 'owner', name: 'it', exists: true }
      if (reads) expect(await other.search(search)).toEqual([chat.id])
      else await expect(other.search(search)).rejects.toThrow(/^BAD_USER_INPUT `where` does not name a property/)
      expect(messages(await other.delete(chat, { owner: ['it'] }))).toHaveLength(writes ? 0 : 1)
      expect(messages(await namesake.set(chat, { owner: { it: 2 } }))).toEqual([expect.stringMatching(/^NOT_FOUND /)])
    })
  }
})

describe('properties of a bot agent', () => {
  const whoSees = [
    { scope: undefined, sees: [] },
    { scope: 'agents-bot--my:ro', sees: ['own'] },
    { scope: 'agents-bot--my:rw', sees: ['own'] },
    { scope: 'agents-bot--all:ro', sees: ['own', 'other'] },
    { scope: 'agents-bot--all:rw', sees: ['own', 'other'] },
  ] as const
  for (const { scope, sees } of whoSees) {
    it(`can be used with ${scope ?? 'no scope for bot agents'} if it is ${sees.join(' or ') || 'nobody’s'}`, async () => {
      const license = newLicense()
      const owners = {
        own: { licenseId: license, clientId: 'shop' },
        other: { licenseId: license, clientId: 'other' },
        foreign: { licenseId: newLicense(), clientId: 'shop' },
      }
      const scopes = ['properties--my:rw', ...(scope ? [scope] : [])]
      const token = await gateway.token({ ...owners.own, scopes })
      const application = propertiesOf(gateway, token)
      const visible: string[] = []
      for (const [owner, claims] of Object.entries(owners)) {
        const ownerToken = await gateway.token(claims)
        const target = { location: 'BOT_AGENT', id: await create(gateway, ownerToken) }
        await propertiesOf(gateway, ownerToken).set(target, { test: { int_property: 1 } })
        const seen = sees.some((seen) => seen === owner)
        if (seen) visible.push(target.id)
        expect(await application.read(target)).toEqual(seen ? { 'test.int_property': 1 } : {})
        const notFound = [{ code: 'NOT_FOUND', field: ['target', 'id'], message: expect.any(String) }]
        const { userErrors } = await application.set(target, { test: { bool_property: true } })
        expect(userErrors).toEqual(seen ? [] : notFound)
        const { userErrors: notDeleted } = await application.delete(target, { test: ['bool_property'] })
        expect(notDeleted).toEqual(seen ? [] : notFound)
      }
      for (const test of [{ exists: true }, { values: [1] }, { excludeValues: [2] }]) {
        const where = { location: 'BOT_AGENT', namespace: 'test', name: 'int_property', ...test }
        expect(await application.search(where, 1)).toEqual(visible.sort())
      }
    })
  }

  it('are not found if the bot agent does not exist', async () => {
    const application = await shop()
    for (const id of ['x', '0'.repeat(32)]) {
      const target = { location: 'BOT_AGENT', id }
      expect(await application.read(target)).toEqual({})
      expect(messages(await application.set(target, {}))).toEqual([expect.stringMatching(/^NOT_FOUND /)])
    }
  })

  it('are removed with it, even while they are being set', async () => {
    const token = await gateway.token({ licenseId: newLicense() })
    const application = propertiesOf(gateway, token)
    const id = await create(gateway, token)
    const target = { location: 'BOT_AGENT', id }
    const sets = Array.from({ length: 10 }, (_, index) =>
      application.set(target, { test: { int_property: index, tokenized_string_property: `word ${index}` } }),
    )
    const remove = request(
      gateway.url,
      token,
      `mutation { removeBotAgent(input: { botAgentId: "${id}" }) { userErrors { code } } }`,
    )
    for (const answer of await Promise.all(sets)) {
      expect(answer.userErrors.map(({ code }) => code).filter((code) => code !== 'NOT_FOUND')).toEqual([])
    }
    expect(await remove).toMatchObject({ data: { removeBotAgent: { userErrors: [] } } })
    const left =
      'select (select count(*) from property_value where target = $1) + (select count(*) from property_word where target = $1) as rows'
    expect(await sql(gateway.databaseUrl, left, [id])).toEqual([{ rows: '0' }])
  })

  it('are shown with it, in lists, by id and by `node`, to callers that may read properties', async () => {
    const license = newLicense()
    const token = await gateway.token({ licenseId: license, clientId: 'shop' })
    const application = propertiesOf(gateway, token)
    const other = await as({ licenseId: license, clientId: 'other' })
    await other.define('hidden', 'INT')
    const id = await create(gateway, token)
    await application.set({ location: 'BOT_AGENT', id }, { test: { int_property: 1 } })
    await other.set({ location: 'BOT_AGENT', id }, { other: { hidden: 2 } })
    const document = `{
      botAgents { nodes { ...shown } }
      botAgent(id: "${id}") { ...shown }
      node(id: "${id}") { ...shown }
    }
    fragment shown on BotAgent { properties { namespace name value } }`
    const { data } = await request(gateway.url, token, document)
    const shown = { properties: [{ namespace: 'test', name: 'int_property', value: 1 }] }
    expect(data).toEqual({ botAgents: { nodes: [shown] }, botAgent: shown, node: shown })

    const without = await gateway.token({ licenseId: license, clientId: 'shop', scopes: ['agents-bot--my:ro'] })
    const { errors } = await request(gateway.url, without, document)
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('properties--my:ro'),
      extensions: { code: 'FORBIDDEN' },
    })
  })

  it('are read with one statement for a page of 50', async () => {
    const loud = await gatewayForTest({ beside: gateway, env: { LOG_LEVEL: 'trace' } })
    const token = await gateway.token({ licenseId: newLicense() })
    const ids = await Promise.all(Array.from({ length: 50 }, () => create(gateway, token)))
    const application: PropertiesOf = propertiesOf(gateway, token)
    await Promise.all(
      ids.map((id) => application.set({ location: 'BOT_AGENT', id }, { test: { string_property: id } })),
    )
    loud.logged.length = 0
    const { data } = await request(loud.url, token, '{ botAgents(first: 50) { nodes { id properties { value } } } }')
    const { nodes } = (data as { botAgents: { nodes: { id: string; properties: { value: string }[] }[] } }).botAgents
    expect(nodes.map(({ id, properties }) => properties[0]?.value === id)).toEqual(ids.map(() => true))
    const statements = loud.logged
      .map(({ query }) => String(query))
      .filter((query) => /from bot_agent|property_/.test(query))
    expect(statements).toEqual([expect.stringContaining('from bot_agent'), expect.stringContaining('property_value')])
  })
})
