import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isRequiredArgument,
} from 'graphql'
import { LARGEST_BODY } from '../../src/graphql/execution/endpoint.ts'
import { type Ask, fuzzedTransports } from './fuzz-transports.ts'
import { text, valuesOf, type Written } from './fuzz-values.ts'

/** An operation and its transport. */
export interface Operation {
  transport: string
  ask: Ask
}

/** Operations that call a root field with any values. Most are valid otherwise. */
export function operationsOf(kind: Ask['kind'], field: GraphQLField<unknown, unknown>): fc.Arbitrary<Operation> {
  // A mutation by GET is refused before it is parsed.
  const transports = Object.keys(fuzzedTransports).filter((name) => kind !== 'mutation' || !name.includes('GET'))
  return fc
    .record({
      transport: fc.constantFrom(...transports),
      given: fc.tuple(...field.args.map(given)).map((chosen) => chosen.flat()),
      directive: fc.oneof(
        { arbitrary: fc.constant(''), weight: 20 },
        { arbitrary: fc.constantFrom(...directives), weight: 1 },
      ),
      selection: selectionOf(field.type),
      edits: fc.oneof({ arbitrary: fc.constant<Edit[]>([]), weight: 4 }, { arbitrary: edits, weight: 1 }),
      odd: fc.oneof({ arbitrary: fc.constant<Partial<Ask>>({}), weight: 8 }, { arbitrary: oddMembers, weight: 1 }),
    })
    .map(({ transport, given, directive, selection, edits, odd }) => {
      // The URL has no room for variables.
      const inlined = (argument: Given) => argument.inline || transport === 'application/graphql'
      const passed = given.map((one) => `${one.name}: ${inlined(one) ? one.value.literal : `$${one.name}`}`)
      const body = `{ ${field.name}${passed.length > 0 ? `(${passed.join(', ')})` : ''} ${directive} ${selection} }`
      const variables = given.filter((one) => !inlined(one))
      const unset = new Set([...body.matchAll(/\$unset_(\w+)/g)].map(([, type = '']) => type))
      const declared = [
        ...variables.map(({ name, type }) => `$${name}: ${type}`),
        ...[...unset].map((type) => `$unset_${type}: ${type}`),
      ]
      const document = `${kind} ${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${body}`
      const ask: Ask = {
        kind,
        query: edits.reduce(edit, document),
        variables: `{${variables.map(({ name, value }) => `"${name}":${value.json}`).join(',')}}`,
        ...odd,
      }
      return { transport, ask, [fc.toStringMethod]: () => shortened(`${transport}: ${JSON.stringify(ask)}`) }
    })
    .filter(({ ask }) => JSON.stringify(ask).length < LARGEST_BODY)
}

interface Given {
  name: string
  type: string
  value: Written
  inline: boolean
}

/** An argument, or none if it is optional. */
function given(argument: GraphQLArgument): fc.Arbitrary<Given[]> {
  const { name, type } = argument
  const present = fc
    .record({ value: valuesOf(type), inline: fc.boolean() })
    .map((chosen) => [{ name, type: String(type), ...chosen }])
  const absent = fc.constant<Given[]>([])
  return fc.oneof(
    { arbitrary: present, weight: 12 },
    { arbitrary: absent, weight: isRequiredArgument(argument) ? 1 : 8 },
  )
}

/** Some of the fields of a type, down to the leaves, sometimes with arguments. */
function selectionOf(type: GraphQLOutputType, within: readonly string[] = []): fc.Arbitrary<string> {
  const named = getNamedType(type)
  if (!isCompositeType(named)) return fc.constant('')
  if (isInterfaceType(named)) return fc.constant('{ __typename id }')
  if (!('getFields' in named) || within.includes(named.name)) return fc.constant('{ __typename }')
  // All of it would be too much for one document.
  if (named.name === 'Query')
    return fc.constant('{ viewer { clientId } botAgents(first: 2) { totalCount nodes { name } } }')
  const fields = Object.values(named.getFields()).map((field) =>
    fc.oneof(
      fc.constant(''),
      fc
        .tuple(fc.tuple(...field.args.map(nested)), selectionOf(field.type, [...within, named.name]))
        .map(([passed, selection]) => {
          const list = passed.filter(Boolean).join(', ')
          return `${field.name}${list && `(${list})`} ${selection}`
        }),
    ),
  )
  return fc.tuple(...fields).map((chosen) => `{ __typename ${chosen.filter(Boolean).join(' ')} }`)
}

/** Few items of each list, as nested lists multiply. */
function nested({ name, type }: GraphQLArgument): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.constant(name === 'first' ? 'first: 2' : ''), weight: 20 },
    { arbitrary: valuesOf(type).map(({ literal }) => `${name}: ${literal}`), weight: 1 },
  )
}

interface Edit {
  /** The place, in thousandths of the document. */
  at: number
  /** Whether to move on to the next punctuator. */
  snaps: boolean
  remove: number
  insert: string
}

const directives = ['@skip(if: true)', '@include(if: false)', '@skip(if: $unset_Boolean)']

const snippets = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '!',
    '$',
    ':',
    '=',
    '@',
    '&',
    '|',
    '...',
    '"',
    '"""',
    '#',
    '\\',
    ',',
    '\0',
    '\ud800',
  ],
  ...[...directives, '@skip', '@deprecated', '@auth', '\ufeff'],
  ...['... on Node { id }', '... on BotAgent { id }', '...F', 'fragment F on Query { __typename }', 'a: __typename'],
  ...['__schema { types { name } }', '__type(name: "Query") { name }', 'query Q { __typename }', 'query', 'mutation'],
  ...['{ __typename }', 'extend type Query { a: Int }', '$unset_JSON', '[[[[', '1e400', '-', '\n'.repeat(1_000)],
  ...['['.repeat(1_900), '{ a '.repeat(900), 'a '.repeat(3_900), '#\n'.repeat(10_000), ' a: __typename '.repeat(40)],
]

const edits = fc.array(
  fc.record({
    at: fc.nat({ max: 1_000 }),
    snaps: fc.boolean(),
    remove: fc.oneof(fc.constant(0), fc.nat({ max: 20 })),
    insert: fc.oneof(fc.constant(''), fc.constantFrom(...snippets), text),
  }),
  { minLength: 1, maxLength: 3 },
)

function edit(document: string, { at, snaps, remove, insert }: Edit): string {
  const anywhere = Math.floor((at / 1_000) * document.length)
  const from = snaps ? anywhere + Math.max(document.slice(anywhere).search(/[{}():]/), 0) : anywhere
  return `${document.slice(0, from)}${insert}${document.slice(from + remove)}`
}

const oddJson = fc.constantFrom(
  ...[
    'undefined',
    'null',
    '[]',
    '[{}]',
    '{}',
    '""',
    '"x"',
    '"__proto__"',
    '1',
    '-0',
    '1e400',
    'true',
    '{',
    '}',
    '',
    ' ',
  ],
  ...['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}', '{"a":1,"a":2}', '"\\ud800"', 'NaN', '%', '\0'],
  ...['{"persistedQuery":null}', '{"persistedQuery":{"version":1,"sha256Hash":"0"}}', '['.repeat(5_000)],
)

/** The other fields of a request. */
const oddMembers = fc.record({ variables: oddJson, operationName: oddJson, extensions: oddJson }, { requiredKeys: [] })

/** Shortens a long text, whose middle is mostly a repetition. */
export function shortened(said: string): string {
  return said.length > 2_000 ? `${said.slice(0, 1_200)} … (${said.length} characters) … ${said.slice(-600)}` : said
}
