import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLObjectType,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { parseExactly } from '../json.ts'
import { markLasting, ofParentAlone } from '../lasting.ts'
import { Loaded } from '../loaded.ts'
import { Plans } from './plans.ts'

const schema = buildSchema(`
  interface Node { id: ID! name: String }
  enum Color { RED GREEN }
  type A implements Node {
    id: ID! name: String count: Int strict: Float! color: Color flag: Boolean
    numbers: [Int] strictNumbers: [Int!] matrix: [[Int!]]
    node: Node nodes: [Node!] a: A as: [A] b: B! kept: [A] keptNodes: [Node]
    echo(text: String = "default", numbers: [Int!], deep: Deep): String
  }
  type B implements Node { id: ID! name: String a: A as: [A!]! node: Node! color: Color! }
  input Deep { text: String numbers: [Int] }
  type Query { node: Node nodes: [Node] a: A as: [A!] b: B! echo(text: String, deep: Deep): String }
  type Mutation { one: A two: A! three: Int }
`)
const { kept, keptNodes } = (schema.getType('A') as GraphQLObjectType).getFields()
Object.assign(
  kept as object,
  ofParentAlone(({ as }: { as: unknown }) => as),
)
Object.assign(
  keptNodes as object,
  ofParentAlone(({ nodes }: { nodes: unknown }) => nodes),
)

const fields: Record<string, Record<string, string | undefined>> = {
  Node: { id: undefined, name: undefined, __typename: undefined },
  A: {
    ...{ id: undefined, name: undefined, count: undefined, strict: undefined, color: undefined, flag: undefined },
    ...{ numbers: undefined, strictNumbers: undefined, matrix: undefined, __typename: undefined },
    ...{ node: 'Node', nodes: 'Node', a: 'A', as: 'A', b: 'B', kept: 'A', keptNodes: 'Node' },
    ...{ 'echo(text: $text)': undefined, 'echo(numbers: [1, 2], deep: {text: $text})': undefined, echo: undefined },
  },
  B: { id: undefined, name: undefined, color: undefined, a: 'A', as: 'A', node: 'Node' },
  Query: { node: 'Node', nodes: 'Node', a: 'A', as: 'A', b: 'B', 'echo(deep: {numbers: [3]})': undefined },
  Mutation: { one: 'A', two: 'A', three: undefined },
}
const fragments = `
  fragment OfNode on Node { name ...OfA @include(if: $yes) }
  fragment OfA on A { count as { id strict } ... on Node { id } }
  fragment OfB on B { a { ...OfA } __proto__: name }
`

/** Selections of a type. Those that are not valid together are left out later. */
function selections(type: string, depth: number): fc.Arbitrary<string> {
  const field = fc
    .constantFrom(...Object.entries(fields[type] ?? {}))
    .chain(([name, inner]) =>
      fc
        .tuple(
          fc.constantFrom('', '', '', `x_${/^\w+/.exec(name)}: `, '', '__proto__: '),
          fc.constantFrom('', '', '', ' @include(if: $yes)', ' @skip(if: $yes)', ' @skip(if: $no)'),
          inner && depth > 0 ? selections(inner, depth - 1) : fc.constant(inner ? '{ __typename }' : ''),
        )
        .map(([alias, directive, rest]) => `${alias}${name}${directive} ${rest}`),
    )
  const isRoot = type === 'Query' || type === 'Mutation'
  const part = isRoot
    ? field
    : fc.oneof(
        { weight: 6, arbitrary: field },
        { weight: 1, arbitrary: fc.constantFrom('...OfNode', '...OfA', '...OfB @skip(if: $no)') },
        {
          weight: 1,
          arbitrary: fc
            .constantFrom('A', 'B', 'Node')
            .chain((on) => selections(on, 0).map((rest) => `... on ${on} ${rest}`)),
        },
      )
  return fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `{ ${parts.join(' ')} }`)
}

