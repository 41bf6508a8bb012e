import fc from 'fast-check'
import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNullableType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'
import { sample } from './operation.ts'

/** A value as text: in JSON for variables and bodies, in GraphQL for documents. */
export interface Written {
  readonly json: string
  readonly literal: string
}

/**
 * Placeholders for the ids and cursors of a test's license. They are filled in when a request is sent, so that a seed repeats
 * the same requests.
 */
export const known = ['@botAgent@', '@delivery@', '@event@', '@pageCursor@', '@streamCursor@'] as const
export type Known = (typeof known)[number]

const edgeTexts = [
  ...['', ' ', '\0', 'a\0b', '\ud800', '\udc00\ud800', '\u202e', '\ufeff', '\r\n', 'é', '😀'.repeat(255)],
  ...['x'.repeat(256), 'x'.repeat(17_000), 'x'.repeat(100_000), ' Did you mean '.repeat(1_000)],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', '[object Object]', '{', '%zz'],
  ...['0', '-1', '007', '1.5', '1e400', '2147483647', '2147483648', '9007199254740993', 'NaN', 'true', '١'],
  ...["'; drop table bot_agent; --", '$1', '\\', '"', '`', '{{a}}', '<script>', '../../etc/passwd'],
  ...[
    'http://127.0.0.1:9/',
    'http://[::1',
    'https://u:p@127.0.0.1:9/',
    'http://127.0.0.1:99999',
    'file:///',
    'http://a b',
  ],
  ...[
    'bm8',
    'eyJhIjoxfQ',
    'W10',
    'WzEsMl0',
    'bnVsbA',
    'MTIz',
    'dlv_',
    'evt_01',
    'dlv_00000000-0000-0000-0000-000000000000',
  ],
  ...['00000000000000000000000000000000', 'test', 'string_property', 'my-bots', 'fuzz', 'C1'],
]

const edgeDates = [
  ...['2026-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'],
  ...[
    '+275760-09-13T00:00:00.000Z',
    '+275760-09-13T00:00:00.001Z',
    '-000001-01-01T00:00:00Z',
    '-271821-04-20T00:00:00Z',
  ],
  ...['2026-02-30T00:00:00Z', '2026-01-01T24:00:00Z', '2026-12-31T23:59:60Z', '2026-01-01T00:00:00+23:59'],
  ...['2026-01-01T00:00:00+99:99', '2026-01-01T00:00:00.123456789123456789Z', '2026-01-01', 'now', 'infinity'],
]

const edgeNumbers = [
  ...['0', '1', '2', '6', '-1', '-0', '1.0', '1.5', '1e2', '100', '101', '1e400', '-1e400', '1e-400', '0.1e1'],
  ...['2147483647', '2147483648', '-2147483648', '-2147483649', '4294967296', '9007199254740993', '9'.repeat(400)],
]

/** The names that the gateway reads in JSON values. */
const namespaces = ['test', 'test', 'test', 'test', 'fuzz', 'nothing', '__proto__', 'constructor', '', 'a\0']
const properties = ['string_property', 'int_property', 'bool_property', 'tokenized_string_property', '__proto__', 'x']
const dataFields = [
  ...['chat', 'chat_id', 'thread_id', 'thread', 'user_id', 'user', 'user_type', 'event', 'event_id', 'events', 'id'],
  ...['postback', 'toggled', 'properties', 'timestamp', 'tag', 'users', '__proto__', 'constructor', 'a b', ''],
]

const often = <T>(arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight: 12 })
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight: 1 })

const bare = (text: string): Written => ({ json: text, literal: text })
const quoted = (text: string): Written => bare(JSON.stringify(text))
/** Values that only a document can have. */
const onlyLiteral = (literal: string): Written => ({ json: JSON.stringify(literal), literal })

export const text: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...known), weight: 2 },
  { arbitrary: fc.constantFrom(...edgeTexts), weight: 4 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 1 },
  { arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }), weight: 1 },
)

/** Ordinary values, which pass the first checks. */
const plain = <T>(usual: fc.Arbitrary<T>, edges: fc.Arbitrary<T>) => fc.oneof(usual, edges)

const number = plain(
  fc.integer({ min: 1, max: 9 }).map(String),
  fc.oneof(fc.constantFrom(...edgeNumbers), fc.integer().map(String)),
).map(bare)
const boolean = fc.constantFrom('true', 'false').map(bare)
const date = plain(fc.constant(edgeDates[0] as string), fc.constantFrom(...edgeDates)).map(quoted)
const string = fc.oneof(
  often(plain(fc.constantFrom('x', 'C1', 'T1', 'test', ...known), text).map(quoted)),
  seldom(text.map((value) => ({ json: JSON.stringify(value), literal: `"""${value.replaceAll('"""', '\\"""')}"""` }))),
)
const nothing = fc.constant(bare('null'))

