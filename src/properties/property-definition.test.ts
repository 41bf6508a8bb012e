import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../test/support/client.ts'
import { sql } from '../../test/support/database.ts'
import { newLicense, startGateway, type TestGateway } from '../../test/support/gateway.ts'
import { propertiesOf } from '../../test/support/properties.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const inLicense = async (licenseId: number, clientId = 'shop') =>
  propertiesOf(gateway, await gateway.token({ licenseId, clientId }))

const listed = async (licenseId: number, clientId: string, namespace?: string) => {
  const { propertyDefinitions } = await run<{ propertyDefinitions: { namespace: string; name: string }[] }>(
    gateway,
    await gateway.token({ licenseId, clientId }),
    'query ($namespace: String) { propertyDefinitions(namespace: $namespace) { namespace name type domain range { from to } access } }',
    { namespace },
  )
  return propertyDefinitions
}
const names = async (...query: Parameters<typeof listed>) =>
  (await listed(...query)).map(({ namespace, name }) => `${namespace}.${name}`)

const ofTest = ['test.bool_property', 'test.int_property', 'test.string_property', 'test.tokenized_string_property']

describe('the namespace `test`', () => {
  it('is in every new license, and everyone may read and write it', async () => {
    const everyone = { domain: null, range: null, access: ['READ', 'WRITE'] }
    expect(await listed(newLicense(), 'anyone')).toEqual([
      { namespace: 'test', name: 'bool_property', type: 'BOOL', ...everyone },
      { namespace: 'test', name: 'int_property', type: 'INT', ...everyone },
      { namespace: 'test', name: 'string_property', type: 'STRING', ...everyone },
      { namespace: 'test', name: 'tokenized_string_property', type: 'TOKENIZED_STRING', ...everyone },
    ])
  })

  it('accepts no other property, not even from an application with that name', async () => {
    const license = newLicense()
    const application = await inLicense(license, 'test')
    for (const name of ['int_property', 'another']) {
      expect(await application.define(name, 'INT')).toEqual({
        property: null,
        userErrors: [{ code: 'CONFLICT', field: null, message: expect.stringContaining('namespace test') }],
      })
    }
    expect(await names(license, 'test')).toEqual(ofTest)
  })
})