/** Resolvers that fail in all ways in which they can, as properties. The same seed makes the same objects. */
function object(seed: number, depth: number): Record<string, unknown> {
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
  const somehow = (value: () => unknown): unknown => {
    switch (random(14)) {
      case 0:
        return null
      case 1:
        return undefined
      case 2:
        return new Error('An error as a value')
      case 3:
        return () => {
          throw new Error('thrown')
        }
      case 4:
        return Promise.resolve(value())
      case 5:
        return async () => {
          throw new Error('rejected')
        }
      case 6:
        return async () => null
      case 7:
        return (args: object) => `${JSON.stringify(args)}`
      default:
        return value()
    }
  }
  const inner = () => (depth > 0 ? object(seed * 7 + random(1_000), depth - 1) : null)
  const list = (item: () => unknown) => () => Array.from({ length: random(4) }, () => somehow(item))
  const typename = random(2) ? 'A' : 'B'
  return {
    __typename: typename,
    id: somehow(() => seed),
    name: somehow(() => `name ${seed}`),
    count: somehow(() => (random(5) ? random(100) : 'not a number')),
    strict: somehow(() => 1.5),
    color: somehow(() => (random(5) ? 'RED' : 'BLUE')),
    flag: somehow(() => random(2) === 1),
    numbers: somehow(list(() => (random(5) ? random(9) : '7x'))),
    strictNumbers: somehow(list(() => random(9))),
    matrix: somehow(list(list(() => random(9)))),
    node: somehow(inner),
    nodes: somehow(list(inner)),
    a: somehow(inner),
    as: somehow(random(5) ? list(inner) : () => 'not a list'),
    b: somehow(inner),
    echo: (args: object) => JSON.stringify(args),
    one: somehow(inner),
    two: somehow(inner),
    three: somehow(() => 3),
  }
}

/** The same value, which lasts: what would be different each time is what it was the first time. */
function steady(value: unknown, name?: string): unknown {
  if (typeof value === 'function' && name !== 'echo') return steady(attempt(() => value({})))
  if (Array.isArray(value)) return value.map((item) => steady(item))
  if (value instanceof Promise) {
    const later = value.then((one) => steady(one))
    later.catch(() => {})
    return later
  }
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  const object = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, steady(one, name)]))
  markLasting(object)
  return object
}