function listOf(items: readonly Written[]): Written {
  const write = (of: keyof Written) => `[${items.map((item) => item[of]).join(',')}]`
  return { json: write('json'), literal: write('literal') }
}

/** An object. A document cannot have every name that JSON can, so its literal leaves some out. */
function objectOf(fields: readonly (readonly [name: string, value: Written])[]): Written {
  const json = fields.map(([name, value]) => `${JSON.stringify(name)}:${value.json}`)
  const literal = fields
    .filter(([name]) => /^[_A-Za-z]\w*$/.test(name))
    .map(([name, value]) => `${name}:${value.literal}`)
  return { json: `{${json.join(',')}}`, literal: `{${literal.join(',')}}` }
}

function objects(names: fc.Arbitrary<string>, value: fc.Arbitrary<Written>, maxLength = 4): fc.Arbitrary<Written> {
  return fc.array(fc.tuple(names, value), { maxLength }).map(objectOf)
}

/** Mostly the required fields, some of the others, and sometimes an unknown one. */
function objectWith(
  fields: readonly { name: string; required: boolean; value: fc.Arbitrary<Written> }[],
): fc.Arbitrary<Written> {
  const absent = fc.constant([])
  const chosen = fields.map(({ name, required, value }) => {
    const present = value.map((written) => [[name, written] as const])
    return fc.oneof({ arbitrary: absent, weight: required ? 1 : 30 }, { arbitrary: present, weight: 30 })
  })
  const unknown = fc.oneof(often(absent), seldom(fc.tuple(text, anything).map((field) => [field])))
  return fc.tuple(...chosen, unknown).map((entries) => objectOf(entries.flat()))
}

/** A list that fits into a request, however large the item is. */
const many = (item: Written) => {
  const times = Math.min(40_000, Math.floor(900_000 / (item.json.length + 1)))
  return listOf(Array.from({ length: times }, () => item))
}

function lists(item: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  return fc.oneof(
    { arbitrary: fc.array(item, { maxLength: 3 }).map(listOf), weight: 40 },
    { arbitrary: item.map(many), weight: 1 },
    // One of them, many times: lists of many lists of many would take longer to make than to answer.
    {
      arbitrary: fc
        .tuple(item, fc.integer({ min: 101, max: 120 }))
        .map(([one, count]) => listOf(Array(count).fill(one))),
      weight: 1,
    },
  )
}

const deep = fc
  .tuple(fc.constantFrom(['[', ']'] as const, ['{"a":', '}'] as const), fc.constantFrom(65, 1_000, 5_000, 20_000))
  .map(([[open, close], times]): Written => {
    const nested = (opened: string, depth: number) => `${opened.repeat(depth)}1${close.repeat(depth)}`
    // As many as a document of 4,000 tokens can have.
    return { json: nested(open, times), literal: nested(open.replaceAll('"', ''), Math.min(times, 1_200)) }
  })

const { anything } = fc.letrec<{ anything: Written }>((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...[string, number, boolean, date, nothing, deep].map((arbitrary) => ({ arbitrary, weight: 3 })),
    { arbitrary: fc.constantFrom('True', 'None', '$unset_JSON', '$unset_String').map(onlyLiteral), weight: 4 },
    lists(tie('anything')),
    objects(fc.oneof(fc.constantFrom(...dataFields), text), tie('anything')),
  ),
}))

/** Values that an application might send as JSON: properties, names of properties, chat events, and any others. */
const json: fc.Arbitrary<Written> = fc.oneof(
  objects(fc.constantFrom(...namespaces), objects(fc.constantFrom(...properties), anything)),
  objects(fc.constantFrom(...namespaces), lists(fc.oneof(fc.constantFrom(...properties).map(quoted), anything))),
  objects(fc.constantFrom(...dataFields), anything, dataFields.length),
  anything,
)

/** Values of the scalars, by name. */
const scalars: Readonly<Record<string, fc.Arbitrary<Written>>> = {
  ID: fc.oneof(often(string), seldom(number)),
  String: string,
  Int: number,
  Boolean: boolean,
  DateTime: date,
  JSON: json,
}

/** Values of a type with its edge cases, and sometimes values of other types. */
export function valuesOf(type: GraphQLInputType): fc.Arbitrary<Written> {
  if (isNonNullType(type)) {
    return fc.oneof({ arbitrary: rightValuesOf(type.ofType), weight: 40 }, seldom(anything))
  }
  const unset = onlyLiteral(`$unset_${getNamedType(type).name}`)
  return fc.oneof(
    { arbitrary: rightValuesOf(type), weight: 40 },
    seldom(anything),
    seldom(nothing),
    seldom(fc.constant({ ...unset, json: 'null' })),
  )
}

