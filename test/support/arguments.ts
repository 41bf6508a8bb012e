import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNullableType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql'

/** An argument of a field, or a field of its inputs. */
export interface Argument {
  name: string
  type: GraphQLNullableType & GraphQLInputType
  /** An operation with this value and otherwise valid ones, about what has these ids. */
  operation(value: unknown, ids: Ids): { query: string; variables: Record<string, unknown> }
}

export interface Ids {
  botAgent: string
  chatEvent: string
}

/** All arguments of the schema and all fields of their inputs. */
export function argumentsOf(schema: GraphQLSchema): Argument[] {
  return fieldsOf(schema).flatMap((field) =>
    paths(field.field.args).map(({ path, end }) => ({
      name: `${field.within ? `${field.within}.` : ''}${field.field.name}(${path.map(({ name }) => name).join('.')})`,
      type: getNullableType(end.type),
      operation: (value, ids) => operation(field, path, value, ids),
    })),
  )
}

interface Field {
  kind: string
  field: GraphQLField<unknown, unknown>
  /** The type of the field, if it is not a root. */
  within?: string
}

function fieldsOf(schema: GraphQLSchema): Field[] {
  const roots = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }
  const ofRoots = Object.entries(roots).flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ kind, field })),
  )
  const ofOthers = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !Object.values(roots).includes(type)
      ? Object.values(type.getFields()).map((field) => ({ kind: 'query', field, within: type.name }))
      : [],
  )
  return [...ofRoots, ...ofOthers].filter(({ field }) => field.args.length > 0)
}

type Input = GraphQLArgument | GraphQLInputField

/** The way from an argument to itself and to every field of its inputs. */
function paths(inputs: readonly Input[], before: readonly Input[] = []): { path: readonly Input[]; end: Input }[] {
  return inputs.flatMap((end) => {
    const path = [...before, end]
    const named = getNamedType(end.type)
    return [{ path, end }, ...(isInputObjectType(named) ? paths(Object.values(named.getFields()), path) : [])]
  })
}

function operation({ kind, field, within }: Field, path: readonly Input[], given: unknown, ids: Ids) {
  const used = field.args.filter((argument) => argument === path[0] || isRequired(argument))
  const declared = used.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  const passed = used.map(({ name }) => `${name}: $${name}`).join(', ')
  const call = `${field.name}(${passed}) ${selectionOf(field)}`
  const around: Record<string, string> = {
    BotAgent: `botAgent(id: "${ids.botAgent}") { ${call} }`,
    ChatEvent: `chatEvents(first: 1) { nodes { ${call} } }`,
  }
  if (within && !(within in around)) throw new Error(`Say in around how one gets to ${within}.${field.name}`)
  const variables = Object.fromEntries(used.map((argument) => [argument.name, valueAt(argument, path, given, ids)]))
  return { query: `${kind} (${declared}) { ${within ? around[within] : call} }`, variables }
}

const mistakes = 'userErrors { code field message }'

function selectionOf({ type }: GraphQLField<unknown, unknown>): string {
  const named = getNamedType(type)
  if (!isObjectType(named)) return '{ __typename }'
  const { userErrors, results } = named.getFields()
  return userErrors ? `{ ${mistakes} ${results ? `results { ${mistakes} }` : ''} }` : '{ __typename }'
}

/** A valid value, with `given` at the end of the path. */
function valueAt(input: Input, path: readonly Input[], given: unknown, ids: Ids): unknown {
  const [first, ...rest] = path
  if (first !== input) return idOf(input, ids) ?? validValue(input)
  if (rest.length === 0) return given
  const inner = objectOf(getNamedType(input.type), (field) => valueAt(field, rest, given, ids), rest[0])
  return isListType(getNullableType(input.type)) ? [inner] : inner
}

function idOf({ name }: Input, { botAgent, chatEvent }: Ids): string | undefined {
  if (name === 'chatEventId') return chatEvent
  return name === 'id' || name === 'botAgentId' ? botAgent : undefined
}

/** Not required by the types, because an update may leave it out. */
const requiredOnCreate = 'secretKey'

/** With the required fields, and one more. */
function objectOf(type: GraphQLInputType, value: (field: Input) => unknown, more?: Input): Record<string, unknown> {
  const fields = isInputObjectType(type) ? Object.values(type.getFields()) : []
  return Object.fromEntries(
    fields.filter((field) => field === more || isRequired(field)).map((field) => [field.name, value(field)]),
  )
}

const isRequired = ({ name, type, defaultValue }: Input) =>
  (getNullableType(type) !== type && defaultValue === undefined) || name === requiredOnCreate

const examples: Record<string, unknown> = {
  url: 'http://127.0.0.1:9',
  secretKey: 's',
  data: { chat_id: 'c', thread_id: 't', event: { id: 'e' } },
  properties: { test: { int_property: 1 } },
  namespace: 'test',
  name: 'string_property',
  location: 'CHAT',
}

function validValue(input: Input): unknown {
  const type = getNullableType(input.type)
  if (isListType(type)) return [itemOf(type.ofType)]
  const named = getNamedType(type)
  if (input.name in examples && !isInputObjectType(named) && !isEnumType(named)) return examples[input.name]
  return itemOf(type)
}

/** One of many different values of a type. */
export function itemOf(of: GraphQLInputType, index = 0): unknown {
  const type = getNamedType(of)
  if (isEnumType(type)) return type.getValues()[index % type.getValues().length]?.name
  if (isInputObjectType(type)) return objectOf(type, validValue)
  if (type.name === 'ID') return index.toString(16).padStart(32, '0')
  if (type.name === 'Int') return index
  if (type.name === 'Boolean') return true
  return type.name === 'JSON' ? index : `${index}`
}