function attempt(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

const plans = new Plans()

/** graphql-js lets go of promises in a list that has failed already. If one of them fails as well, nobody handles it. Plans do. */
async function forgiving<Result>(act: () => Promise<Result>): Promise<Result> {
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', () => {})
  try {
    return await act()
  } finally {
    await setImmediate()
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
}

/** @param rootValue returns a new root value for each execution, or always the same if that one lasts */
async function both(document: DocumentNode, variables: Record<string, unknown>, rootValue: () => unknown) {
  const operation = getOperationAST(document) as OperationDefinitionNode
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables)
  const args = { schema, document, contextValue: {} }
  const expected = await forgiving(async () => execute({ ...args, rootValue: rootValue(), variableValues: variables }))
  const actual = await plans.execute(operation, { ...args, rootValue: rootValue(), variableValues: coerced })
  expect(jsonOf(actual)).toBe(JSON.stringify(actual))
  return [expected, actual].map((result) => comparable(JSON.parse(JSON.stringify(result))))
}

/** As it is sent. */
function jsonOf(result: ExecutionResult & { stringify?: (result: ExecutionResult) => string }): string {
  return result.stringify?.(result) ?? JSON.stringify(result)
}

/** Fragments that are not used do no harm. */
function isValid(document: DocumentNode): boolean {
  return validate(schema, document).every(({ message }) => /is never used/.test(message))
}

interface Result {
  readonly data?: unknown
  readonly errors?: readonly { readonly path?: readonly (string | number)[] }[]
}

/**
 * GraphQL, section 6.4.4: where an error makes the fields above it null, it depends on the time at which the errors of its neighbours come
 * whether they are told as well. So of those, only what has become null is compared.
 */
function comparable({ data, errors = [] }: Result) {
  const told = errors.map((error) => {
    const { path = [] } = error
    const nullAt = positionOfNull(data, path)
    return JSON.stringify(nullAt < path.length ? { nullAt: path.slice(0, nullAt) } : error)
  })
  return { data, errors: new Set(told) }
}

/** @returns how many steps of the path lead to a null */
function positionOfNull(data: unknown, path: readonly (string | number)[]): number {
  let value = data
  for (const [index, key] of path.entries()) {
    if (value === null || value === undefined) return index
    value = (value as Record<string | number, unknown>)[key]
  }
  return path.length
}

describe('a plan', () => {
  it('has the same data where errors of neighbours come at the same time', async () => {
    const head = 'mutation ($yes: Boolean!, $no: Boolean!, $text: String)'
    const document = parse(`${head} { two { ... on Node { ...OfNode } } three } ${fragments}`)
    const [expected, actual] = await both(document, { yes: true, no: false }, () => object(1_020_070_898, 4))
    expect(actual).toEqual(expected)
  })

  it.each(['Query', 'Mutation'])('has the results and errors of graphql-js: %s', async (root) => {
    let valid = 0
    const example = fc.tuple(selections(root, 3), fc.nat(), fc.boolean(), fc.boolean(), fc.option(fc.string()))
    await fc.assert(
      fc.asyncProperty(example, async ([selection, seed, yes, no, text]) => {
        const head = `${root.toLowerCase()} ($yes: Boolean!, $no: Boolean!, $text: String)`
        const document = parse(`${head} ${selection} ${fragments}`)
        if (!isValid(document)) return
        valid += 1
        const variables = { yes, no, ...(text !== null && { text }) }
        // Twice: the first time makes the plan.
        for (let time = 0; time < 2; time += 1) {
          const [expected, actual] = await both(document, variables, () => object(seed, 4))
          expect(actual).toEqual(expected)
        }
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
    )
    // Otherwise the test would say nothing.
    expect(valid).toBeGreaterThan(100)
  })

  it('has the results and errors of graphql-js for values that last, whatever was made of them before', async () => {
    let valid = 0
    const operations = fc.array(selections('Query', 3), { minLength: 4, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(operations, fc.nat(), fc.boolean(), async (documents, seed, yes) => {
        const root = steady(object(seed, 4))
        const variables = { yes, no: !yes, text: 'a' }
        const parsed = documents
          .map((one) => parse(`query ($yes: Boolean!, $no: Boolean!, $text: String) ${one} ${fragments}`))
          .filter(isValid)
        valid += parsed.length > 1 ? 1 : 0
        for (const document of [...parsed, ...parsed].flatMap((one) => [one, one])) {
          const [expected, actual] = await both(document, variables, () => root)
          expect(actual).toEqual(expected)
        }
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 200) },
    )
    expect(valid).toBeGreaterThan(50)
  })

  it('asks a value that lasts once for what is simply a property, and each time for what depends on more', async () => {
    let asked = 0
    const one = {
      get name() {
        asked += 1
        return 'one'
      },
      echo: ({ text }: { text: string }) => text,
      as: [{ echo: ({ text }: { text: string }) => text }],
    }
    markLasting(one)
    const document = parse('query ($text: String) { a { name echo(text: $text) kept { echo(text: $text) } } }')
    const operation = getOperationAST(document) as OperationDefinitionNode
    const run = (text: string) =>
      plans.execute(operation, { schema, document, rootValue: { a: one }, variableValues: { text } })
    const saying = (text: string) => ({ data: { a: { name: 'one', echo: text, kept: [{ echo: text }] } } })
    expect(await run('first')).toEqual(saying('first'))
    const before = asked
    expect(await run('second')).toEqual(saying('second'))
    expect(asked).toBe(before)
  })

  it('keeps as much of a value that lasts as there is room for, and never what a resolver knows of the caller', async () => {
    const few = [{ id: '1' }, { id: '2' }]
    const many = Array.from({ length: 100 }, (_, id) => ({ id: String(id) }))
    const made = buildSchema(
      'type Query { one: One } type One { few: [Item] many: [Item] mine: [Item] } type Item { id: ID }',
    )
    const { few: fewField, many: manyField, mine } = (made.getType('One') as GraphQLObjectType).getFields()
    const asked = { few: 0, many: 0 }
    const count = (name: keyof typeof asked, items: object[]) => (_parent: unknown) => {
      asked[name] += 1
      return items
    }
    Object.assign(fewField as object, ofParentAlone(count('few', few)))
    Object.assign(manyField as object, ofParentAlone(count('many', many)))
    Object.assign(mine as object, {
      ...ofParentAlone(() => []),
      // Something around it.
      resolve: (_parent: unknown, _args: unknown, id: string) => [{ id }],
    })
    const one = {}
    markLasting(one)
    const document = parse('{ one { many { id } few { id } mine { id } } }')
    const operation = getOperationAST(document) as OperationDefinitionNode
    for (const contextValue of ['first', 'second']) {
      const args = { schema: made, document, rootValue: { one }, contextValue, variableValues: {} }
      const data = { one: { many, few, mine: [{ id: contextValue }] } }
      expect(await plans.execute(operation, args)).toEqual({ data })
    }
    expect(asked).toEqual({ few: 1, many: 2 })
  })

  it('counts each time what a value that lasts returns', async () => {
    const made = buildSchema('type Query { ones: [One] } type One { large: [Item] } type Item { id: ID }')
    const { large } = (made.getType('One') as GraphQLObjectType).getFields()
    const items = ({ size }: { size: number }, _args: object, { loaded }: { loaded: Loaded }) => {
      loaded.spend(size)
      return [{ id: size }]
    }
    Object.assign(large as object, ofParentAlone(items))
    const ones = [{ size: 300 }, { size: 20 }]
    for (const one of ones) markLasting(one)
    const document = parse('{ ones { large { id } again: large { id } } }')
    const operation = getOperationAST(document) as OperationDefinitionNode
    const run = async () => {
      const loaded = new Loaded()
      await plans.execute(operation, { schema: made, document, rootValue: { ones }, contextValue: { loaded } })
      return loaded.bytes
    }
    expect([await run(), await run(), await run()]).toEqual([640, 640, 640])
  })

  it('has the same object each time where everything is of a value that lasts, and JSON that is made once', async () => {
    const made = buildSchema(`
      scalar JSON
      type Query { list: List one: Item items: [Item] text: String json: JSON number: JSON }
      type List { nodes: [Item] edges: [Edge] }
      type Edge { cursor: ID node: Item }
      type Item { id: ID name: String inner: Inner list: [Inner] }
      type Inner { id: ID items: [Inner] numbers: [Int] }
    `)
    const item = (id: number) => {
      const inner = { id, items: [{ id: 1 }, null], numbers: [1, null] }
      const one = { id, name: `"${id}" ü \u2028`, inner, list: [inner, null] }
      markLasting(one)
      return one
    }
    const json = parseExactly('{"n": [1e400, 1.50], "toJSON": 1, "deep": {"deep": {"deep": {"deep": {"n": 1.0}}}}}')
    // A value keeps only what one selection has made of it.
    const nodes = [item(1), null, item(2)]
    const edges = [item(3), null, item(4)].map((node, cursor) => ({ cursor, node }))
    const items = [item(5), { id: 6 }, item(7)]
    const rootValue = { list: { nodes, edges }, one: item(8), items, text: 'text', json, number: parseExactly('1e400') }
    const ofItem =
      '{ __typename id x: name inner { id items { id } numbers } list { __typename id } none: inner { numbers } }'
    const selections = `list { nodes ${ofItem} edges { cursor node ${ofItem} } } one ${ofItem} items ${ofItem} text json number`
    const document = parse(`{ ${selections} }`)
    const operation = getOperationAST(document) as OperationDefinitionNode
    const run = () => plans.execute(operation, { schema: made, document, rootValue, variableValues: {} })
    const first = await run()
    const second = await run()
    for (let time = 0; time < 3; time += 1) {
      const next = await run()
      expect(next).toEqual(first)
      expect(next.data?.one).toBe(second.data?.one)
      expect(jsonOf(next)).toBe(JSON.stringify(first))
    }
    expect(first).toEqual(await execute({ schema: made, document, rootValue }))
  })

  it('keeps nothing of a value that lasts if a field of it has failed, even where the error was not reported', async () => {
    const invalid = { color: 'BLUE' }
    markLasting(invalid)
    const document = parse('{ a { b { id } a { color } } }')
    const operation = getOperationAST(document) as OperationDefinitionNode
    const run = (a: object) =>
      plans.execute(operation, { schema, document, rootValue: { a }, contextValue: {}, variableValues: {} })
    const later = Promise.withResolvers<object>()
    const first = await run({ b: Promise.reject(new Error('gone')), a: later.promise })
    expect(first.errors?.map(({ message }) => message)).toEqual(['gone'])
    later.resolve(invalid)
    await setImmediate()
    const second = await run({ b: { id: '1' }, a: invalid })
    expect(second.errors?.map(({ path }) => path)).toEqual([['a', 'a', 'color']])
  })

  it('is made once for the values of the conditions, not of other variables', async () => {
    const document = parse(
      'query ($yes: Boolean!, $no: Boolean!, $text: String) { a { name @include(if: $yes) echo(text: $text) } echo @skip(if: $no) }',
    )
    for (const yes of [true, false]) {
      for (const text of ['one', 'two']) {
        const [expected, actual] = await both(document, { yes, no: true, text }, () => object(5, 4))
        expect(actual).toEqual(expected)
      }
    }
  })

  it('is not made for what is within a field that is null, however much that may be', async () => {
    const deep = Array.from(
      { length: 40 },
      (_, index) => `fragment F${index} on __Type { ofType { ...F${index + 1} } a: ofType { ...F${index + 1} } }`,
    )
    const document = parse(`{ __type(name: "String") { ...F0 } } ${deep.join(' ')} fragment F40 on __Type { name }`)
    const [expected, actual] = await both(document, {}, () => object(1, 4))
    expect(actual).toEqual(expected)
  })
})
