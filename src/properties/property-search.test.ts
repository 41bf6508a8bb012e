import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newLicense, startGateway, type TestGateway } from '../../test/support/gateway.ts'
import { type PropertiesOf, propertiesOf } from '../../test/support/properties.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** An application in a license of its own. */
const newApplication = async () => propertiesOf(gateway, await gateway.token({ licenseId: newLicense() }))

/** Gives each chat, by its id, a value. */
const fill = async (application: PropertiesOf, name: string, values: Record<string, unknown>) => {
  for (const [id, value] of Object.entries(values)) {
    const { userErrors } = await application.set({ location: 'CHAT', id }, { test: { [name]: value } })
    expect(userErrors).toEqual([])
  }
}
const inChats = (name: string, test: object) => ({ location: 'CHAT', namespace: 'test', name, ...test })

describe('a search', () => {
  const long = 'x'.repeat(16_383)
  const kinds: [name: string, values: Record<string, unknown>, tests: [test: object, found: string[]][]][] = [
    [
      'int_property',
      { a: 1, b: 2, c: 2, d: -2147483648 },
      [
        [{ exists: true }, ['a', 'b', 'c', 'd']],
        [{ values: [2] }, ['b', 'c']],
        [{ values: [2, 1.0, 2, 7] }, ['a', 'b', 'c']],
        [{ values: [7] }, []],
        [{ excludeValues: [2] }, ['a', 'd']],
        [{ excludeValues: [7] }, ['a', 'b', 'c', 'd']],
        [{ excludeValues: [1, 2, -2147483648] }, []],
      ],
    ],
    [
      'bool_property',
      { a: true, b: false },
      [
        [{ values: [true] }, ['a']],
        [{ values: [true, false] }, ['a', 'b']],
        [{ excludeValues: [true] }, ['b']],
      ],
    ],
    [
      'string_property',
      { a: '', b: 'A', c: 'a', d: `${long}1`, e: `${long}2`, f: '1', g: 'true', h: '😀', i: 'zażółć' },
      [
        [{ values: ['a'] }, ['c']],
        [{ values: [''] }, ['a']],
        [{ values: [`${long}2`] }, ['e']],
        [{ values: ['1', '😀', 'zażółć'] }, ['f', 'h', 'i']],
        [{ excludeValues: ['a', `${long}1`] }, ['a', 'b', 'e', 'f', 'g', 'h', 'i']],
      ],
    ],
    [
      'tokenized_string_property',
      {
        a: 'Съешь ещё этих мягких французских булок',
        b: 'Zażółć gęślą jaźń, Łódź!',
        c: '東京タワーへ行く。楽しい',
        d: 'Great job 🎉 order 42',
        e: 'great ORDER, great job — 43',
        f: '🎉🎉',
        g: 'Straße',
        h: 'cafe\u0301',
      },
      [
        [{ exists: true }, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']],
        [{ words: 'ЕЩЁ съешь' }, ['a']],
        [{ words: 'еще' }, []],
        [{ words: 'ZAŻÓŁĆ łódź' }, ['b']],
        [{ words: 'lodz' }, []],
        [{ words: '楽しい' }, ['c']],
        [{ words: '東京' }, []],
        [{ words: 'job great order' }, ['d', 'e']],
        [{ words: '🎉 order, 42!' }, ['d']],
        [{ words: 'grea' }, []],
        [{ words: 'great 43 42' }, []],
        [{ words: 'STRASSE' }, ['g']],
        [{ words: 'CAFÉ' }, ['h']],
        [{ values: ['🎉🎉'] }, ['f']],
        [{ excludeValues: ['🎉🎉', 'Straße'] }, ['a', 'b', 'c', 'd', 'e', 'h']],
      ],
    ],
  ]
  for (const [name, values, tests] of kinds) {
    it(`by ${name} finds every match, on pages of any size`, async () => {
      const application = await newApplication()
      await fill(application, name, values)
      for (const [test, found] of tests) {
        for (const size of [1, 2, 100]) {
          expect([test, await application.search(inChats(name, test), size)]).toEqual([test, found])
        }
      }
    })
  }

  it('finds the current values after changes and deletions', async () => {
    const application = await newApplication()
    const name = 'tokenized_string_property'
    await fill(application, name, { a: 'red green', b: 'green' })
    await fill(application, name, { a: 'green blue' })
    expect(await application.search(inChats(name, { words: 'red' }))).toEqual([])
    expect(await application.search(inChats(name, { words: 'blue' }))).toEqual(['a'])
    expect(await application.search(inChats(name, { words: 'green' }))).toEqual(['a', 'b'])
    expect(await application.search(inChats(name, { values: ['red green'] }))).toEqual([])
    await application.delete({ location: 'CHAT', id: 'a' }, { test: [name] })
    expect(await application.search(inChats(name, { words: 'green' }))).toEqual(['b'])
    await fill(application, name, { a: 'red' })
    expect(await application.search(inChats(name, { words: 'red' }))).toEqual(['a'])
  })

  it('is limited to the license and the location', async () => {
    const [application, foreigner] = [await newApplication(), await newApplication()]
    const properties = { test: { int_property: 1, tokenized_string_property: 'word' } }
    const targets = [
      { location: 'LICENSE' },
      { location: 'GROUP', id: '7' },
      ...['CHAT', 'THREAD', 'EVENT'].map((location) => ({ location, id: location.toLowerCase() })),
    ]
    for (const target of targets) await application.set(target, properties)
    for (const { location, id = null } of targets as { location: string; id?: string }[]) {
      const tests = [
        { name: 'int_property', exists: true },
        { name: 'int_property', values: [1] },
        { name: 'int_property', excludeValues: [2] },
        { name: 'tokenized_string_property', words: 'word' },
      ]
      for (const test of tests) {
        const { nodes } = await application.page({ location, namespace: 'test', ...test })
        expect(nodes).toEqual([{ location, id }])
        expect(await foreigner.search({ location, namespace: 'test', ...test })).toEqual([])
      }
    }
  })

  it('sorts ids by their bytes, whatever they contain', async () => {
    const application = await newApplication()
    const ids = ['b', 'a', 'a\u0001', 'ä', 'A', '10', '9', 'a b', '😀', '\uffff', 'x'.repeat(255), '😀'.repeat(255)]
    await fill(application, 'tokenized_string_property', Object.fromEntries(ids.map((id) => [id, 'one two'])))
    const inBytes = ids.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    for (const test of [{ exists: true }, { values: ['one two'] }, { excludeValues: ['x'] }, { words: 'two one' }]) {
      expect(await application.search(inChats('tokenized_string_property', test), 1)).toEqual(inBytes)
    }
  })

  it('finds the same as a search by hand, for words that overlap in every way', async () => {
    const application = await newApplication()
    const words = ['a', 'b', 'c']
    const texts = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => {
        const seed = (index * 7919) % 8
        return [`chat ${String(index).padStart(2, '0')}`, words.filter((_, bit) => seed & (1 << bit)).join(' ')]
      }),
    )
    await fill(application, 'tokenized_string_property', texts)
    for (const words of ['a', 'b', 'c', 'a b', 'b c', 'c a', 'a b c', 'c b a d']) {
      const expected = Object.keys(texts).filter((id) =>
        words.split(' ').every((word) => texts[id]?.split(' ').includes(word)),
      )
      const [after, before] = [expected[1], expected.at(-2)].map((id) =>
        Buffer.from(JSON.stringify([id ?? ''])).toString('base64url'),
      )
      for (const range of [{ first: 4 }, { last: 4 }]) {
        const between = expected.slice(2, -2)
        const page = await application.page(inChats('tokenized_string_property', { words }), {
          ...range,
          after,
          before,
        })
        expect([words, page.nodes.map(({ id }) => id)]).toEqual([
          words,
          range.first ? between.slice(0, 4) : between.slice(-4),
        ])
      }
      for (const size of [1, 3, 100]) {
        expect([words, await application.search(inChats('tokenized_string_property', { words }), size)]).toEqual([
          words,
          expected,
        ])
      }
    }
  })

  it('continues after a cursor, even if the match at the cursor was removed', async () => {
    const application = await newApplication()
    await fill(application, 'int_property', { a: 1, b: 1, c: 1 })
    const where = inChats('int_property', { values: [1] })
    const first = await application.page(where, { first: 2 })
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    await application.delete({ location: 'CHAT', id: 'b' }, { test: ['int_property'] })
    const second = await application.page(where, { first: 2, after: first.pageInfo.endCursor })
    expect(second).toMatchObject({ nodes: [{ id: 'c' }], pageInfo: { hasNextPage: false, hasPreviousPage: true } })
    for (const after of ['x', Buffer.from('["\\u0000"]').toString('base64url')]) {
      await expect(application.page(where, { after })).rejects.toThrow(/^BAD_USER_INPUT `after` is not a cursor/)
    }
  })

  const wrong: [where: object, message: string][] = [
    [{}, 'must have exactly one of exists, values, excludeValues, words; it has none of them.'],
    [
      { exists: true, words: 'x' },
      'must have exactly one of exists, values, excludeValues, words; it has exists and words.',
    ],
    [{ exists: false }, 'cannot have `exists: false`: only targets that have a property can be found.'],
    [{ values: [] }, 'must have 1 to 100 items in `values`; it has 0.'],
    [
      { excludeValues: Array.from({ length: 101 }, (_, i) => i) },
      'must have 1 to 100 items in `excludeValues`; it has 101.',
    ],
    [{ words: 'x' }, 'has `words`, which is for properties of the type TOKENIZED_STRING; test.int_property is INT.'],
    [{ name: 'none', exists: true }, 'does not name a property that you may read: "test.none".'],
    [
      { name: 'tokenized_string_property', words: '🎉!' },
      'must have 1 to 32 words in `words`; it has 0. A word is a run of letters and digits; emoji and punctuation are not words.',
    ],
    [
      { name: 'tokenized_string_property', words: Array.from({ length: 33 }, (_, i) => `w${i}`).join(' ') },
      'must have 1 to 32 words in `words`; it has 33',
    ],
  ]
  for (const [test, message] of wrong) {
    it(`cannot use ${JSON.stringify(test).slice(0, 60)}`, async () => {
      const application = await newApplication()
      await expect(application.page(inChats('int_property', test))).rejects.toThrow(
        `BAD_USER_INPUT \`where\` ${message}`,
      )
    })
  }

  it('accepts only values of the property’s type', async () => {
    const application = await newApplication()
    for (const values of [
      [1, '1'],
      [1, 1.5],
      [1, null],
    ]) {
      await expect(application.page(inChats('int_property', { values }))).rejects.toThrow(/^BAD_USER_INPUT/)
    }
    await expect(application.page(inChats('string_property', { excludeValues: [1] }))).rejects.toThrow(
      'BAD_USER_INPUT `where.excludeValues.0` must be a string; it is 1.',
    )
  })
})