const made = new Map<GraphQLNullableType, fc.Arbitrary<Written>>()

function rightValuesOf(type: GraphQLNullableType & GraphQLInputType): fc.Arbitrary<Written> {
  const value = made.get(type) ?? makeValuesOf(type)
  made.set(type, value)
  return value
}

function makeValuesOf(type: GraphQLNullableType & GraphQLInputType): fc.Arbitrary<Written> {
  if (isListType(type)) return lists(valuesOf(type.ofType))
  if (isEnumType(type)) {
    const names = type.getValues().map(({ name }): Written => ({ json: JSON.stringify(name), literal: name }))
    const wrong = [onlyLiteral('NOTHING'), quoted('NOTHING'), ...names.map(({ json }) => bare(json.toLowerCase()))]
    return fc.oneof(often(fc.constantFrom(...names)), seldom(fc.constantFrom(...wrong)))
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const anyhow = objectWith(
      fields.map((field) => ({ name: field.name, required: isRequiredInputField(field), value: valuesOf(field.type) })),
    )
    return fc.oneof(anyhow, sampleWith(type))
  }
  const scalar = scalars[type.name]
  if (!scalar) throw new Error(`Say in \`scalars\` what a ${type.name} looks like`)
  return scalar
}

/** Valid objects with a few fields that are wrong or missing, so that those are checked. */
function sampleWith(type: GraphQLInputObjectType): fc.Arbitrary<Written> {
  const sampled = entriesOf(
    type,
    sample(type, () => '@botAgent@'),
  )
  const changes = Object.values(type.getFields()).map(({ name, type }) =>
    fc.oneof(
      { arbitrary: valuesOf(type).map((value) => [name, value] as const), weight: 3 },
      { arbitrary: fc.constant([name, undefined] as const), weight: 1 },
    ),
  )
  return fc
    .array(fc.oneof(...changes), { maxLength: 3 })
    .map((changed) =>
      objectOf([...new Map([...sampled, ...changed])].flatMap(([name, value]) => (value ? [[name, value]] : []))),
    )
}

function entriesOf(type: GraphQLInputObjectType, value: unknown): (readonly [name: string, value: Written])[] {
  const fields = type.getFields()
  return Object.entries(value as object).flatMap(([name, of]) => {
    const field = fields[name]
    return field ? [[name, writtenOf(field.type, of)] as const] : []
  })
}

function writtenOf(type: GraphQLInputType, value: unknown): Written {
  if (isNonNullType(type)) return writtenOf(type.ofType, value)
  if (isListType(type)) return listOf((value as unknown[]).map((item) => writtenOf(type.ofType, item)))
  if (isInputObjectType(type)) return objectOf(entriesOf(type, value))
  const json = JSON.stringify(value)
  return isEnumType(type) ? { json, literal: String(value) } : bare(json)
}

/** The JSON Schema of a method's body. */
export interface JsonSchema {
  type?: string | string[]
  enum?: string[]
  anyOf?: JsonSchema[]
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
}

/** The same for a JSON Schema. */
export function valuesOfShape(shape: JsonSchema): fc.Arbitrary<Written> {
  return fc.oneof({ arbitrary: rightValuesOfShape(shape), weight: 40 }, seldom(anything))
}

function rightValuesOfShape(shape: JsonSchema): fc.Arbitrary<Written> {
  const { properties: fields, additionalProperties: others, required = [] } = shape
  if (shape.anyOf) return fc.oneof(...shape.anyOf.map(rightValuesOfShape))
  if (shape.enum) return fc.oneof(often(fc.constantFrom(...shape.enum.map(quoted))), seldom(string))
  if (Array.isArray(shape.type)) return fc.oneof(...shape.type.map((type) => rightValuesOfShape({ type })))
  if (fields) {
    return objectWith(
      Object.entries(fields).map(([name, field]) => ({
        name,
        required: required.includes(name),
        value: valuesOfShape(field),
      })),
    )
  }
  if (typeof others === 'object') return objects(fc.oneof(fc.constantFrom(...namespaces), text), valuesOfShape(others))
  switch (shape.type) {
    case 'array':
      return lists(valuesOfShape(shape.items ?? {}))
    case 'string':
      return string
    case 'integer':
    case 'number':
      return number
    case 'boolean':
      return boolean
    case 'null':
      return nothing
    default:
      throw new Error(`Say what a value of this looks like: ${JSON.stringify(shape)}`)
  }
}