describe('a definition', () => {
  it('is created in the namespace of the application, and returned as it was given', async () => {
    const shop = await inLicense(newLicense())
    const cases = [
      [
        { name: 'tier', type: 'STRING', domain: ['gold', 'silver'], access: ['WRITE', 'READ', 'READ'] },
        { access: ['READ', 'WRITE'] },
      ],
      [{ name: 'score', type: 'INT', range: { from: -2147483648, to: 2147483647 } }, {}],
      [{ name: 'step', type: 'INT', domain: [1.0, 2, -5] }, {}],
      [{ name: 'vip', type: 'BOOL', domain: [true] }, {}],
      [{ name: 'note', type: 'TOKENIZED_STRING', domain: null, range: null, access: null }, { access: [] }],
    ] as const
    for (const [{ name, type, ...more }, answered] of cases) {
      expect(await shop.define(name, type, more)).toEqual({
        property: { namespace: 'shop', name, type, domain: null, range: null, access: [], ...more, ...answered },
        userErrors: [],
      })
    }
  })

  it('is visible to its owner, and to others in the license that may read or write the property', async () => {
    const [license, another] = [newLicense(), newLicense()]
    const shop = await inLicense(license)
    await shop.define('private', 'INT')
    await shop.define('shown', 'INT', { access: ['READ'] })
    await shop.define('drop', 'INT', { access: ['WRITE'] })
    expect(await names(license, 'shop')).toEqual(['shop.drop', 'shop.private', 'shop.shown', ...ofTest])
    expect(await names(license, 'other')).toEqual(['shop.drop', 'shop.shown', ...ofTest])
    expect(await names(license, 'other', 'shop')).toEqual(['shop.drop', 'shop.shown'])
    expect(await names(license, 'other', 'none')).toEqual([])
    expect(await names(another, 'shop')).toEqual(ofTest)
  })

  it('cannot be created again: its name is a CONFLICT from then on, for that application in that license', async () => {
    const [license, another] = [newLicense(), newLicense()]
    const shop = await inLicense(license)
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.define('once', 'INT')))
    expect(answers.filter(({ property }) => property)).toHaveLength(1)
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual(
      Array.from({ length: 9 }, () => ({
        code: 'CONFLICT',
        field: ['name'],
        message:
          '`name` is already defined: once. Choose another name, or use `updateProperty` if it has no values yet.',
      })),
    )
    expect((await (await inLicense(license, 'other')).define('once', 'BOOL')).userErrors).toEqual([])
    expect((await (await inLicense(another)).define('once', 'BOOL')).userErrors).toEqual([])
  })

  it('is one of at most 200 per application in a license', async () => {
    const license = newLicense()
    await sql(
      gateway.databaseUrl,
      `insert into property_definition (license_id, namespace, name, type, access)
      select $1, 'shop', 'p' || number, 'INT', '{}' from generate_series(1, 198) as number`,
      [license],
    )
    const shop = await inLicense(license)
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => shop.define(name, 'INT')))
    expect(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual([
      'LIMIT_REACHED',
      'LIMIT_REACHED',
    ])
  })

  const wrong: [what: string, input: { name?: string; type?: string; [other: string]: unknown }, errors: string[]][] = [
    [
      'a name',
      { name: '' },
      ['`name` must be 1 to 255 characters, each one of A to Z, a to z, 0 to 9, `_`, `.` and `-`.'],
    ],
    ['a long name', { name: 'x'.repeat(256) }, [expect.stringContaining('`name` must be 1 to 255')]],
    ['the letters of a name', { name: 'größe' }, [expect.stringContaining('`name` must be 1 to 255')]],
    [
      'a range',
      { range: { from: 2, to: 1 } },
      [expect.stringContaining('`range` must not have a `from` greater than its `to`')],
    ],
    [
      'a range of texts',
      { type: 'STRING', range: { from: 1, to: 2 } },
      [expect.stringContaining('`range` is only for properties of the type INT')],
    ],
    [
      'both',
      { range: { from: 1, to: 2 }, domain: [1] },
      [expect.stringContaining('`range` must be omitted if there is a `domain`')],
    ],
    ['an empty domain', { domain: [] }, ['`domain` must have 1 to 100 items; it has 0.']],
    ['duplicates', { domain: [1, 2, 1] }, ['`domain.2` is in the list twice: 1.']],
    [
      'types',
      { domain: [1, '1', 1.5, 2 ** 31, true] },
      [1, 2, 3, 4].map((index) => expect.stringContaining(`\`domain.${index}\` must be a whole number of 32 bits`)),
    ],
    [
      'texts',
      { type: 'STRING', domain: ['x'.repeat(256), 'a\0'] },
      [
        '`domain.0` must be at most 255 characters long.',
        expect.stringContaining('`domain.1` must be well-formed Unicode'),
      ],
    ],
  ]
  for (const [what, { name = 'x', type = 'INT', ...more }, errors] of wrong) {
    it(`is refused because of ${what}`, async () => {
      const { property, userErrors } = await (await inLicense(newLicense())).define(name, type, more)
      expect(property).toBeNull()
      expect(userErrors.map(({ code, message }) => [code, message])).toEqual(
        errors.map((error) => ['VALIDATION', error]),
      )
    })
  }

  it('may have a name of 255 characters', async () => {
    expect((await (await inLicense(newLicense())).define('Ab_-.9'.padEnd(255, 'x'), 'INT')).userErrors).toEqual([])
  })
})

describe('a definition without values', () => {
  const chat = { location: 'CHAT', id: 'PJ0MRSHTDG' }
  const mistakesOf = ({ userErrors }: { userErrors: { code: string; field: string[] | null }[] }) =>
    userErrors.map(({ code, field }) => [code, field])
  const conflict = [['CONFLICT', ['name']]]

  it('is replaced as a whole', async () => {
    const license = newLicense()
    const shop = await inLicense(license)
    await shop.define('tier', 'STRING', { domain: ['gold'], access: ['READ'] })
    expect(await shop.redefine('tier', 'INT', { range: { from: 1, to: 3 } })).toEqual({
      property: { namespace: 'shop', name: 'tier', type: 'INT', domain: null, range: { from: 1, to: 3 }, access: [] },
      userErrors: [],
    })
    expect(await names(license, 'other')).toEqual(ofTest)
    expect(mistakesOf(await shop.set(chat, { shop: { tier: 4 } }))).toEqual([
      ['VALIDATION', ['properties', 'shop', 'tier']],
    ])
    expect(mistakesOf(await shop.redefine('tier', 'STRING', { range: { from: 1, to: 3 } }))).toEqual([
      ['VALIDATION', ['range']],
    ])
  })

  it('is deleted, and its name can be defined again', async () => {
    const license = newLicense()
    const shop = await inLicense(license)
    await shop.define('tier', 'STRING')
    expect(await shop.undefine('tier')).toEqual({ name: 'tier', userErrors: [] })
    expect(await names(license, 'shop')).toEqual(ofTest)
    expect(mistakesOf(await shop.undefine('tier'))).toEqual([['NOT_FOUND', ['name']]])
    expect(mistakesOf(await shop.redefine('tier', 'INT'))).toEqual([['NOT_FOUND', ['name']]])
    expect((await shop.define('tier', 'INT')).userErrors).toEqual([])
  })

  it('is one that nothing in the license has a value of', async () => {
    const shop = await inLicense(newLicense())
    await shop.define('tier', 'TOKENIZED_STRING')
    await shop.set(chat, { shop: { tier: 'gold' } })
    expect(await shop.undefine('tier')).toEqual({
      name: null,
      userErrors: [
        {
          code: 'CONFLICT',
          field: ['name'],
          message:
            '`name` has values, so its definition must stay as it is: tier. Delete the values first: `propertySearch` with `exists` finds them.',
        },
      ],
    })
    expect(mistakesOf(await shop.redefine('tier', 'INT'))).toEqual(conflict)
    await shop.delete(chat, { shop: ['tier'] })
    expect((await shop.redefine('tier', 'INT')).userErrors).toEqual([])
    expect((await shop.undefine('tier')).userErrors).toEqual([])
  })

  it('is only the application’s own, in its own license', async () => {
    const [license, another] = [newLicense(), newLicense()]
    const shop = await inLicense(license)
    await shop.define('tier', 'STRING', { access: ['READ', 'WRITE'] })
    for (const stranger of [
      await inLicense(license, 'other'),
      await inLicense(another),
      await inLicense(license, 'test'),
    ]) {
      for (const name of ['tier', 'int_property']) {
        expect(mistakesOf(await stranger.undefine(name))).toEqual([['NOT_FOUND', ['name']]])
        expect(mistakesOf(await stranger.redefine(name, 'INT'))).toEqual([['NOT_FOUND', ['name']]])
      }
    }
    expect(await names(license, 'shop', 'shop')).toEqual(['shop.tier'])
  })

  it('stays if a value is just being added', async () => {
    const license = newLicense()
    const shop = await inLicense(license)
    await shop.define('tier', 'INT')
    await inTransaction(async (client) => {
      await client.query(
        `insert into property_value (license_id, location, target, definition_id, value, digest)
        select license_id, 'CHAT', 'x', id, '1', '' from property_definition where license_id = $1 and namespace = 'shop'`,
        [license],
      )
      const answers = [shop.undefine('tier'), shop.redefine('tier', 'BOOL')]
      await untilWaiting(2)
      return async () => {
        for (const answer of await Promise.all(answers)) expect(mistakesOf(answer)).toEqual(conflict)
      }
    })
  })

  it.each([
    ['deleted', '', [['NOT_FOUND', ['properties', 'shop', 'tier']]]],
    [
      'changed',
      `insert into property_definition (license_id, namespace, name, type, access) values ($1, 'shop', 'tier', 'BOOL', '{}')`,
      [['VALIDATION', ['properties', 'shop', 'tier']]],
    ],
  ])('is not used by a value that is set while it is %s', async (_what, insert, mistakes) => {
    const license = newLicense()
    const shop = await inLicense(license)
    await shop.define('tier', 'INT')
    await inTransaction(async (client) => {
      await client.query('delete from property_definition where license_id = $1', [license])
      if (insert) await client.query(insert, [license])
      const answer = shop.set(chat, { shop: { tier: 1 } })
      await untilWaiting(1)
      return async () => expect(mistakesOf(await answer)).toEqual(mistakes)
    })
  })

  /** Runs `work` in a transaction, and after the commit what it returns. */
  async function inTransaction(work: (client: pg.Client) => Promise<() => Promise<unknown>>): Promise<void> {
    const client = new pg.Client(gateway.databaseUrl)
    await client.connect()
    try {
      await client.query('begin')
      const afterwards = await work(client)
      await client.query('commit')
      await afterwards()
    } finally {
      await client.end()
    }
  }

  /** Resolves when so many statements about properties wait for a lock. */
  async function untilWaiting(count: number): Promise<void> {
    const query = `select from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database() and query like '%property_%'`
    while ((await sql(gateway.databaseUrl, query)).length < count) await new Promise(setImmediate)
  }
})
